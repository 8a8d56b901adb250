"""Rules in the form of ast-grep's own rule files, for those who run its command line or editors.

What only Softwright can do is left out and said: an exported rule never looks as if it did the same.
The form is that of https://ast-grep.github.io/reference/yaml.html.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from softwright.core import InvalidInput
from softwright.rewrite.rule import Rule, Safety, Step
from softwright.rewrite.rule_text import step_mapping, yaml_text
from softwright.rewrite.template import Hole, Join, Name, Template

LANGUAGE_NAMES = {
    "python": "Python",
    "javascript": "JavaScript",
    "typescript": "TypeScript",
    "tsx": "Tsx",
    "go": "Go",
    "java": "Java",
    "rust": "Rust",
}
"""Our name of a language -> ast-grep's."""

_CALLS = {
    "python": "call",
    "javascript": "call_expression",
    "typescript": "call_expression",
    "tsx": "call_expression",
}
_SEVERITY = {Safety.SAFE: "warning", Safety.REVIEW: "info"}


@dataclass(frozen=True, slots=True)
class Exported:
    """An ast-grep rule file (one document a step), and what of the rule it does not say."""

    yaml_text: str
    lost: tuple[str, ...]


def to_ast_grep(rule: Rule) -> Exported:
    """The rule as an ast-grep rule file; what is lost also stands in it, as comments.

    Raises InvalidInput for a rule that has no pattern: a Python function, or one that only moves imports.
    """
    if not rule.steps:
        what = "is a Python function" if rule.python else "only moves imports"
        raise InvalidInput(
            f"the rule `{rule.id}` {what}, which ast-grep cannot do",
            hint="only rules with a block under `## Rule` can be exported",
        )
    lost = tuple(dict.fromkeys(_lost(rule)))
    head = [f"# Made from the Softwright rule `{rule.id}`.\n"]
    if lost:
        head += ["# What ast-grep does not do that the rule does:\n", *(f"# - {each}\n" for each in lost)]
    documents = [yaml_text(_document(rule, at)) for at in range(len(rule.steps))]
    return Exported("".join(head) + "---\n".join(documents), lost)


def _document(rule: Rule, at: int) -> dict[str, Any]:
    step = rule.steps[at]
    given = step_mapping(step)
    document: dict[str, Any] = {
        "id": rule.id if len(rule.steps) == 1 else f"{rule.id}-{at + 1}",
        "language": LANGUAGE_NAMES[rule.language],
        "message": rule.message,
        "severity": _SEVERITY[rule.safety],
        "metadata": {"safety": rule.safety.value},
        **_matched(step, given),
    }
    if step.fix is not None:
        document["fix"] = _fix(step.fix)
    for key, globs in (("files", rule.scope.include), ("ignores", rule.scope.exclude)):
        if globs:
            document[key] = list(globs)
    return document


def _matched(step: Step, given: Mapping[str, Any]) -> dict[str, Any]:
    """What to find, with the names that must resolve narrowed to their ordinary spellings."""
    rule, constraints = given["rule"], dict(given.get("constraints", {}))
    language = step.pattern.language
    for variable, names in step.pattern.resolves.items():
        spelt = {"regex": _spellings(names, language)}
        if variable != "match":
            constraints[variable] = _both(constraints.get(variable), spelt)
        elif "kind" in rule and rule["kind"] != _CALLS[language]:
            rule = _both(rule, spelt)
        else:
            call = {"kind": _CALLS[language]}
            called = {**call, "has": {"field": "function", **spelt}}
            rule = _both(rule, {"any": [called, {"not": call, **spelt}]})
    parts = {"rule": rule, "constraints": constraints, **{k: given.get(k) for k in ("utils", "transform")}}
    return {key: value for key, value in parts.items() if value}


def _both(one: Any, other: dict[str, Any]) -> dict[str, Any]:
    if one is None:
        return other
    return {**one, **other} if not one.keys() & other.keys() else {"all": [one, other]}


def _spellings(names: Iterable[str], language: str) -> str:
    """The ways in which files name it that import it, or a package around it, under its own name."""
    return f"^({'|'.join(_spelling(name, language) for name in names)})$"


def _spelling(dotted: str, language: str) -> str:
    if language != "python":
        # the head is whatever the file calls the module; an export called `default` has any name
        name = dotted.rsplit(".", 1)[-1] if "." in dotted.rsplit("/", 1)[-1] else ""
        return rf"([\w$]+\.)*{re.escape(name)}" if name not in ("", "default") else r"[\w$]+"
    parts = [re.escape(part) for part in dotted.removeprefix("builtins.").split(".")]
    if parts[-1] == r"\*":
        parts[-1] = r"[\w.]+"
    text = ""
    for part in parts[:-1]:
        text = rf"({text}{part}\.)?"
    return text + parts[-1]


def _fix(fix: Template) -> Any:
    if fix.is_deletion:
        return {"template": "", "expandEnd": {"regex": "^,$"}}
    text = "".join(_piece(piece) for piece in fix.pieces)
    return f"{text}\n" if "\n" in text else text


def _piece(piece: str | Hole | Name | Join) -> str:
    match piece:
        case Hole():
            return f"$$${piece.name}" if piece.many else f"${piece.name}"
        case Join():
            return f"$$${piece.name}"
        case Name():
            return piece.dotted.rsplit(".", 1)[-1]
        case _:
            return piece


def _lost(rule: Rule) -> Iterable[str]:
    for step in rule.steps:
        yield from _lost_names(step)
        if step.fix is not None:
            yield from _lost_fix(step.fix)
    yield from _lost_around(rule)
    fixes = [step.fix for step in rule.steps if step.fix is not None]
    if any(isinstance(piece, Hole | Join) for fix in fixes for piece in fix.pieces):
        yield "matches inside of a match wait for another run; what is filled in gets no parentheses"
    if len(rule.steps) > 1:
        yield "its steps have an order: where two match the same code, the first one counts"


def _lost_names(step: Step) -> Iterable[str]:
    for variable, names in step.pattern.resolves.items():
        told = " or ".join(f"`{name}`" for name in names)
        what = "the match" if variable == "match" else f"`${variable}`"
        yield (
            f"{what} must be {told} by the file's imports (resolves); here it is told by its usual spelling, "
            "so that other names spelt like it match and names under an alias do not"
        )


def _lost_fix(fix: Template) -> Iterable[str]:
    if fix.is_deletion:
        yield "a deletion takes its line, the layout around it or the comma before a last element with it"
    for piece in fix.pieces:
        if isinstance(piece, Name) and not piece.dotted.startswith("builtins."):
            yield f"`{piece.dotted}` is imported where it is not, and spelt as the file has it ($import)"
        if isinstance(piece, Join):
            yield f"between the elements of `$$${piece.name}` stands {piece.separator!r} ($join), not a comma"
        if isinstance(piece, Hole) and piece.many:
            yield f"the layout of `$$${piece.name}`, and that an empty one takes a comma with it"


def _lost_around(rule: Rule) -> Iterable[str]:
    for statement in rule.imports_add:
        yield f"the import `{statement}` is added where the new code needs it"
    for name in rule.imports_remove:
        yield f"imports of `{name}` are dropped when nothing uses them any more"
    for old, new in rule.imports_replace:
        yield f"imports of `{old}` become imports of `{new}`, and what uses them follows"
    if rule.scope.tests is not True:
        yield "it is for tests only" if rule.scope.tests == "only" else "it leaves tests alone"
    if any(character in glob for glob in (*rule.scope.include, *rule.scope.exclude) for character in "{}"):
        yield "a brace in a path of its scope is an ordinary letter"
    if rule.min_python:
        yield f"it is only for projects that run on Python {rule.min_python} and later"
    if rule.python:
        yield f"the Python function `{rule.python}`"
