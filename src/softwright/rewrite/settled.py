"""Whether a round left anything for the next one, told from the changed statements alone.

The last round of a file finds nothing, and for that the whole would have to be parsed again. Where no match
depends on more than the statement it stands in, only statements that the edits touched can hold a new one.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import IntEnum

from softwright.facts.structure import Content, Pattern, Tree
from softwright.rewrite.rule import Rule, Step
from softwright.rewrite.statements import BY_STATEMENT, COMPOUND, touched_inside, touched_statements
from softwright.rewrite.suppress import MARK
from softwright.rewrite.text_edit import TextEdit

_BESIDE = frozenset({"precedes", "follows", "nthChild"})
_ROOT = frozenset({"module"})
_MOST = 0.5
"""Part of the text beyond which the whole may as well be looked at."""
_MOST_KNOWN = 4096


class Reach(IntEnum):
    """How far one must look around a node to know whether a pattern matches it."""

    STATEMENT = 0  # to the innermost statement around it, without what is in blocks below
    TOP = 1  # to the statement at the top of the file
    FILE = 2


_KNOWN: dict[str, Reach] = {}
_WORD = re.compile(r"\w+")
_BINDING = frozenset({"import", "global", "nonlocal"})


def is_settled(rules: Sequence[Rule], tree: Tree, edits: Sequence[TextEdit], changed: Content) -> bool:
    """True when no step of the rules finds anything to do in `changed`, which is `tree` after the edits.

    The edits are sorted, disjoint, and all that the rules had to do in `tree`. False when it cannot be told.
    """
    if tree.language not in BY_STATEMENT or MARK in tree.text or MARK.encode() in changed.source:
        return False
    by_reach: dict[Reach, list[Pattern]] = {reach: [] for reach in Reach}
    rewritten = _words(tree, edits)
    for rule in rules:
        for step in rule.steps:
            pattern, reach = step.pattern, _reach(step)
            if pattern.resolves and reach is not Reach.FILE:
                if rewritten & _bound_words(tree, pattern):
                    reach = Reach.FILE  # what its names stand for may be something else now
                else:
                    pattern = replace(pattern, resolves={})  # the changed statements alone lack the imports
            by_reach[reach].append(pattern)
    if any(pattern.may_match(changed) for pattern in by_reach[Reach.FILE]):
        return False
    size = len(changed.source)
    return all(
        not by_reach[reach] or _finds_none(by_reach[reach], tree.language, touched(tree, edits), size)
        for reach, touched in _TOUCHED
    )


_TOUCHED: tuple[tuple[Reach, Callable[[Tree, Sequence[TextEdit]], list[str] | None]], ...] = (
    (Reach.STATEMENT, touched_inside),
    (Reach.TOP, touched_statements),
)


def _finds_none(patterns: Sequence[Pattern], language: str, parts: Sequence[str] | None, size: int) -> bool:
    """True when no pattern matches in the parts, as far as that is cheaper to tell than by the whole file."""
    if parts is None:
        return False
    whole = _content("".join(parts))
    whole.list_words()
    patterns = [pattern for pattern in patterns if pattern.may_match(whole)]
    likely = [part for part in parts if patterns and _may_match(patterns, part)]
    if not likely:
        return True
    text = "".join(likely)
    if len(text) > _MOST * size:
        return False
    tree = Tree(text, language)
    if any(True for pattern in patterns for _ in tree.matches(pattern)):
        return False
    return tree.root.find({"rule": {"kind": "ERROR"}}) is None


def _may_match(patterns: Sequence[Pattern], text: str) -> bool:
    content = _content(text)
    return any(pattern.may_match(content) for pattern in patterns)


def _content(text: str) -> Content:
    return Content(text.encode("utf-8", "surrogatepass"))


def _words(tree: Tree, edits: Sequence[TextEdit]) -> frozenset[str]:
    """All words that the edits took away or wrote."""
    texts = (text for edit in edits for text in (tree.text[edit.start : edit.end], edit.new))
    return frozenset(word for text in texts for word in _WORD.findall(text))


def _bound_words(tree: Tree, pattern: Pattern) -> frozenset[str]:
    """Words without which nothing changes what the names that the pattern resolves stand for in the file."""
    names = {name for names in pattern.resolves.values() for name in names}
    parts = {part for name in names for part in _WORD.findall(name)}
    return frozenset(parts | tree.names.heads(tuple(sorted(names))) | _BINDING)


def _reach(step: Step) -> Reach:
    if step.fix is not None and step.fix.imported:
        return Reach.FILE  # what a name is called depends on the imports
    known = _KNOWN.get(step.pattern.digest)
    if known is None:
        if len(_KNOWN) > _MOST_KNOWN:
            _KNOWN.clear()
        known = _KNOWN[step.pattern.digest] = _reach_of(step.pattern)
    return known


def _reach_of(pattern: Pattern) -> Reach:
    parts = [pattern.rule, *pattern.utils.values(), *pattern.constraints.values()]
    around = [value for part in parts for key, value in _entries(part) if key == "inside"]
    if any(key in _BESIDE for part in parts for key, _ in _entries(part)):
        return Reach.FILE
    looked_at = [pattern.rule, *around]
    if all(_spares(pattern, rule, COMPOUND) for rule in looked_at):
        return Reach.STATEMENT
    return Reach.TOP if all(_spares(pattern, rule, _ROOT) for rule in looked_at) else Reach.FILE


def _spares(pattern: Pattern, rule: object, kinds: frozenset[str]) -> bool:
    """True when the rule object takes no node of these kinds, whose text is more than is looked at."""
    found = pattern.kinds_of(rule) if isinstance(rule, Mapping) else None
    return found is not None and not found & kinds


def _entries(value: object) -> Iterator[tuple[str, object]]:
    """All keys with their values, however deep."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield str(key), inner
            yield from _entries(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _entries(inner)
