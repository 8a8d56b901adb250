"""The part of a file in which two versions differ, cut at top-level statements, so that only it need be
compared."""

from collections.abc import Sequence
from typing import NamedTuple

from softwright.facts.structure.syntax import GRAMMARS, grammar_tree

_BLOCK = 4096


class Window(NamedTuple):
    """Offsets in characters: both versions are equal before `start`, and from `end` and `new_end` on."""

    start: int
    end: int
    new_end: int


def window(old: str, new: str, language: str) -> Window:
    """The smallest run of top-level statements that holds every difference; where trees are unclear, all
    of it."""
    whole = Window(0, len(old), len(new))
    if language not in GRAMMARS or not (old.isascii() and new.isascii()):
        return whole  # offsets in bytes and in characters are the same only then
    sides = old.encode(), new.encode()
    same = _same_start(*sides)
    rest = min(len(old), len(new)) - same
    last = _same_start(*(side[len(side) - rest :][::-1] for side in sides))
    spans = [_statements(side, language) for side in sides]
    if not all(spans):
        return whole
    start = min(_first(found, same) for found in spans)
    tail = max(_tail(found, len(side), last) for found, side in zip(spans, sides, strict=True))
    ends = [len(side) - tail for side in sides]
    for found, end in zip(spans, ends, strict=True):
        if start and start not in {a for a, _ in found}:
            return whole
        if tail and end not in {b for _, b in found}:
            return whole
    return Window(start, ends[0], ends[1])


def _statements(source: bytes, language: str) -> list[tuple[int, int]]:
    root = grammar_tree(source, language).root_node
    return [] if root.has_error else [(child.start_byte, child.end_byte) for child in root.children]


def _first(statements: Sequence[tuple[int, int]], same: int) -> int:
    """Where the first statement begins that reaches what differs."""
    return next((a for a, b in statements if b >= same), statements[-1][0])


def _tail(statements: Sequence[tuple[int, int]], size: int, same: int) -> int:
    """How much lies behind the last statement that reaches what differs."""
    return next((size - b for a, b in reversed(statements) if a <= size - same), size - statements[0][1])


def _same_start(one: bytes, other: bytes) -> int:
    """How many bytes both begin with."""
    at, most = 0, min(len(one), len(other))
    while at < most and one[at : at + _BLOCK] == other[at : at + _BLOCK]:
        at += _BLOCK
    low, high = min(at, most), min(at + _BLOCK, most)
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
