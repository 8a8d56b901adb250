"""The append-only record of what happened, was decided and delivered; verdicts kept, and budgets."""

from softwright.ledger.approvals import Approval, Approvals
from softwright.ledger.budget_values import Bucket, Budget, Refused, Reservation, Wait
from softwright.ledger.budgets import Budgets
from softwright.ledger.campaigns import CampaignRecord, Campaigns
from softwright.ledger.deliveries import Deliveries, Delivery
from softwright.ledger.effects import EffectRow, Effects, Intent
from softwright.ledger.events import Events, RecordedEvent
from softwright.ledger.ledger import Ledger
from softwright.ledger.progress import Progress, ProgressRow, Sums
from softwright.ledger.states import HistoryEntry, RepoRecord, RepoStates
from softwright.ledger.verdicts import Verdicts, verdict_from_json, verdict_to_json

__all__ = [
    "Approval",
    "Approvals",
    "Bucket",
    "Budget",
    "Budgets",
    "CampaignRecord",
    "Campaigns",
    "Deliveries",
    "Delivery",
    "EffectRow",
    "Effects",
    "Events",
    "HistoryEntry",
    "Intent",
    "Ledger",
    "Progress",
    "ProgressRow",
    "RecordedEvent",
    "Refused",
    "RepoRecord",
    "RepoStates",
    "Reservation",
    "Sums",
    "Verdicts",
    "Wait",
    "verdict_from_json",
    "verdict_to_json",
]
