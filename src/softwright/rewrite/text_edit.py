"""Replacements inside one text, and their composition over several rounds."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import NamedTuple


class TextEdit(NamedTuple):
    """Characters `[start, end)` of a text become `new`; `origin` names the rules that asked."""

    start: int
    end: int
    new: str
    origin: str = ""

    def touches(self, other: "TextEdit") -> bool:
        """True when the two share a character, or insert at the same place."""
        if self.start == self.end or other.start == other.end:
            return self.start <= other.end and other.start <= self.end
        return self.start < other.end and other.start < self.end


def apply_text_edits(text: str, edits: Iterable[TextEdit]) -> str:
    """`text` with edits that do not overlap applied; equal places keep the order given."""
    out: list[str] = []
    at = 0
    for edit in sorted(edits, key=lambda e: (e.start, e.end)):
        out += (text[at : edit.start], edit.new)
        at = edit.end
    out.append(text[at:])
    return "".join(out)


@dataclass(slots=True)
class _Region:
    """A stretch of the original that differs in the current text."""

    start: int  # in the original
    end: int
    new: str
    origins: tuple[str, ...]
    now: int = 0  # where `new` begins in the current text


@dataclass(slots=True)
class Composition:
    """An original text, the current one, and what lies between them as edits of the original."""

    original: str
    current: str = ""
    _regions: list[_Region] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.current = self.original

    def add(self, edits: Sequence[TextEdit]) -> None:
        """Apply edits that are given in places of the current text and do not overlap."""
        items: list[tuple[int, int, _Region | TextEdit]] = [
            (region.now, region.now + len(region.new), region) for region in self._regions
        ]
        items += [(edit.start, edit.end, edit) for edit in edits]
        items.sort(key=lambda item: item[:2])
        merged: list[_Region] = []
        shift = 0  # current place - original place, between regions
        at = 0
        while at < len(items):
            group, end = [items[at]], items[at][1]
            while at + len(group) < len(items) and items[at + len(group)][0] <= end:
                group.append(items[at + len(group)])
                end = max(end, group[-1][1])
            region, shift = self._merge(group, end, shift)
            merged.append(region)
            at += len(group)
        self.current = apply_text_edits(self.current, edits)
        self._regions = merged
        self._place()

    def original_place(self, place: int) -> int | None:
        """Where a place of the current text lies in the original; None inside of replaced text."""
        at = bisect_right(self._regions, place, key=lambda region: region.now) - 1
        if at < 0:
            return place
        region = self._regions[at]
        behind = region.now + len(region.new)
        return None if place < behind else place - behind + region.end

    def nearest_place(self, place: int) -> int:
        """As `original_place`; inside of replaced text, where the replaced stretch begins."""
        exact = self.original_place(place)
        if exact is not None:
            return exact
        return self._regions[bisect_right(self._regions, place, key=lambda region: region.now) - 1].start

    def origins(self, start: int, end: int) -> str:
        """Who changed what lies between two places of the current text."""
        mine = (r for r in self._regions if r.now <= end and start <= r.now + len(r.new))
        return ",".join(dict.fromkeys(origin for region in mine for origin in region.origins))

    def edits(self) -> list[TextEdit]:
        """The edits of the original that give the current text; those of many lines cut to changed lines."""
        found: list[TextEdit] = []
        for region in self._regions:
            old = self.original[region.start : region.end]
            if old == region.new:
                continue
            origin = ",".join(dict.fromkeys(region.origins))
            found += [
                TextEdit(region.start + start, region.start + end, new, origin)
                for start, end, new in _changed_lines(old, region.new)
            ]
        return found

    def _merge(
        self, group: list[tuple[int, int, "_Region | TextEdit"]], end: int, shift: int
    ) -> tuple[_Region, int]:
        start = group[0][0]
        inner: list[TextEdit] = []
        origins: list[str] = []
        first, last = start - shift, end - shift
        after = shift
        for _, _, item in group:
            if isinstance(item, _Region):
                after = item.now + len(item.new) - item.end
                origins += item.origins
            else:
                inner.append(TextEdit(item.start - start, item.end - start, item.new))
                origins.append(item.origin)
        last = end - after
        return _Region(first, last, apply_text_edits(self.current[start:end], inner), tuple(origins)), after

    def _place(self) -> None:
        shift = 0
        for region in self._regions:
            region.now = region.start + shift
            shift += len(region.new) - (region.end - region.start)


def _changed_lines(old: str, new: str) -> list[tuple[int, int, str]]:
    """The replaced stretch as it is, or cut to the lines that differ when both sides have several."""
    if "\n" not in old or "\n" not in new:
        return [(0, len(old), new)]
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    starts = [0]
    for line in before:
        starts.append(starts[-1] + len(line))
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return [
        (starts[a], starts[b], "".join(after[c:d]))
        for tag, a, b, c, d in matcher.get_opcodes()
        if tag != "equal"
    ]
