"""The edits that lead from one text of a file to another, each with its shape.

Together they are the whole change, byte for byte, and each may be left out by itself: first the changed nodes
of the syntax trees, then what differs between those, line by line.
"""

import textwrap
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from softwright.core import Span, digest, language_of
from softwright.rewrite.learning.trees.grammar import GRAMMARS
from softwright.rewrite.shapes.code import CodeDiff, Region
from softwright.rewrite.shapes.requirements import aligned, changed_requirements, touched
from softwright.rewrite.shapes.shaped import Form, Kind, ShapedEdit
from softwright.rewrite.shapes.words import worded

METHOD = "5"
"""Names how edits and their forms are found: what was found by another method is not used."""

BLANKS = "other blanks or indentation"
LAYOUT = "the same code in another layout"

MAX_PARSED_BYTES = 1_000_000
"""Larger files are compared by lines and words only."""

_SHOWN_LINES = 12
_MAX_SHOWN = 100_000  # bytes of a file that comes or goes
_LIKE = 0.5  # of two lines, from which one became the other


class _Hunk(NamedTuple):
    """A stretch of both texts in characters that differs, with its form where that is known."""

    old: tuple[int, int]
    new: tuple[int, int]
    form: Form
    holes: tuple[str, ...] = ()


def shape_edits(path: str, before: bytes | None, after: bytes | None) -> tuple[ShapedEdit, ...]:
    """The edits that make `after` of `before`, in order; None is a file that is not there.

    A file that comes, goes or is not text is one edit.
    """
    if before == after:
        return ()
    if before is None or after is None or b"\0" in before or b"\0" in after:
        return (_whole(path, before, after),)
    encoding = _encoding(before, after)
    old, new = before.decode(encoding), after.decode(encoding)
    language = language_of(path)
    code = _code(old, new, language if len(before) + len(after) <= 2 * MAX_PARSED_BYTES else "")
    hunks = list(_Partition(old, new, language, code).hunks())
    if not _is_whole(hunks, old, new):  # rather words alone than a change that is not all of it
        hunks = list(_Partition(old, new, language, None).hunks())
    return tuple(_shaped(hunks, old, new, encoding))


def _is_whole(hunks: Sequence[_Hunk], old: str, new: str) -> bool:
    """True when the hunks do not overlap and all else is equal on both sides."""
    at = new_at = 0
    for hunk in hunks:
        if hunk.old[0] < at or old[at : hunk.old[0]] != new[new_at : hunk.new[0]]:
            return False
        at, new_at = hunk.old[1], hunk.new[1]
    return old[at:] == new[new_at:]


def _encoding(*sides: bytes) -> str:
    """UTF-8, or an encoding that gives every byte a character of its own."""
    try:
        for side in sides:
            side.decode()
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def _code(old: str, new: str, language: str) -> CodeDiff | None:
    if language not in GRAMMARS:
        return None
    try:
        return CodeDiff(old, new, language)
    except (RecursionError, ValueError):  # trees deeper than Python's stack
        return None


def _whole(path: str, before: bytes | None, after: bytes | None) -> ShapedEdit:
    name = path.rpartition("/")[2]
    was, now = (_words_of(side) for side in (before, after))
    if before is None or after is None:
        content = digest(after if after is not None else before or b"")[:8]
        texts = ("", f"{name} {content}") if before is None else (f"{name} {content}", "")
    else:
        texts = (f"{name} {digest(before)[:8]}", f"{name} {digest(after)[:8]}")
    form = Form(Kind.FILE, language_of(path), *texts)
    spans = [Span(0, len(side or b"")) for side in (before, after)]
    return ShapedEdit(form, spans[0], spans[1], was, now, 1)


def _words_of(side: bytes | None) -> str:
    if side is None:
        return ""
    if b"\0" in side or len(side) > _MAX_SHOWN:
        return f"{len(side)} bytes {digest(side)[:16]}"
    return side.decode("utf-8", "replace")


class _Partition:
    """Divides a change into hunks that have it all and do not overlap."""

    def __init__(self, old: str, new: str, language: str, code: CodeDiff | None) -> None:
        self.old = old
        self.new = new
        self.language = language
        self.regions: Sequence[Region] = code.regions if code else ()
        self.code = code
        self.imports = (code.imports(after=False), code.imports(after=True)) if code else ([], [])

    def hunks(self) -> Iterator[_Hunk]:
        """The hunks in order."""
        at = new_at = 0
        for region in self.regions:
            yield from self._between(at, region.start, new_at, region.new_start)
            yield self._region(region)
            at, new_at = region.end, region.new_end
        yield from self._between(at, len(self.old), new_at, len(self.new))

    def _region(self, region: Region) -> _Hunk:
        old, new = (region.start, region.end), (region.new_start, region.new_end)
        if region.form is not None:
            return _Hunk(old, new, region.form, region.holes)
        return self._worded(old, new, Kind.CODE)

    def _between(self, start: int, end: int, new_start: int, new_end: int) -> Iterator[_Hunk]:
        """What differs between two regions: lines, of which those that are alike are compared one by one."""
        old, new = self.old[start:end], self.new[new_start:new_end]
        if old == new:
            return
        before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
        olds, news = _offsets(before, start), _offsets(after, new_start)
        for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
            if tag == "equal":
                continue
            pairs = list(zip(range(i1, i2), range(j1, j2), strict=False))
            if i2 - i1 == j2 - j1 and self._are_lines(before, after, pairs):
                for i, j in pairs:
                    yield from self._lines((olds[i], olds[i + 1]), (news[j], news[j + 1]))
            else:
                yield from self._lines((olds[i1], olds[i2]), (news[j1], news[j2]))

    def _are_lines(self, before: list[str], after: list[str], pairs: list[tuple[int, int]]) -> bool:
        return len(pairs) > 1 and all(
            SequenceMatcher(None, before[i], after[j]).ratio() >= _LIKE for i, j in pairs
        )

    def _lines(self, old: tuple[int, int], new: tuple[int, int]) -> Iterator[_Hunk]:
        statements = [touched(self.imports[0], *old, self.old), touched(self.imports[1], *new, self.new)]
        before, after = statements
        if before is not None and after is not None and (before or after):
            for pair in aligned(before, after, old, new, (self.old, self.new)):
                gone, come = changed_requirements(
                    [self.old[a:b] for a, b in pair.before],
                    [self.new[a:b] for a, b in pair.after],
                    self.language,
                )
                if self.old[slice(*pair.old)] != self.new[slice(*pair.new)]:
                    yield _Hunk(pair.old, pair.new, Form(Kind.IMPORT, self.language, gone, come))
            return
        code, before_text, after_text = self.code, self.old[slice(*old)], self.new[slice(*new)]
        if code is not None and code.is_layout(*old, before_text, after_text):
            yield _Hunk(old, new, Form(Kind.LAYOUT, self.language, LAYOUT, LAYOUT))
            return
        is_code = code is not None and (code.has(*old, after=False) or code.has(*new, after=True))
        yield self._worded(old, new, Kind.CODE if is_code else Kind.LINES)

    def _worded(self, old: tuple[int, int], new: tuple[int, int], kind: Kind) -> _Hunk:
        found = worded(*(_at_margin(text[slice(*span)]) for text, span in ((self.old, old), (self.new, new))))
        if found.before == found.after:
            return _Hunk(old, new, Form(kind, self.language, BLANKS, BLANKS))
        form = Form(kind, self.language, _shortened(found.before), _shortened(found.after))
        return _Hunk(old, new, form, found.holes)


def _offsets(lines: Sequence[str], start: int) -> list[int]:
    offsets = [start]
    for line in lines:
        offsets.append(offsets[-1] + len(line))
    return offsets


def _at_margin(text: str) -> str:
    return textwrap.dedent(text.expandtabs(4).strip("\r\n"))


def _shortened(text: str) -> str:
    """A long text as its first lines and the digest of all of it."""
    lines = text.splitlines()
    if len(lines) <= _SHOWN_LINES:
        return text
    left = len(lines) - _SHOWN_LINES
    return "\n".join([*lines[:_SHOWN_LINES], f"… {left} more lines ({digest(text.encode())[:8]})"])


def _shaped(hunks: Sequence[_Hunk], old: str, new: str, encoding: str) -> Iterator[ShapedEdit]:
    """The hunks as edits with spans in bytes."""
    line, at = 1, 0
    place, ends = [0, 0], [0, 0]
    for hunk in hunks:
        spans = []
        for side, (text, (start, end)) in enumerate(((old, hunk.old), (new, hunk.new))):
            first = place[side] + len(text[ends[side] : start].encode(encoding))
            last = first + len(text[start:end].encode(encoding))
            spans.append(Span(first, last))
            place[side], ends[side] = last, end
        line += old.count("\n", at, hunk.old[0])
        at = hunk.old[0]
        was, now = old[slice(*hunk.old)], new[slice(*hunk.new)]
        blank = len(was) - len(was.lstrip("\r\n"))
        first_line = line + was.count("\n", 0, blank)
        lines = _lines_around(old, *hunk.old), _lines_around(new, *hunk.new)
        anchor, turn = _anchor(old, was, *hunk.old)
        yield ShapedEdit(hunk.form, spans[0], spans[1], was, now, first_line, lines, hunk.holes, anchor, turn)


def _lines_around(text: str, start: int, end: int) -> str:
    """The whole lines that a stretch is in; of a place between two lines nothing."""
    first = text.rfind("\n", 0, start) + 1
    if start == end == first:
        return ""
    last = text.find("\n", max(start, end - 1))
    return text[first : len(text) if last < 0 else last]


def _anchor(text: str, was: str, start: int, end: int) -> tuple[str, tuple[int, int]]:
    """The lines an edit is in, or the one that something is put in behind; and what reads the same above.

    The second number counts places in the line itself, or blank lines in between.
    """
    line = _lines_around(text, start, end).strip()
    first = text.rfind("\n", 0, start) + 1
    if line:
        return line, (text.count(line, 0, first), text.count(was, first, start) if was else start - first)
    above = text[:start].rstrip()
    first = above.rfind("\n") + 1
    line = above[first:].strip()
    return line, (text.count(line, 0, first) if line else 0, text.count("\n", len(above), start))
