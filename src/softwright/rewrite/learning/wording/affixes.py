"""Renames that follow one pattern: names are changed by a function of the old name (`affix.py`).

Each rename proposes the functions that it can be an example of, and those that explain most names win. A
function holds for the classes or functions that a file defines, with their uses in that file and its
`__all__`, or for attributes: where the author left no name alone that it would change. An affix that is only
added could be added to any name, so it asks for classes with one base.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from softwright.core import InvalidInput, digest
from softwright.facts.structure import Pattern
from softwright.rewrite.learning.example import Example
from softwright.rewrite.learning.learned import Evidence, LearnedRule, confidence
from softwright.rewrite.learning.patterns.exports import EXPORTED
from softwright.rewrite.learning.patterns.scope import narrowed
from softwright.rewrite.learning.patterns.surroundings import condition, features
from softwright.rewrite.learning.trees.diff import TreeDiff
from softwright.rewrite.learning.trees.grammar import GRAMMARS, Grammar
from softwright.rewrite.learning.trees.tree import Node
from softwright.rewrite.learning.wording.affix import Affix, affixes_of
from softwright.rewrite.rule import Rule, Scope, Step
from softwright.rewrite.template import parse_template

_LEAST_NAMES = 2
_LEAST_ADDED = 3
"""Names that must show an affix that is only added."""
_DEFINED = ("class", "function")
_FILES = frozenset({"module", "program", "source_file"})


@dataclass(frozen=True, slots=True)
class _Definition:
    """What a file defines under a name: class or function, and the bases of a class."""

    kind: str
    bases: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Name:
    """One identifier of an example: where it stands and what became of it (None: nothing can be said)."""

    file: int
    old: str
    new: str | None
    place: tuple[str, ...]
    bases: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Found:
    """A function and the renames that it explains, at one kind of place; `base` of the classes, or ""."""

    affix: Affix
    place: tuple[str, ...]
    stem: str
    base: str = ""
    right: list[_Name] = field(default_factory=list)
    scope: Scope = field(default_factory=Scope)


def learn_affixes(diffs: Sequence[TreeDiff], examples: Sequence[Example]) -> list[LearnedRule]:
    """One rule for each function that explains several renames."""
    names = [name for file, diff in enumerate(diffs) for name in _names(file, diff)]
    learned: list[LearnedRule] = []
    waiting = {(name.old, name.new) for name in names if name.new is not None and name.new != name.old}
    for affix in _by_reach(waiting):
        explained = {(old, new) for old, new in waiting if affix.applied(old) == new}
        if len({old for old, _ in explained}) < (_LEAST_ADDED if affix.is_added else _LEAST_NAMES):
            continue
        found = _at_places(affix, names, [old for old, _ in explained], examples)
        rule = _rule(affix, found, examples, diffs[0].before.language)
        if rule is not None:
            learned.append(rule)
            waiting -= explained
    return learned


def _by_reach(renames: set[tuple[str, str]]) -> list[Affix]:
    """Functions proposed by the renames: those that explain most names first, of equals the most literal."""
    reach: dict[Affix, set[str]] = defaultdict(set)
    for old, new in sorted(renames):
        for affix in affixes_of(old, new):
            reach[affix].add(old)
    return sorted(reach, key=lambda affix: (-len(reach[affix]), -affix.literals, str(affix)))


# -- names of the examples ------------------------------------------------------------------------------


def _names(file: int, diff: TreeDiff) -> Iterator[_Name]:
    grammar = diff.before.grammar
    edited = {id(edit.before): edit.after for edit in diff.edits if edit.before.is_leaf}
    defined = _defined(diff.before.root, grammar)
    for node in diff.before.leaves:
        if node.raw not in grammar.names:
            continue
        after = edited.get(id(node))
        if after is not None:
            new = after.text if after.raw in grammar.names else None
        elif any(s <= node.start and node.end <= e for s, e in diff.touched):
            new = None
        else:
            new = node.text
        definition = defined.get(node.text)
        if definition is not None:
            yield _Name(file, node.text, new, (definition.kind,), definition.bases)
        else:
            yield _Name(file, node.text, new, _place(node, grammar))


def _defined(root: Node, grammar: Grammar) -> dict[str, _Definition]:
    """Names that a file defines."""
    found: dict[str, _Definition] = {}
    for node in root.walk():
        name = next((child.text for child in node.children if child.raw in grammar.names), "")
        if node.raw in grammar.definitions and name:
            found[name] = _Definition(_defines(node.raw), _bases(node))
    return found


def _defines(kind: str) -> str:
    return "class" if "class" in kind or "interface" in kind else "function"


def _bases(node: Node) -> frozenset[str]:
    """The bases of a Python class that are names."""
    arguments = [child for child in node.children if child.raw == "argument_list"]
    return frozenset(base.text for each in arguments for base in each.children if base.raw == "identifier")


def _place(node: Node, grammar: Grammar) -> tuple[str, ...]:
    """The kind of place of an attribute; () for anything else."""
    place = features(node, grammar).get("place", ())
    if place[2:] in (("attribute",), ("field",)) or place == ("identifier", "method_invocation", "name"):
        return place
    return place if place[1:] == ("member_expression", "") else ()


# -- places ---------------------------------------------------------------------------------------------


def _at_places(
    affix: Affix, names: Sequence[_Name], explained: Sequence[str], examples: Sequence[Example]
) -> list[_Found]:
    """The kinds of places at which the function was applied to every name."""
    stem = affix.stem_of(explained)
    wanted = re.compile(affix.regex(stem))
    by_place: dict[tuple[str, ...], list[_Name]] = defaultdict(list)
    for name in names:
        is_new = affix.result and re.search(affix.result, name.old)
        if name.place and name.new is not None and wanted.search(name.old) and not is_new:
            by_place[name.place].append(name)
    found: list[_Found] = []
    for place, those in by_place.items():
        right = [name for name in those if name.new == affix.applied(name.old)]
        shared = frozenset.intersection(*(name.bases for name in right)) if right else frozenset()
        bases = sorted(shared) if affix.is_added else ["", *sorted(shared)]
        for base in bases if place == ("class",) or not affix.is_added else []:
            held = [name for name in those if not base or base in name.bases]
            made = _held(_Found(affix, place, stem, base), held, examples)
            if made is not None:
                found.append(made)
                break
    return found


def _held(found: _Found, names: Sequence[_Name], examples: Sequence[Example]) -> _Found | None:
    """The function at one kind of place, with its scope; None when names were left alone there."""
    affix = found.affix
    found.right = [name for name in names if name.new == affix.applied(name.old)]
    least = _LEAST_ADDED if affix.is_added else _LEAST_NAMES
    files = {name.file for name in found.right}
    wrong = {name.file for name in names if name.new != affix.applied(name.old)}
    if len({name.old for name in found.right}) < least or wrong & files:
        return None
    scope = narrowed({examples[file].path for file in files}, {examples[file].path for file in wrong})
    found.scope = scope or Scope()
    return found if scope is not None else None


# -- the rule -------------------------------------------------------------------------------------------


def _rule(
    affix: Affix, found: list[_Found], examples: Sequence[Example], language: str
) -> LearnedRule | None:
    steps: list[Step] = []
    for each in found:
        try:
            steps += _steps(each, language)
        except InvalidInput:
            continue
    if not steps:
        return None
    right = [name for each in found for name in each.right]
    files = {name.file for name in right}
    evidence = Evidence(len(right), len(files), len({examples[file].repo for file in files}))
    words = re.findall(r"[a-z0-9]+", f"names {affix.described}".lower().replace("becomes", ""))
    rule = Rule(
        id=f"{'-'.join(words[:6])}-{digest([affix.described, len(right)])[:4]}",
        language=language,
        message=affix.described,
        steps=tuple(steps),
        scope=next((each.scope for each in found if each.scope != Scope()), Scope()),
    )
    return LearnedRule(rule, evidence, confidence(evidence, 0.8))


def _steps(found: _Found, language: str) -> list[Step]:
    """A step for the names at one kind of place, and one for what `__all__` says of them (Python)."""
    grammar = GRAMMARS[language]
    places = [_any_kind(grammar.names)]
    if language == "python" and found.place[0] in _DEFINED:
        places.append({"kind": "string_content", "inside": deepcopy(EXPORTED)})
    steps: list[Step] = []
    for place in places:
        rule = {"all": [place, *_shape(found), _where(found, grammar)]}
        pattern = Pattern.parse({"rule": rule, "transform": {"T": _change(found)}}, language)
        steps.append(Step(pattern, parse_template("$T", pattern.metavariables, pattern.transform)))
    return steps


def _shape(found: _Found) -> list[dict[str, Any]]:
    """Conditions on the name: an old one, and not one that looks like a new one."""
    shape: list[dict[str, Any]] = [{"regex": found.affix.regex(found.stem)}, {"pattern": "$N"}]
    return [*shape, {"not": {"regex": found.affix.result}}] if found.affix.result else shape


def _change(found: _Found) -> dict[str, Any]:
    if found.affix.case:
        return {"convert": {"source": "$N", "toCase": found.affix.case}}
    return {"replace": {"source": "$N", "replace": found.affix.regex(found.stem), "by": found.affix.by}}


def _where(found: _Found, grammar: Grammar) -> dict[str, Any]:
    """The condition for a kind of place; `$N` as a class or function is one that the file itself defines."""
    if found.place[0] not in _DEFINED:
        return condition("place", [found.place], grammar)
    kinds = frozenset(kind for kind in grammar.definitions if _defines(kind) == found.place[0])
    named: list[dict[str, Any]] = [_any_kind(kinds), {"has": {"field": "name", "pattern": "$N"}}]
    if found.base:
        base = {"kind": "identifier", "regex": f"^{found.base}$"}
        named.append({"has": {"kind": "argument_list", "has": base}})
    files = _any_kind(_FILES & grammar.bodies)
    return {"inside": {**files, "stopBy": "end", "has": {"all": named, "stopBy": "end"}}}


def _any_kind(kinds: frozenset[str]) -> dict[str, Any]:
    ordered = sorted(kinds)
    return {"kind": ordered[0]} if len(ordered) == 1 else {"any": [{"kind": kind} for kind in ordered]}
