"""The pictures of a report as numbers: how many edits each shape covers, and how cost grew.

The page draws them as SVG; all lengths are percent of the picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from softwright.campaigns.shapes.cost import CampaignCost, rule_words
from softwright.campaigns.shapes.review import Review, ReviewedShape
from softwright.core import counted

BARS = 12
"""Shapes with a bar of their own."""

_LONGEST = 60
_COLOURS = {"sites": "go", "shapes": "ok", "costly": "warn", "seconds": "idle"}


@dataclass(frozen=True, slots=True)
class Bar:
    """Edits of one shape, of all smaller ones, or of none; `anchor` "" has nothing to jump to."""

    label: str
    count: int
    width: float
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of the picture of cost, up to its own maximum: points as SVG wants them."""

    name: str
    end: str
    points: str
    colour: str


@dataclass(frozen=True, slots=True)
class CostPart:
    """What the campaign cost: who did which sites, how that grew, what rules of shapes saved."""

    rows: tuple[tuple[str, ...], ...]
    curves: tuple[Curve, ...]
    repos: int
    remarks: tuple[str, ...]


def shape_bars(review: Review) -> tuple[Bar, ...]:
    """How many edits each shape covers, the largest first, then the exceptions."""
    parts = [(_label(shape), len(shape.edits), f"shape-{shape.key}") for shape in review.shapes[:BARS]]
    rest = review.shapes[BARS:]
    if rest:
        parts.append((counted(len(rest), "smaller shape"), sum(len(shape.edits) for shape in rest), ""))
    if review.exceptions:
        parts.append((counted(len(review.exceptions), "exception"), len(review.exceptions), "exceptions"))
    most = max((count for _, count, _ in parts), default=1)
    return tuple(Bar(label, count, round(100 * count / most, 2), anchor) for label, count, anchor in parts)


def cost_part(cost: CampaignCost) -> CostPart:
    """The picture and the table of cost."""
    rows = tuple(
        (
            row.proposer,
            row.kind,
            f"{row.sites:,}",
            f"{row.repos:,}",
            f"{row.wall_s:.2f}",
            "" if row.site_s is None else f"{row.site_s:.4f}",
        )
        for row in cost.rows
    )
    curves = tuple(Curve(one.name, one.end, _points(one.values), _COLOURS[one.name]) for one in cost.series)
    remarks = (*(saved.words for saved in cost.saved), *map(rule_words, cost.rules))
    return CostPart(rows, curves, len(cost.curve), remarks)


def _label(shape: ReviewedShape) -> str:
    form = shape.form
    told = " → ".join(" ".join(side.split()) or "nothing" for side in (form.before, form.after))
    return told if len(told) <= _LONGEST else f"{told[: _LONGEST - 1]}…"


def _points(values: Sequence[float]) -> str:
    most = max(values) or 1
    step = 100 / (len(values) - 1)
    return " ".join(f"{at * step:.2f},{100 - 100 * value / most:.2f}" for at, value in enumerate(values))
