"""Where stored files lie: the narrow port under `Artefacts`, with one file for each variant."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Found:
    """A stored file: its `size` in bytes as stored and when it was last written, None when not known."""

    name: str
    size: int
    at: datetime | None


class Shelf(Protocol):
    """Files by name ("ab/abcd…"). Safe for many processes at once; raises OutsideFault when out of reach."""

    where: str
    """What to call it in messages."""

    def write(self, name: str, content: bytes) -> None:
        """Store a file, in place of one of that name. Readers see all of it, or nothing."""
        ...

    def read(self, name: str, size: int = -1) -> bytes | None:
        """The first `size` bytes of a file, -1 for all of it; None when there is no such file."""
        ...

    def find(self, name: str) -> Found | None:
        """What is known of a file without reading it."""
        ...

    def remove(self, name: str) -> bool:
        """Remove a file; False when there was none."""
        ...

    def files(self) -> Iterator[Found]:
        """Every file, those of writers that died halfway included, in any order."""
        ...
