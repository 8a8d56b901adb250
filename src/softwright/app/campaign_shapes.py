"""Campaigns by shapes: what there is to read, and decisions about shapes and single edits."""

from collections.abc import Callable, Sequence

from softwright.app.campaign_review import view
from softwright.app.campaigns import asking
from softwright.app.wiring import House
from softwright.campaigns.shapes.again import ProposedAgain as ProposedAgain
from softwright.campaigns.shapes.again import propose_again
from softwright.campaigns.shapes.decide import EditsDecided as EditsDecided
from softwright.campaigns.shapes.decide import Order as Order
from softwright.campaigns.shapes.decide import decide_edits
from softwright.campaigns.shapes.review import Review as Review
from softwright.campaigns.shapes.review import ReviewedEdit as ReviewedEdit
from softwright.campaigns.shapes.review import ReviewedShape as ReviewedShape
from softwright.campaigns.shapes.review import Standing as Standing
from softwright.campaigns.shapes.review import read_review
from softwright.campaigns.tally import Progress
from softwright.rewrite.shapes import LARGE as LARGE


def review(house: House, name_or_path: str, *, globs: Sequence[str] = (), large: int = LARGE) -> Review:
    """The campaign by shapes; `globs` narrow it to repositories, shapes of fewer than `large` edits are
    taken apart."""
    return read_review(house, view(house, name_or_path), globs=globs, large=large)


def decide(house: House, seen: Review, order: Order) -> EditsDecided:
    """Record decisions about exactly the edits that were seen."""
    return decide_edits(house, seen, order)


def again(
    house: House,
    seen: Review,
    repos: Sequence[str],
    *,
    jobs: int | None = None,
    allow_unsandboxed: bool = False,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> ProposedAgain:
    """Propose the changes of these repositories again, as was decided; checks run again."""
    return propose_again(
        house,
        seen,
        repos,
        asking(house),
        jobs=jobs,
        allow_unsandboxed=allow_unsandboxed,
        on_progress=on_progress,
    )
