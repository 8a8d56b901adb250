"""Diffs as values: hunks of lines with their numbers, changed words marked, syntax coloured."""

import difflib
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_for_filename
from pygments.util import ClassNotFound

COLOURED_BYTES = 200_000
"""Files above this size are shown without syntax colours: colouring costs about a second per megabyte."""

CONTEXT_LINES = 3

_AHEAD = 40  # lines that colouring looks ahead: what a string is may be told by its end

_WORDS = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a hunk: `kind` is " ", "-" or "+", `html` its escaped and coloured text, numbers from 1."""

    kind: str
    old: int | None
    new: int | None
    html: str


@dataclass(frozen=True, slots=True)
class Hunk:
    """Neighbouring changes with their context."""

    header: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class FileDiff:
    """The changes of one file; `note` says why there are no hunks (binary, deleted, too long)."""

    path: str
    added: int
    removed: int
    hunks: tuple[Hunk, ...]
    note: str = ""


def file_diff(path: str, old: bytes | None, new: bytes | None, *, colours: bool = True) -> FileDiff:
    """The difference between two contents of `path`; None means that the file is absent on that side."""
    if b"\0" in (old or b"")[:8000] or b"\0" in (new or b"")[:8000]:
        return FileDiff(path, 0, 0, (), "binary file")
    before, after = _lines(old), _lines(new)
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    groups = list(matcher.get_grouped_opcodes(CONTEXT_LINES))
    opcodes = [opcode for group in groups for opcode in group]
    # Colouring takes most of the time, so nothing far behind the last line shown is coloured.
    seen_before = max(
        (i2 for tag, i1, i2, j1, j2 in opcodes if not _unseen(tag, i2 - i1, j2 - j1)), default=0
    )
    seen_after = max((j2 for *_, j2 in opcodes), default=0)
    shown_before = _coloured(path, old, before[: seen_before and seen_before + _AHEAD], colours=colours)
    shown_after = _coloured(path, new, after[: seen_after + _AHEAD], colours=colours)
    hunks, added, removed = [], 0, 0
    for group in groups:
        lines = tuple(_hunk_lines(group, (before, after), (shown_before, shown_after)))
        added += sum(line.kind == "+" for line in lines)
        removed += sum(line.kind == "-" for line in lines)
        first, last = group[0], group[-1]
        header = f"@@ -{first[1] + 1},{last[2] - first[1]} +{first[3] + 1},{last[4] - first[3]} @@"
        hunks.append(Hunk(header, lines))
    note = "" if hunks else "no change in text (mode or line ending only)"
    return FileDiff(path, added, removed, tuple(hunks), "file deleted" if new is None else note)


def _lines(content: bytes | None) -> list[str]:
    text = (content or b"").decode("utf-8", "replace")
    return [line.rstrip("\r") for line in text.removesuffix("\n").split("\n")] if text else []


def _coloured(path: str, content: bytes | None, lines: list[str], *, colours: bool) -> list[str]:
    plain = [html.escape(line) for line in lines]
    if not colours or not content or len(content) > COLOURED_BYTES:
        return plain
    try:
        lexer = get_lexer_for_filename(path, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return plain
    coloured = highlight("\n".join(lines), lexer, HtmlFormatter(nowrap=True)).split("\n")
    return coloured[: len(lines)] if len(coloured) >= len(lines) else plain


Opcode = tuple[str, int, int, int, int]


def _hunk_lines(
    group: list[Opcode], texts: tuple[list[str], list[str]], shown: tuple[list[str], list[str]]
) -> Iterator[Line]:
    (before, after), (shown_before, shown_after) = texts, shown
    for tag, i1, i2, j1, j2 in group:
        if tag == "equal":
            for i, j in zip(range(i1, i2), range(j1, j2), strict=True):
                yield Line(" ", i + 1, j + 1, shown_after[j])
            continue
        if tag == "replace" and _unseen(tag, i2 - i1, j2 - j1):
            pairs = [
                changed_words(before[i], after[j]) for i, j in zip(range(i1, i2), range(j1, j2), strict=True)
            ]
        else:
            pairs = []
        for at, i in enumerate(range(i1, i2)):
            yield Line("-", i + 1, None, pairs[at][0] if pairs else shown_before[i])
        for at, j in enumerate(range(j1, j2)):
            yield Line("+", None, j + 1, pairs[at][1] if pairs else shown_after[j])


def _unseen(tag: str, n_old: int, n_new: int) -> bool:
    """True when the old lines are shown without colours: as the new ones, or word by word beside them."""
    return tag in ("equal", "insert") or (tag == "replace" and n_old == n_new)


def changed_words(old: str, new: str) -> tuple[str, str]:
    """Both texts as HTML, with the words that differ marked by `<mark>`; no mark goes over an end of line."""
    a, b = _WORDS.findall(old), _WORDS.findall(new)
    left, right = [], []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        gone, come = html.escape("".join(a[i1:i2])), html.escape("".join(b[j1:j2]))
        left.append(gone if tag == "equal" else _marked(gone))
        right.append(come if tag == "equal" else _marked(come))
    return "".join(left), "".join(right)


def _marked(text: str) -> str:
    return "\n".join(f"<mark>{line}</mark>" if line else "" for line in text.split("\n"))
