"""The shapes of a report: what changed how often and where, with samples; and every edit that is in no
large shape."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from softwright.campaigns.report.diff import changed_words
from softwright.campaigns.shapes.review import Review, ReviewedEdit, ReviewedShape
from softwright.rewrite.shapes import Kind

EXCEPTIONS = 300
"""Exceptions shown in one page; past this the command that lists them is named."""

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
class ShapeCard:
    """One large shape."""

    key: str
    kind: str
    count: int
    files: int
    repos: tuple[tuple[str, int], ...]
    change: Change
    parts: tuple[Part, ...]
    held: tuple[str, ...]
    by: tuple[str, ...]
    samples: tuple[EditCard, ...]


@dataclass(frozen=True, slots=True)
class ShapesPart:
    """All there is to read. `left_out` exceptions are not in the page."""

    edits: int
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
        shapes=tuple(_shape_card(shape) for shape in review.shapes),
        exceptions=tuple(_edit_card(edit) for edit in review.exceptions[:EXCEPTIONS]),
        left_out=max(0, len(review.exceptions) - EXCEPTIONS),
        parts=_parts(review.edits),
    )


def shapes_json(review: Review) -> dict[str, Any]:
    """The same as JSON-like data, with every edit by its digest."""
    return {
        "edits": len(review.edits),
        "units": review.units,
        "shapes": [
            {
                "shape": shape.key,
                "kind": str(shape.form.kind),
                "language": shape.form.language,
                "before": shape.form.before,
                "after": shape.form.after,
                "edits": len(shape.edits),
                "files": shape.files,
                "repos": list(shape.repos),
                "held": list(shape.held),
                "by": list(shape.by),
                "standings": shape.standings,
                "samples": [_edit_json(edit) for edit in shape.samples],
                "sites": [edit.id for edit in shape.edits],
            }
            for shape in review.shapes
        ],
        "exceptions": [_edit_json(edit) for edit in review.exceptions],
    }


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
        held=shape.held,
        by=shape.by,
        samples=tuple(_edit_card(edit) for edit in shape.samples),
    )


def _edit_card(edit: ReviewedEdit) -> EditCard:
    one = edit.placed
    standing = str(edit.standing)
    return EditCard(
        edit.id, one.repo, f"{one.path}:{one.edit.line}", standing, _COLOURS[standing], _change(*edit.lines)
    )


def _parts(edits: Sequence[ReviewedEdit]) -> tuple[Part, ...]:
    counts = Counter(str(edit.standing) for edit in edits)
    return tuple(Part(name, counts[name], colour) for name, colour in _COLOURS.items() if counts[name])


def _change(before: str, after: str) -> Change:
    left, right = changed_words(before.strip("\r\n"), after.strip("\r\n"))
    return Change(*(tuple(side.split("\n")) if side else () for side in (left, right)))


def _edit_json(edit: ReviewedEdit) -> dict[str, Any]:
    one = edit.placed
    return {
        "site": edit.id,
        "shape": one.edit.shape,
        "repo": one.repo,
        "path": one.path,
        "line": one.edit.line,
        "before": one.edit.was,
        "after": one.edit.now,
        "standing": str(edit.standing),
    }
