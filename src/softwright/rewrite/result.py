"""What a rewrite of one file gives."""

from dataclasses import dataclass

from softwright.core import Edit, Span
from softwright.facts.structure import Found


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What rules may ask about a file: path, language, the project's least Python, test or not.

    `min_python` None means that the project declares none.
    """

    path: str
    language: str
    min_python: tuple[int, int] | None = None
    is_test: bool = False


@dataclass(frozen=True, slots=True)
class Overlap:
    """A match that was not rewritten because an earlier rule or an outer match took its place."""

    winner: str
    loser: str
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Rewrite:
    """The outcome for one file.

    `content` is the new file; `edits` give it when applied to the original bytes. `sites` are the matches
    in the original that were rewritten (or found, by steps without a fix); `suppressed` the lines (from 1)
    of matches that a comment protects. `refused` says why the file was left as it was although
    there were matches; `notes` hold everything else worth telling.
    """

    content: bytes
    edits: tuple[Edit, ...] = ()
    sites: tuple[Found, ...] = ()
    dropped: tuple[Overlap, ...] = ()
    suppressed: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    refused: str = ""
    by_rule: tuple[tuple[str, int], ...] = ()
    """Rule id -> number of its rewritten sites."""
