"""What the ledger keeps about one repository of a campaign, beyond its state: a typed JSON document."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from softwright.core import Edit, Span, Verdict
from softwright.ledger import verdict_from_json, verdict_to_json


@dataclass(frozen=True, slots=True)
class FileRow:
    """One changed file: `status` is added, modified or deleted; blobs are "" on the side where it is absent.

    Modes are git's ("100644", "100755"), "" like the blobs.

    `sites` counts the places that rules changed (0 when a command or a function made the change),
    `origins` names the rules, commands and functions that took part.
    """

    path: str
    status: str
    old_blob: str
    new_blob: str
    added: int
    removed: int
    sites: int
    origins: tuple[str, ...] = ()
    old_mode: str = ""
    new_mode: str = ""


@dataclass(frozen=True, slots=True)
class Detail:
    """The document: files, their edits, blobs whose change asks for a new run, verdicts, notes, seconds.

    `pack` and `proposal` are artefacts from which a machine that has not the commit makes it again.
    """

    files: tuple[FileRow, ...] = ()
    edits: Mapping[str, tuple[Edit, ...]] = field(default_factory=dict)
    watched: Mapping[str, str] = field(default_factory=dict)
    verdicts: tuple[Verdict, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    url: str = ""
    branch: str = ""
    pack: str = ""
    proposal: str = ""

    def to_json(self) -> dict[str, Any]:
        """The document as JSON-like values."""
        return {
            "files": [asdict(f) for f in self.files],
            "edits": {
                path: [[e.span.start, e.span.end, _text(e.new), e.origin] for e in edits]
                for path, edits in self.edits.items()
            },
            "watched": dict(self.watched),
            "verdicts": [verdict_to_json(v) for v in self.verdicts],
            "notes": list(self.notes),
            "seconds": {name: round(value, 4) for name, value in self.seconds.items()},
            "url": self.url,
            "branch": self.branch,
            "pack": self.pack,
            "proposal": self.proposal,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Detail":
        """The detail that `to_json` wrote; an empty document gives an empty detail."""
        if not document:
            return cls()
        return cls(
            files=tuple(FileRow(**{**f, "origins": tuple(f["origins"])}) for f in document["files"]),
            edits={
                path: tuple(Edit(Span(start, end), _bytes(new), origin) for start, end, new, origin in edits)
                for path, edits in document["edits"].items()
            },
            watched=document["watched"],
            verdicts=tuple(verdict_from_json(v) for v in document["verdicts"]),
            notes=tuple(document["notes"]),
            seconds=document["seconds"],
            url=document["url"],
            branch=document["branch"],
            pack=document.get("pack", ""),
            proposal=document.get("proposal", ""),
        )


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
