"""Campaigns: look at them, and decide. What that takes is quick to import; work is in `campaigns`."""

from softwright.app.wiring import House
from softwright.campaigns import CampaignView as CampaignView
from softwright.campaigns import FileView as FileView
from softwright.campaigns import RepoView as RepoView
from softwright.campaigns.decide import Decided as Decided
from softwright.campaigns.known import CampaignRow as CampaignRow
from softwright.campaigns.known import campaign_rows
from softwright.campaigns.narrow import ShownDiff as ShownDiff
from softwright.campaigns.narrow import diffs as diffs
from softwright.campaigns.narrow import narrowed as narrowed
from softwright.campaigns.review import approve as approve
from softwright.campaigns.review import reject as reject
from softwright.campaigns.review import remarks as remarks
from softwright.campaigns.review import view as view
from softwright.ledger import HistoryEntry as HistoryEntry


def list_campaigns(house: House) -> tuple[CampaignRow, ...]:
    """Every campaign of this home."""
    return campaign_rows(house.ledger)
