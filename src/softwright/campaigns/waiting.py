"""Which repositories are to be delivered, and which wait for something else."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from softwright.campaigns.decide import matching
from softwright.campaigns.detail import Detail
from softwright.campaigns.open import CLOSED
from softwright.campaigns.requests import lacking
from softwright.campaigns.shown import same_edits
from softwright.campaigns.spec import CampaignSpec
from softwright.campaigns.state import RepoState
from softwright.ledger import Approval, Ledger, RepoRecord

_ASKED = (RepoState.PREPARED, RepoState.HELD)
"""States in which a repository waits for a decision."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a delivery finds: what to push, what must not be pushed, and how many others, by state."""

    ready: tuple[RepoRecord, ...]
    withheld: tuple[tuple[str, str], ...]
    others: Mapping[str, int]


def waiting(
    ledger: Ledger, spec: CampaignSpec, globs: Sequence[str], *, fleet: Mapping[str, str] | None = None
) -> Waiting:
    """Ready is what is approved for exactly the present edits, or needs no approval.

    So is what was delivered and still lacks its change request: pushed again, it is found on the remote.

    `fleet` are the addresses of the repositories that take part now, by name; None: not asked for. Who
    takes a repository out of the fleet wants nothing pushed to it any more.
    """
    decisions = ledger.approvals.latest(spec.name)
    ready: list[RepoRecord] = []
    withheld: list[tuple[str, str]] = []
    others: Counter[str] = Counter()
    chosen = matching(ledger.states.all(spec.name), spec.name, globs)
    unrequested = lacking(ledger, spec, chosen)
    for record in chosen:
        decision = decisions.get(record.repo)
        if record.repo not in unrequested and not _agreed(spec, decision, record):
            if why := _changed_since(decision, record):
                withheld.append((record.repo, why))
            else:
                others[record.state] += 1
        elif why := apart(record.repo, Detail.from_json(record.detail).url, fleet):
            withheld.append((record.repo, why))
        else:
            ready.append(record)
    return Waiting(tuple(ready), tuple(withheld), dict(others))


def apart(repo: str, url: str, fleet: Mapping[str, str] | None) -> str:
    """Why a repository is no longer what the fleet says, "" when it is; `url` is where it was worked on."""
    if fleet is None or fleet.get(repo) == url:
        return ""
    if repo not in fleet:
        return "left the fleet"
    return "has another address in the fleet now; run the campaign again"


def _changed_since(decision: Approval | None, record: RepoRecord) -> str:
    """What changed since the repository was approved and makes it ask again, "" when that is not the case."""
    if record.state not in _ASKED or decision is None or decision.decision != RepoState.APPROVED:
        return ""
    if decision.shown == record.shown:
        return ""
    if same_edits(decision.shown, record.shown):
        return "has the approved edits, but its commit message or authorship changed since: approve it again"
    return "has other edits than were approved: look at them and approve it again"


def withheld_now(ledger: Ledger, spec: CampaignSpec, record: RepoRecord) -> str:
    """Why what was to be delivered must not be pushed any more, "" when it may."""
    campaign = ledger.campaigns.get(spec.name)
    if campaign is None or campaign.status == CLOSED:
        return "the campaign was closed"
    if record.state == RepoState.DELIVERED:
        return ""  # a push that was cut short after the remote had it: it is looked at, and recorded
    decision = ledger.approvals.latest(spec.name).get(record.repo)
    return "" if _agreed(spec, decision, record) else f"is {record.state} now"


def _agreed(spec: CampaignSpec, decision: Approval | None, record: RepoRecord) -> bool:
    """True when exactly the present edits were approved, or need no approval."""
    if spec.deliver.approval == "none" and record.state == RepoState.PREPARED:
        return True
    covered = decision is not None and decision.decision == "approved" and decision.shown == record.shown
    return record.state == RepoState.APPROVED and covered
