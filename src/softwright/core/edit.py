"""Edits and patches: what a proposer wants changed, as values."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from softwright.core.digest import digest
from softwright.core.errors import InvalidInput
from softwright.core.span import Span


@dataclass(frozen=True, slots=True)
class Edit:
    """Replacement of one byte span of a file by `new`; `origin` names who asked (a rule id, a command)."""

    span: Span
    new: bytes
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Write:
    """The whole new content of a file, and its git mode ("100644", "100755")."""

    content: bytes
    mode: str = "100644"


@dataclass(frozen=True, slots=True)
class Delete:
    """Removal of a file."""


FileChange = Write | Delete


@dataclass(frozen=True, slots=True)
class Patch:
    """File operations by path against one snapshot, with the edits they came from where those are known.

    `files` is what is applied; `edits` (path -> edits against the file's base content) is what is
    reviewed. A path in `edits` is always in `files` too.
    """

    files: dict[str, FileChange] = field(default_factory=dict)
    edits: dict[str, tuple[Edit, ...]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.files)

    @property
    def digest(self) -> str:
        """Name of exactly these file operations; equal patches have equal digests."""
        rows = [
            [path, "delete"] if isinstance(op, Delete) else [path, op.mode, digest(op.content)]
            for path, op in sorted(self.files.items())
        ]
        return digest(rows)


def overlapping(edits: Iterable[Edit]) -> list[tuple[Edit, Edit]]:
    """Pairs of neighbouring edits (by position) that claim the same bytes."""
    ordered = sorted(edits, key=lambda e: (e.span.start, e.span.end))
    clashes: list[tuple[Edit, Edit]] = []
    widest: Edit | None = None
    for edit in ordered:
        if widest is not None and widest.span.overlaps(edit.span):
            clashes.append((widest, edit))
        if widest is None or edit.span.end >= widest.span.end:
            widest = edit
    return clashes


def apply_edits(source: bytes, edits: Sequence[Edit]) -> bytes:
    """`source` with every edit applied; bytes outside the spans are kept as they are.

    Raises InvalidInput when two edits overlap or one lies outside of `source`.
    """
    clashes = overlapping(edits)
    if clashes:
        a, b = clashes[0]
        raise InvalidInput(
            f"edits at bytes {a.span.start}-{a.span.end} ({a.origin or 'unnamed'}) and "
            f"{b.span.start}-{b.span.end} ({b.origin or 'unnamed'}) overlap",
            hint="apply one first, then find the other again in the result",
        )
    out: list[bytes] = []
    at = 0
    for edit in sorted(edits, key=lambda e: (e.span.start, e.span.end)):
        if edit.span.end > len(source):
            place = f"bytes {edit.span.start}-{edit.span.end}"
            raise InvalidInput(f"edit at {place} lies outside of the file's {len(source)} bytes")
        out += (source[at : edit.span.start], edit.new)
        at = edit.span.end
    out.append(source[at:])
    return b"".join(out)
