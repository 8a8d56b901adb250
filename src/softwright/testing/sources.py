"""A `facts.BlobSource` held in memory, and the suite every source must pass."""

import hashlib
import pickle
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from softwright.core import Entry, OutsideFault, Repo, Snapshot, digest
from softwright.facts.source import BlobSource

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def blob_name(content: bytes) -> str:
    """The name git gives this content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class MemorySource:
    """One snapshot made of `files`; names of blobs are git's, the commit is derived from the files."""

    repo: Repo
    files: Mapping[str, bytes]
    changed: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def snapshot(self) -> Snapshot:
        """A snapshot whose hashes follow from the files."""
        tree = digest(sorted((path, blob_name(content)) for path, content in self.files.items()))
        return Snapshot(self.repo.name, commit=digest(["commit", tree]), tree=tree, branch="main")

    def entries(self) -> list[Entry]:
        """Every file, by path as git orders them."""
        ordered = sorted(self.files.items(), key=lambda item: item[0].encode("utf-8", "surrogateescape"))
        return [Entry(path, blob_name(content), "100644", len(content)) for path, content in ordered]

    def read(self, blobs: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Name and content of each blob, in order; raises OutsideFault at one that is missing."""
        by_name = {blob_name(content): content for content in self.files.values()}
        for blob in blobs:
            if blob not in by_name:
                raise OutsideFault(f"blob {blob} is missing", where=self.repo.name)
            yield blob, by_name[blob]

    def last_changed(self) -> dict[str, datetime]:
        """The times given, and one fixed moment for every other file."""
        return {path: self.changed.get(path, EPOCH) for path in self.files}


class BlobSourceContract:
    """What every `BlobSource` must do. Subclass it in a test and give `source` as a fixture.

    The source must hold exactly `FILES`.
    """

    FILES: Mapping[str, bytes] = {
        "README": b"no line end",
        "empty": b"",
        "pkg/a.py": b"x = 1\r\n",
        "pkg/copy.py": b"x = 1\r\n",
        "latin\udce9.txt": b"\xff\x00\xfe",
    }

    def test_lists_every_file_with_gits_names(self, source: BlobSource) -> None:
        """Paths in git's order, blob names and sizes as git has them."""
        listed = {entry.path: (entry.blob, entry.size) for entry in source.entries()}
        assert listed == {path: (blob_name(content), len(content)) for path, content in self.FILES.items()}
        paths = [entry.path.encode("utf-8", "surrogateescape") for entry in source.entries()]
        assert paths == sorted(paths)

    def test_reads_blobs_in_the_order_asked(self, source: BlobSource) -> None:
        """Contents byte for byte, repeats included."""
        wanted = [blob_name(content) for content in self.FILES.values()] * 2
        assert [content for _, content in source.read(wanted)] == list(self.FILES.values()) * 2

    def test_a_missing_blob_is_an_outside_fault(self, source: BlobSource) -> None:
        """Never an empty content in its place."""
        try:
            list(source.read(["0" * 40]))
        except OutsideFault:
            return
        raise AssertionError("a missing blob was read without an error")

    def test_travels_to_a_worker(self, source: BlobSource) -> None:
        """A pickled copy lists the same files of the same snapshot."""
        copy = pickle.loads(pickle.dumps(source))  # noqa: S301 - our own bytes
        assert copy.snapshot == source.snapshot
        assert copy.entries() == source.entries()

    def test_knows_when_files_changed(self, source: BlobSource) -> None:
        """Every file has an aware time."""
        times = source.last_changed()
        assert times.keys() == self.FILES.keys()
        assert all(time.utcoffset() is not None for time in times.values())
