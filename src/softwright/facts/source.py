"""Where blobs come from: what this room needs of a git repository, and no more."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Protocol

from softwright.core import Entry, Repo, Snapshot


class BlobSource(Protocol):
    """One snapshot of one repository that can be listed and read; picklable, as workers read the blobs."""

    @property
    def repo(self) -> Repo:
        """The repository."""
        ...

    @property
    def snapshot(self) -> Snapshot:
        """The commit and tree that are read."""
        ...

    def entries(self) -> list[Entry]:
        """Every file of the snapshot; raises OutsideFault when the repository cannot be read."""
        ...

    def read(self, blobs: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Name and content of each blob, in the order asked for."""
        ...

    def last_changed(self) -> dict[str, datetime]:
        """Path -> time of the commit that last touched it (UTC)."""
        ...
