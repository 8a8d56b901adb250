"""The shapes of a report: what changed how often and where, with samples; and every edit that is in no
large shape."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from softwright.campaigns.report.diff import changed_words
from softwright.campaigns.report.marks import MARKS
from softwright.campaigns.report.pictures import Bar, shape_bars
from softwright.campaigns.shapes.review import CheckTally, Review, ReviewedEdit, ReviewedShape
from softwright.core import Outcome
from softwright.rewrite.shapes import Kind

EXCEPTIONS = 300
"""Exceptions shown in one page; past this the command that lists them is named."""

SITES = 200
"""Sites of a shape listed in one page; the command that lists all is named."""

_COLOURS = {"open": "go", "accepted": "ok", "rejected": "warn"}
_NAMES = {
    Kind.CODE: "code",
    Kind.IMPORT: "imports",
    Kind.LINES: "text",
    Kind.LAYOUT: "layout",
    Kind.FILE: "files",
}


@dataclass(frozen=True, slots=True)
class Change:
    """Lines before and after, as HTML with the changed words marked."""

    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EditCard:
    """One edit: its place, what it changes, and where it stands."""

    site: str
    repo: str
    place: str
    standing: str
    colour: str
    change: Change


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bar: how many edits stand where."""

    name: str
    count: int
    colour: str


@dataclass(frozen=True, slots=True)
class CheckCard:
    """In how many repositories of a shape a check ended in one way."""

    check: str
    outcome: str
    repos: int
    mark: str
    state: str


@dataclass(frozen=True, slots=True)
class SiteRow:
    """One site in the list of all of them."""

    site: str
    repo: str
    place: str
    standing: str
    colour: str


@dataclass(frozen=True, slots=True)
class ShapeCard:
    """One large shape."""

    key: str
    kind: str
    count: int
    files: int
    repos: tuple[tuple[str, int], ...]
    change: Change
    parts: tuple[Part, ...]
    checks: tuple[CheckCard, ...]
    by: tuple[str, ...]
    samples: tuple[EditCard, ...]
    sites: tuple[SiteRow, ...]
    sites_left: int


@dataclass(frozen=True, slots=True)
class ShapesPart:
    """All there is to read. `left_out` exceptions are not in the page."""

    edits: int
    bars: tuple[Bar, ...]
    shapes: tuple[ShapeCard, ...]
    exceptions: tuple[EditCard, ...]
    left_out: int
    parts: tuple[Part, ...]

    @property
    def units(self) -> int:
        """Shapes and exceptions."""
        return len(self.shapes) + len(self.exceptions) + self.left_out


def shapes_part(review: Review) -> ShapesPart:
    """The shapes and exceptions of a campaign, for the page."""
    return ShapesPart(
        edits=len(review.edits),
        bars=shape_bars(review),
        shapes=tuple(_shape_card(shape) for shape in review.shapes),
        exceptions=tuple(_edit_card(edit) for edit in review.exceptions[:EXCEPTIONS]),
        left_out=max(0, len(review.exceptions) - EXCEPTIONS),
        parts=_parts(review.edits),
    )


def _shape_card(shape: ReviewedShape) -> ShapeCard:
    counts = Counter(edit.placed.repo for edit in shape.edits)
    return ShapeCard(
        key=shape.key,
        kind=_NAMES[shape.form.kind],
        count=len(shape.edits),
        files=shape.files,
        repos=tuple(sorted(counts.items())),
        change=_change(shape.form.before, shape.form.after),
        parts=_parts(shape.edits),
        checks=tuple(_check_card(check) for check in shape.checks),
        by=shape.by,
        samples=tuple(_edit_card(edit) for edit in shape.samples),
        sites=tuple(_site_row(edit) for edit in shape.edits[:SITES]),
        sites_left=max(0, len(shape.edits) - SITES),
    )


def _edit_card(edit: ReviewedEdit) -> EditCard:
    one = edit.placed
    standing = str(edit.standing)
    return EditCard(
        edit.id, one.repo, f"{one.path}:{one.edit.line}", standing, _COLOURS[standing], _change(*edit.lines)
    )


def _check_card(tally: CheckTally) -> CheckCard:
    mark, state = MARKS[Outcome(tally.outcome)]
    return CheckCard(tally.check, tally.outcome, tally.repos, mark, state)


def _site_row(edit: ReviewedEdit) -> SiteRow:
    one, standing = edit.placed, str(edit.standing)
    return SiteRow(edit.id, one.repo, f"{one.path}:{one.edit.line}", standing, _COLOURS[standing])


def _parts(edits: Sequence[ReviewedEdit]) -> tuple[Part, ...]:
    counts = Counter(str(edit.standing) for edit in edits)
    return tuple(Part(name, counts[name], colour) for name, colour in _COLOURS.items() if counts[name])


def _change(before: str, after: str) -> Change:
    left, right = changed_words(before.strip("\r\n"), after.strip("\r\n"))
    return Change(*(tuple(side.split("\n")) if side else () for side in (left, right)))
