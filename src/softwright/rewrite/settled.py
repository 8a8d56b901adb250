"""Which steps a round left anything for, told from the changed statements alone.

The last round of a file finds nothing, and for that the whole would have to be parsed again. Where no match
depends on more than the statement it stands in, only statements that the edits touched can hold a new one.
Of many rules few need more, and they alone are matched in the whole again.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import IntEnum

from softwright.facts.structure import Content, Pattern, Tree
from softwright.rewrite.rule import RuleStep, Step
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


def unsettled(
    steps: Sequence[RuleStep], tree: Tree, edits: Sequence[TextEdit], changed: Content
) -> list[RuleStep]:
    """The steps that may find something to do in `changed`, which is `tree` after the edits.

    The edits are sorted, disjoint, and all that the steps had to do in `tree`. What they left there counts
    as done; a step that finds nothing else is settled.
    """
    asked = [each for each in steps if each.step.pattern.may_match(changed)]
    if tree.language not in BY_STATEMENT or MARK in tree.text or MARK.encode() in changed.source:
        return asked
    by_reach: dict[Reach, list[tuple[RuleStep, Pattern]]] = {reach: [] for reach in Reach}
    rewritten = _words(tree, edits)
    for each in asked:
        pattern, reach = each.step.pattern, _reach(each.step)
        if pattern.resolves and reach is not Reach.FILE:
            if rewritten & _bound_words(tree, pattern):
                reach = Reach.FILE  # what its names stand for may be something else now
            else:
                pattern = pattern.unresolved  # the changed statements alone lack the imports
        by_reach[reach].append((each, pattern))
    awake = {id(each) for each, _ in by_reach[Reach.FILE]}
    room = 0 if awake else _MOST * len(changed.source)  # what is parsed anyway is looked at as a whole
    for reach, touched in _TOUCHED:
        if by_reach[reach]:
            awake.update(map(id, _finding(by_reach[reach], tree.language, touched(tree, edits), room)))
    return [each for each in asked if id(each) in awake]


_TOUCHED: tuple[tuple[Reach, Callable[[Tree, Sequence[TextEdit]], list[str] | None]], ...] = (
    (Reach.STATEMENT, touched_inside),
    (Reach.TOP, touched_statements),
)


def _finding(
    asked: Sequence[tuple[RuleStep, Pattern]], language: str, parts: Sequence[str] | None, room: float
) -> list[RuleStep]:
    """The steps whose patterns match in the parts; all that may, where these are longer than `room`."""
    if parts is None:
        return [each for each, _ in asked]
    whole = _content("".join(parts))
    whole.list_words()
    asked = [(each, pattern) for each, pattern in asked if pattern.may_match(whole)]
    if not room or not asked:
        return [each for each, _ in asked]
    patterns = [pattern for _, pattern in asked]
    text = "".join(part for part in parts if _may_match(patterns, part))
    tree = Tree(text, language) if len(text) <= room else None
    if tree is None or tree.root.find({"rule": {"kind": "ERROR"}}) is not None:
        return [each for each, _ in asked]
    return [each for each, pattern in asked if any(True for _ in tree.matches(pattern))]


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
