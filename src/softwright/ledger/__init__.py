"""The append-only record: events, campaigns, states of repositories, approvals, deliveries, verdicts."""

from softwright.ledger.approvals import Approval, Approvals
from softwright.ledger.campaigns import CampaignRecord, Campaigns
from softwright.ledger.deliveries import Deliveries, Delivery
from softwright.ledger.events import Events, RecordedEvent
from softwright.ledger.ledger import Ledger
from softwright.ledger.states import HistoryEntry, RepoRecord, RepoStates
from softwright.ledger.verdicts import Verdicts, verdict_from_json, verdict_to_json

__all__ = [
    "Approval",
    "Approvals",
    "CampaignRecord",
    "Campaigns",
    "Deliveries",
    "Delivery",
    "Events",
    "HistoryEntry",
    "Ledger",
    "RecordedEvent",
    "RepoRecord",
    "RepoStates",
    "Verdicts",
    "verdict_from_json",
    "verdict_to_json",
]
