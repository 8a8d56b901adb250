"""The files of one snapshot as rows: what the tree listing alone tells."""

from dataclasses import dataclass, field

from softwright.core import language_of
from softwright.facts.extract.languages import SPECS
from softwright.facts.flags import CODEOWNERS, is_generated, is_test, is_vendored, manifest_of
from softwright.facts.schema import Depth
from softwright.facts.source import BlobSource

LINK = "120000"
"""Mode of a symbolic link: its content is a path, not code."""
_SUBMODULE = "160000"
NO_READER = ""


@dataclass(slots=True)
class FileRow:
    """One file; `reader` outlines it, `manifest` reads it as a manifest ("" for neither)."""

    path: str
    blob: str
    mode: str
    size: int
    language: str
    manifest: str

    @property
    def reader(self) -> str:
        """The language that is outlined, or ""."""
        return self.language if self.language in SPECS else NO_READER


@dataclass(slots=True)
class Listing:
    """A source with its files, and how deep they are to be read."""

    source: BlobSource
    depths: frozenset[Depth]
    files: list[FileRow] = field(default_factory=list)

    @property
    def repo(self) -> str:
        """Name of the repository."""
        return self.source.repo.name

    @property
    def bytes(self) -> int:
        """Sum of the sizes."""
        return sum(row.size for row in self.files)

    def flags(self) -> tuple[list[bool], list[bool], list[bool]]:
        """`is_test`, `is_generated`, `is_vendored` of every file."""
        paths = [row.path for row in self.files]
        return [is_test(p) for p in paths], [is_generated(p) for p in paths], [is_vendored(p) for p in paths]


def list_files(source: BlobSource, depths: frozenset[Depth]) -> Listing:
    """The files of a snapshot; raises OutsideFault when the repository cannot be read."""
    listing = Listing(source, depths)
    owners_seen: list[FileRow] = []
    for entry in source.entries():
        if entry.mode == _SUBMODULE:
            continue
        path = entry.path
        if not path.isascii():
            path = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        if entry.mode == LINK:
            listing.files.append(FileRow(path, entry.blob, entry.mode, entry.size, "", ""))
            continue
        row = FileRow(path, entry.blob, entry.mode, entry.size, language_of(path), manifest_of(path))
        listing.files.append(row)
        if row.manifest == "codeowners":
            owners_seen.append(row)
    _one_codeowners(owners_seen)
    return listing


def _one_codeowners(rows: list[FileRow]) -> None:
    for row in sorted(rows, key=lambda each: CODEOWNERS.index(each.path))[1:]:
        row.manifest = ""
