"""Imports that stand one a line, in stretches parted by blank lines (Java, Go): where a new one goes."""

from bisect import bisect
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

from softwright.rewrite.layout import cut_lines, indentation, line_end, line_start, newline_of
from softwright.rewrite.text_edit import TextEdit


class ImportLine(NamedTuple):
    """One import: its statement's place, the path it is sorted by, and what kind of stretch it belongs to."""

    start: int
    end: int
    path: tuple[str, ...]
    kind: str = ""

    @property
    def key(self) -> str:
        """By what lines are ordered."""
        return ".".join(self.path)


class NewLine(NamedTuple):
    """An import to add: its text, path and kind."""

    text: str
    path: tuple[str, ...]
    kind: str = ""

    @property
    def key(self) -> str:
        """By what lines are ordered."""
        return ".".join(self.path)


def groups_of(text: str, lines: Sequence[ImportLine]) -> list[list[ImportLine]]:
    """The imports in stretches without a blank line."""
    groups: list[list[ImportLine]] = []
    for line in lines:
        if groups and "\n\n" not in text[groups[-1][-1].end : line.start].replace("\r", "").replace(" ", ""):
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def placed(
    text: str, lines: Sequence[ImportLine], new: Sequence[NewLine], opens: Callable[[NewLine], bool]
) -> list[TextEdit]:
    """Edits that add imports beside those they are related to, in order where these are in order.

    An import that belongs nowhere gets a stretch of its own, above the others when it `opens` them.
    """
    groups = groups_of(text, lines)
    newline = newline_of(text)
    found: dict[int, list[NewLine]] = defaultdict(list)
    apart: dict[bool, list[NewLine]] = defaultdict(list)
    for item in new:
        group = _group_for(groups, item)
        if group is None:
            apart[opens(item)].append(item)
        else:
            found[_slot(text, group, item)].append(item)
    edits = []
    for place, items in found.items():
        ordered = sorted(items, key=lambda item: item.key)
        indent = indentation(text, lines[0].start)
        edits.append(TextEdit(place, place, "".join(f"{indent}{item.text}{newline}" for item in ordered)))
    for is_first, items in apart.items():
        edge = line_start(text, _above(text, lines[0].start)) if is_first else line_end(text, lines[-1].end)
        indent = indentation(text, lines[0].start)
        ordered = sorted(items, key=lambda item: item.key)
        body = "".join(f"{indent}{item.text}{newline}" for item in ordered)
        edits.append(TextEdit(edge, edge, body + newline if is_first else newline + body))
    return edits


def removed(text: str, lines: Sequence[ImportLine]) -> list[TextEdit]:
    """Edits that drop imports with their lines; what stands side by side goes as one."""
    edits: list[TextEdit] = []
    for line in sorted(lines):
        cut = cut_lines(text, line.start, line.end)
        if edits and cut.start <= edits[-1].end:
            edits[-1] = edits[-1]._replace(end=max(edits[-1].end, cut.end))
        else:
            edits.append(TextEdit(cut.start, cut.end, ""))
    return edits


def sorted_groups(
    before: tuple[str, Sequence[ImportLine]],
    after: tuple[str, Sequence[ImportLine]],
    place: Callable[[int], int],
) -> list[TextEdit]:
    """Edits that put stretches in order which were in order before; one with comments inside stays."""
    old = groups_of(*before)
    text = after[0]
    edits: list[TextEdit] = []
    for group in groups_of(*after):
        at = place(group[0].start)
        was = [g for g in old if g[0].start <= at <= line_end(before[0], g[-1].end)]
        order = _order(was[0]) if len(was) == 1 else None
        gaps = [text[a.end : b.start] for a, b in pairwise(group)]
        if order is None or any(gap.strip(" \t\r\n;") for gap in gaps):
            continue
        ordered = sorted(group, key=lambda line: order(line.key))
        if ordered == group:
            continue
        edits += [
            TextEdit(there.start, there.end, text[line.start : line.end])
            for there, line in zip(group, ordered, strict=True)
            if there != line
        ]
    return edits


def shared(one: Sequence[str], other: Sequence[str]) -> int:
    """How many parts two paths begin with alike."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count


def _group_for(groups: list[list[ImportLine]], item: NewLine) -> list[ImportLine] | None:
    """The stretch of the nearest relative; the only one of the kind when there is none."""
    alike = [[line for line in group if line.kind == item.kind] for group in groups]
    alike = [group for group in alike if group]
    near = [max(shared(line.path, item.path) for line in group) for group in alike]
    if near and max(near) > 0:
        return alike[near.index(max(near))]
    return alike[0] if len(alike) == 1 else None


def _order(group: Sequence[ImportLine]) -> Callable[[str], str] | None:
    orders: tuple[Callable[[str], str], ...] = (str, str.lower)
    for order in orders:
        keys = [order(line.key) for line in group]
        if keys == sorted(keys):
            return order
    return None


def _slot(text: str, group: Sequence[ImportLine], item: NewLine) -> int:
    order = _order(group)
    if order is not None:
        at = bisect([order(line.key) for line in group], order(item.key))
    else:
        near = [shared(line.path, item.path) for line in group]
        at = len(near) - near[::-1].index(max(near))
    if at == len(group):
        return line_end(text, group[-1].end)
    return line_start(text, _above(text, group[at].start))


def _above(text: str, place: int) -> int:
    """The first of the comment lines directly above a place, or the place."""
    start = line_start(text, place)
    while start:
        above = line_start(text, start - 1)
        if not text[above:start].lstrip().startswith("//"):
            break
        start = above
    return start
