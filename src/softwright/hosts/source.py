"""A snapshot in a mirror as a source of blobs, for the room that makes facts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from softwright.core import Entry, Repo, Snapshot
from softwright.hosts.objects import ObjectReader, entries, last_changed


@dataclass(frozen=True, slots=True)
class GitSource:
    """One snapshot of one repository, read from its mirror. Picklable: send it to a worker process."""

    repo: Repo
    snapshot: Snapshot
    git_dir: str

    def entries(self) -> list[Entry]:
        """Every file of the snapshot. Raises OutsideFault."""
        return entries(self.git_dir, self.snapshot.commit)

    def read(self, blobs: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Name and content of each blob, in order. Raises OutsideFault at one that is missing."""
        with ObjectReader(self.git_dir) as reader:
            yield from reader.read(blobs)

    def last_changed(self) -> dict[str, datetime]:
        """When each file was last changed (UTC). Reads the history, so it costs time with its length."""
        return last_changed(self.git_dir, self.snapshot.commit)
