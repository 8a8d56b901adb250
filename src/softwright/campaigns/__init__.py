"""One change over a fleet: specify, plan, run, decide, deliver, follow."""

from softwright.campaigns.state import RepoState
from softwright.campaigns.view import (
    ApprovalView,
    CampaignView,
    DeliveryView,
    FileContent,
    FileView,
    RepoView,
    campaign_view,
    unified_diff,
)

__all__ = [
    "ApprovalView",
    "CampaignView",
    "DeliveryView",
    "FileContent",
    "FileView",
    "RepoState",
    "RepoView",
    "campaign_view",
    "unified_diff",
]
