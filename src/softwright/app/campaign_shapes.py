"""Campaigns by shapes: what there is to read, and decisions about shapes and single edits."""

from collections.abc import Callable, Sequence
from pathlib import Path

from softwright.app.campaign_review import view
from softwright.app.campaigns import asking, run_campaign
from softwright.app.wiring import House
from softwright.campaigns.known import known_campaign
from softwright.campaigns.shapes.again import ProposedAgain as ProposedAgain
from softwright.campaigns.shapes.again import propose_again
from softwright.campaigns.shapes.cost import CampaignCost as CampaignCost
from softwright.campaigns.shapes.cost import campaign_cost
from softwright.campaigns.shapes.cost import rule_words as rule_words
from softwright.campaigns.shapes.decide import EditsDecided as EditsDecided
from softwright.campaigns.shapes.decide import Order as Order
from softwright.campaigns.shapes.decide import decide_edits
from softwright.campaigns.shapes.plain import cost_json as cost_json
from softwright.campaigns.shapes.plain import review_json as review_json
from softwright.campaigns.shapes.relearn import Relearned as Relearned
from softwright.campaigns.shapes.relearn import relearn_rules, write_relearned
from softwright.campaigns.shapes.review import Review as Review
from softwright.campaigns.shapes.review import ReviewedEdit as ReviewedEdit
from softwright.campaigns.shapes.review import ReviewedShape as ReviewedShape
from softwright.campaigns.shapes.review import Standing as Standing
from softwright.campaigns.shapes.review import read_review
from softwright.campaigns.tally import Progress
from softwright.campaigns.tally import RunReport as RunReport
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


def cost(house: House, name_or_path: str) -> CampaignCost:
    """What the campaign cost: sites by who did them, what shapes saved, the curve."""
    return campaign_cost(house, review(house, name_or_path))


def relearn(house: House, name_or_path: str, *, write: bool) -> list[Relearned]:
    """The campaign's rules learned again with what its review taught; their files are replaced with
    `write`."""
    found = relearn_rules(house, name_or_path)
    if write:
        write_relearned(found)
    return found


def run_again(
    house: House,
    name_or_path: str,
    *,
    jobs: int | None = None,
    allow_unsandboxed: bool = False,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> RunReport:
    """Run the campaign with the rules as they are now; what comes out as before stays as it was decided."""
    record, _ = known_campaign(house.ledger, name_or_path)
    return run_campaign(
        house,
        Path(record.spec_path),
        jobs=jobs,
        allow_unsandboxed=allow_unsandboxed,
        on_progress=on_progress,
    )
