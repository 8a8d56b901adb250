"""Places in a file: byte spans, and the lines and columns people read."""

from bisect import bisect_right
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open range of bytes `[start, end)` in one file."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"span [{self.start}, {self.end}) is not 0 <= start <= end")

    def __len__(self) -> int:
        return self.end - self.start

    def overlaps(self, other: "Span") -> bool:
        """True when the two share a byte, or when both insert at the same place."""
        if len(self) == 0 or len(other) == 0:
            inside = self.start < other.start < self.end or other.start < self.start < other.end
            return self == other or inside
        return self.start < other.end and other.start < self.end

    def contains(self, other: "Span") -> bool:
        """True when `other` lies wholly inside."""
        return self.start <= other.start and other.end <= self.end


class Position(NamedTuple):
    """Line and column, both from 1; the column counts bytes."""

    line: int
    column: int


def line_starts(source: bytes) -> list[int]:
    """Byte offsets at which lines begin; a line ends after LF (CRLF is one ending)."""
    starts = [0]
    at = source.find(b"\n")
    while at >= 0:
        starts.append(at + 1)
        at = source.find(b"\n", at + 1)
    return starts


def position_of(starts: list[int], offset: int) -> Position:
    """Line and column of a byte offset, given `line_starts` of the file."""
    line = bisect_right(starts, offset)
    return Position(line, offset - starts[line - 1] + 1)
