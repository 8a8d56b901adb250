"""What one step of a rule does, in words: what it finds, and what becomes of it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from softwright.facts.structure.pattern import Pattern, pattern_node
from softwright.rewrite.rule import Step
from softwright.rewrite.template import Hole, Join, Name, Template
from softwright.rewrite.words.changed import change_words
from softwright.rewrite.words.computed import computed_words
from softwright.rewrite.words.conditions import (
    Obscure,
    conditions,
    constraint,
    kind_words,
    literals,
    noun,
    one_of,
    pattern_text,
    shown,
)
from softwright.rewrite.words.names import few, imported_from, moved_words, named, names_of, resolved

LONGEST = 200
"""Characters of conditions that are told in full; beyond, their number is."""

_SELF = ("pattern", "kind", "regex", "any", "all")
_VARIABLE = re.compile(r"\$([A-Z_][A-Z0-9_]*)")
_WORD = re.compile(r"[\w$]+")
_ANY_LIST = re.compile(r"\(\$\$\$\w*\)")
_EXPANDO = {"python": "µ", "go": "µ", "rust": "µ"}  # the letter that ast-grep reads instead of `$`


@dataclass(frozen=True, slots=True)
class Matched:
    """What a rule object finds: code (or its possible texts), else a `noun`; conditions, told and untold.

    `listed` is the noun for a bare list of anything, of which the code says nothing.
    """

    texts: tuple[str, ...]
    noun: str = ""
    more: tuple[str, ...] = ()
    obscure: int = 0
    listed: str = ""

    @property
    def is_name(self) -> bool:
        """True when it finds single words."""
        return bool(self.texts) and all(_WORD.fullmatch(text) for text in self.texts)

    def where(self, more: Iterable[str], obscure: int) -> "Matched":
        """The same under further conditions."""
        return replace(self, more=(*self.more, *more), obscure=self.obscure + obscure)


@dataclass(frozen=True, slots=True)
class Clause:
    """What a step does, and under which conditions ("" for none)."""

    deed: str
    where: str = ""


def step_words(step: Step) -> Clause:
    """The step in words, such as "replaces `f($A)` by `g($A)`", "where `$A` is a string"."""
    told = computed_words(step)
    if told is not None:
        return Clause(*told)
    pattern = step.pattern
    found = _matched(_without_own_result(step), pattern)
    constraints = dict(pattern.constraints)
    alone = _VARIABLE.fullmatch(found.texts[0]) if len(found.texts) == 1 else None
    texts = literals(str(constraints.get(alone[1], {}).get("regex", ""))) if alone else []
    if alone and texts:
        found = replace(found, texts=tuple(texts))
        del constraints[alone[1]]
    demands: list[str] = []
    obscure = 0
    for name, rule in constraints.items():
        try:
            demands.append(constraint(name, rule))
        except Obscure:
            obscure += 1
    where = resolved(_where(found.where(demands, obscure)), pattern)
    return Clause(_deed(step, found, _told(pattern, found)), where)


def _without_own_result(step: Step) -> Mapping[str, Any]:
    """The rule object without the conditions that only keep the step off what it made itself, or off imports
    where names are resolved: those are no uses."""
    rule, fix = step.pattern.rule, step.fix
    if fix is None or not isinstance(rule.get("all"), list):
        return rule
    own = _bare("".join(map(_piece, fix.pieces)))
    kept = [part for part in rule["all"] if not _is_kept_off(part, own, step.pattern)]
    return {**rule, "all": kept}


def _is_kept_off(part: Mapping[str, Any], own: str, pattern: Pattern) -> bool:
    denied = part.get("not") if set(part) == {"not"} else None
    if not isinstance(denied, Mapping):
        return False
    around = denied.get("inside")
    form = around if isinstance(around, Mapping) else denied
    if "pattern" in form:
        return _bare(_code(form["pattern"], pattern.language)) == own
    return bool(pattern.resolves) and isinstance(around, Mapping) and _is_import(around)


def _is_import(rule: Mapping[str, Any]) -> bool:
    kinds = [part.get("kind") for part in rule.get("any", [rule])]
    return all(kind is not None and kind_words(kind) == "an import" for kind in kinds)


def _bare(code: str) -> str:
    """Code without blanks, its holes all alike."""
    return re.sub(r"\$+[A-Z_0-9]*", "$", re.sub(r"\s", "", code))


def _where(found: Matched) -> str:
    phrase = " and ".join(found.more)
    count = found.obscure
    if len(phrase) > LONGEST:
        phrase, count = "", count + len(found.more)
    further = f"under {'a condition' if count == 1 else f'{count} conditions'}" if count else ""
    if not phrase:
        return further
    told = f"where {phrase}" if phrase.startswith("`$") else phrase
    return (
        f"{told} and {further.replace('under', 'under further' if count > 1 else 'under')}"
        if further
        else told
    )


def _deed(step: Step, found: Matched, told: str) -> str:
    fix = step.fix
    if fix is None:
        return f"finds {told}"
    if fix.is_deletion:
        return f"deletes {told}"
    moved = _moved(step, fix)
    if moved:
        return moved
    new = fix_words(fix, step.pattern)
    computed = _computed(fix, step)
    if len(found.texts) == 1 and not found.is_name:
        change = change_words(resolved(found.texts[0], step.pattern), _filled(fix, step.pattern), told)
        if change:
            return change
    if found.is_name and "match" not in step.pattern.resolves and _WORD.fullmatch(new) and not computed:
        return f"renames {told.removeprefix('the name ')} to `{new}`"
    return f"replaces {told} by `{new}`{f' ({computed})' if computed else ''}"


def _moved(step: Step, fix: Template) -> str:
    """The clause for a name that is taken from another module and else is the same, "" for anything else."""
    resolved = step.pattern.resolves.get("match", ())
    if len(resolved) != 1 or len(fix.pieces) != 1 or not isinstance(fix.pieces[0], Name):
        return ""
    old, new = resolved[0], fix.pieces[0].dotted
    (old_module, _, old_name), (module, _, name) = old.rpartition("."), new.rpartition(".")
    is_plain = old_name == name and module and old_module and module != "builtins"
    return moved_words(old, new) if is_plain else ""


def _told(pattern: Pattern, found: Matched) -> str:
    """What is found, with the names that must resolve written out."""
    names = pattern.resolves.get("match", ())
    if found.listed:
        return found.listed
    code = "".join(found.texts)
    pattern = replace(
        pattern,
        resolves={k: v for k, v in pattern.resolves.items() if k == "match" or not code or f"${k}" in code},
    )
    if not pattern.resolves:
        told = one_of(f"`{shown(text)}`" for text in found.texts) or found.noun
        return f"the name {told}" if found.is_name else told
    if names and (found.is_name or not found.texts):
        told = few(names)
    else:
        told = one_of(f"`{shown(resolved(text, pattern))}`" for text in found.texts) or found.noun
    for variable, dotted in named(pattern, "".join(found.texts[:1])).items():
        if variable != "match" and (len(dotted) > 1 or not found.texts):
            told += f" with `${variable}` as {few(dotted)}" if found.texts else f" of {few(dotted)}"
    return f"{told} ({imported_from(names_of(pattern))})"


def fix_words(fix: Template, pattern: Pattern) -> str:
    """The new code as one would say it: imported names by their last part."""
    return shown(_filled(fix, pattern))


def _filled(fix: Template, pattern: Pattern) -> str:
    return resolved("".join(_piece(piece) for piece in fix.pieces), pattern)


def _piece(piece: str | Hole | Name | Join) -> str:
    match piece:
        case Hole():
            return f"$$${piece.name}" if piece.many else f"${piece.name}"
        case Join():
            return f"…{piece.separator}…"
        case Name():
            return piece.dotted.rpartition(".")[2]
        case _:
            return piece


def _computed(fix: Template, step: Step) -> str:
    """How the holes that `transform` fills are made."""
    used = {piece.name for piece in fix.pieces if isinstance(piece, Hole)}
    return "; ".join(_transform(name, how) for name, how in step.pattern.transform.items() if name in used)


def _transform(name: str, how: object) -> str:
    if isinstance(how, Mapping) and len(how) == 1:
        ((kind, given),) = how.items()
        if kind == "replace" and isinstance(given, Mapping):
            old, new = given.get("replace"), given.get("by")
            return f"`${name}` is `{given.get('source')}` with `{old}` turned into `{new}`"
        if isinstance(given, Mapping):
            return f"`${name}` is made of `{given.get('source')}` by {kind}"
    return f"`${name}` is computed"


def _matched(rule: Mapping[str, Any], pattern: Pattern) -> Matched:
    rest = {key: value for key, value in rule.items() if key not in _SELF}
    if "pattern" in rule:
        also = {key: rule[key] for key in ("any", "all") if key in rule}
        code = _code(rule["pattern"], pattern.language)
        texts = tuple(literals(str(rule.get("regex", "")))) if _VARIABLE.fullmatch(code) else ()
        listed = _list_words(rule["pattern"]) if _ANY_LIST.fullmatch(code) else ""
        return Matched(texts or (code,), listed=listed).where(*conditions({**also, **rest}))
    if isinstance(rule.get("all"), list) and rule["all"]:
        inner = _matched(rule["all"][0], pattern)
        return inner.where(*conditions({"all": rule["all"][1:], **rest}))
    if isinstance(rule.get("any"), list) and rule["any"]:
        return _any_of(rule, pattern).where(*conditions(rest))
    util = pattern.utils.get(str(rule.get("matches", "")))
    if isinstance(util, Mapping):
        more = {key: value for key, value in rest.items() if key != "matches"}
        inner = _matched(util, pattern).where(*conditions(more))
        texts = tuple(literals(str(rule.get("regex", ""))))
        return replace(inner, texts=texts) if texts else inner
    texts = tuple(literals(str(rule.get("regex", ""))))
    try:
        name = "" if texts else noun({key: rule[key] for key in ("kind", "regex") if key in rule})
        return Matched(texts, name).where(*conditions(rest))
    except Obscure:
        return Matched((), kind_words(str(rule.get("kind", "node"))), obscure=1).where(*conditions(rest))


def _list_words(given: object) -> str:
    selector = str(given.get("selector", "")) if isinstance(given, Mapping) else ""
    return next((f"the {word}s" for word in ("argument", "parameter") if word in selector), "")


def _any_of(rule: Mapping[str, Any], pattern: Pattern) -> Matched:
    texts = tuple(literals(str(rule.get("regex", ""))))
    parts = [_matched(part, pattern) for part in rule["any"]]
    told = texts or tuple(dict.fromkeys(text for part in parts for text in part.texts))
    same = [phrase for phrase in parts[0].more if all(phrase in part.more for part in parts)]
    hidden = max(part.obscure + len(part.more) - len(same) for part in parts)
    return Matched(told, one_of(part.noun for part in parts if part.noun), tuple(same), int(hidden > 0))


def _code(given: object, language: str) -> str:
    """A pattern's own code, without the context around it."""
    if not isinstance(given, Mapping):
        return str(given)
    node = pattern_node(given, language)
    return node.text().replace(_EXPANDO.get(language, "$"), "$") if node else pattern_text(given)
