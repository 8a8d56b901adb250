"""Searching only the definitions in which a pattern's tokens stand: the rest of a file need not be parsed.

Where a pattern has no definition of its own, the nodes between a match and the tokens that it demands side by
side are none either. So a match lies within the innermost definition that holds such tokens.
"""

import re
from collections.abc import Iterator, Sequence

from softwright.core import InvalidInput, line_starts, position_of
from softwright.facts.structure.called import looks_within, moved
from softwright.facts.structure.decoding import Decoded, decode
from softwright.facts.structure.pattern import Pattern, pattern_node
from softwright.facts.structure.search import Found, Tree, found

_DEFINITIONS = ("function_definition", "class_definition", "lambda")
_BLOCK = b"if 1:\n"
"""Before a definition that is indented, to make it whole code."""

Lines = tuple[int, int]
"""First and last line of a definition, from 1, both inclusive."""


def lies_within(pattern: Pattern) -> bool:
    """True when matches of a pattern can be looked for with `found_within`."""
    if not pattern.chains or set(pattern.rule) != {"pattern"} or pattern.utils or pattern.resolves:
        return False
    node = pattern_node(pattern.rule["pattern"], pattern.language)
    if node is None or not looks_within(pattern.constraints.values()):
        return False
    return not any(node.find({"rule": {"kind": kind}}) for kind in _DEFINITIONS)


def found_within(
    patterns: Sequence[Pattern], source: bytes, definitions: Sequence[Lines]
) -> list[tuple[Pattern, Found]] | None:
    """Matches of patterns that `lies_within` takes, in a Python file whose definitions are all given.

    None when the definitions do not tell: then the whole file must be searched.
    """
    likely = [pattern for pattern in patterns if pattern.may_match(source)]
    if not likely:
        return []
    try:
        decoded = decode(source, "python")
    except InvalidInput:
        return []
    if decoded.encoding != "utf-8" or decoded.prefix:
        return None
    starts = [*line_starts(source), len(source)]
    matches: list[tuple[Pattern, Found]] = []
    for pattern in likely:
        around = _around(_hits(pattern.chains[0], source), starts, definitions)
        if around is None:
            return None
        for first, last in around:
            some = _searched(pattern, source[starts[first - 1] : starts[last]], starts[first - 1])
            if some is None:
                return None
            matches += [(pattern, one) for one in some]
    return matches


def _hits(chain: re.Pattern[bytes], source: bytes) -> Iterator[int]:
    found = chain.search(source)
    while found:
        yield found.start()
        found = chain.search(source, found.start() + 1)  # the next one may begin within this one


def _around(hits: Iterator[int], starts: list[int], definitions: Sequence[Lines]) -> list[Lines] | None:
    """The innermost definitions around the hits, none within another; None when a hit has none."""
    around: set[Lines] = set()
    for hit in hits:
        line = position_of(starts, hit).line
        holding = [each for each in definitions if each[0] <= line <= each[1]]
        if not holding:
            return None
        around.add(max(holding, key=lambda each: (each[0], -each[1])))
    outer: list[Lines] = []
    for each in sorted(around, key=lambda one: (one[0], -one[1])):
        if not outer or each[1] > outer[-1][1]:
            outer.append(each)
    return outer


def _searched(pattern: Pattern, written: bytes, start: int) -> list[Found] | None:
    """Matches in one definition; None when by itself it is no whole code."""
    added = _BLOCK if written[:1] in (b" ", b"\t") else b""
    text = (added + written).decode()
    tree = Tree(text, "python")
    statements = [node for node in tree.root.children() if node.kind() != "comment"]
    if len(statements) != 1 or tree.root.find({"rule": {"kind": "ERROR"}}):
        return None
    decoded = Decoded(added + written, text, "utf-8")
    all_found = (found(match, decoded) for match in tree.matches(pattern))
    return [moved(one, start - len(added)) for one in all_found if one.span.start >= len(added)]
