"""One change over a fleet: specify, plan, run, decide, deliver, follow."""

from softwright.campaigns.fleet import FleetFile, Selection, read_fleet, select
from softwright.campaigns.fleet_edit import NewEntries, add_repos, new_fleet
from softwright.campaigns.state import RepoState
from softwright.campaigns.unified import FileContent, unified_diff
from softwright.campaigns.view import (
    ApprovalView,
    CampaignView,
    DeliveryView,
    FileView,
    RepoView,
    RequestView,
    campaign_view,
)

__all__ = [
    "ApprovalView",
    "CampaignView",
    "DeliveryView",
    "FileContent",
    "FileView",
    "FleetFile",
    "NewEntries",
    "RepoState",
    "RepoView",
    "RequestView",
    "Selection",
    "add_repos",
    "campaign_view",
    "new_fleet",
    "read_fleet",
    "select",
    "unified_diff",
]
