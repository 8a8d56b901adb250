"""Which repositories are to be delivered, and the loop that delivers them."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from softwright.campaigns.decide import matching
from softwright.campaigns.detail import Detail
from softwright.campaigns.open import require_open
from softwright.campaigns.push import Delivered, PushTask, branch_of, intend_push, push_commit, record_push
from softwright.campaigns.shown import same_edits
from softwright.campaigns.spec import CampaignSpec
from softwright.campaigns.state import RepoState
from softwright.campaigns.throttle import Pace
from softwright.hosts import Mirrors, PushResult
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

    `fleet` are the addresses of the repositories that take part now, by name; None: not asked for. Who
    takes a repository out of the fleet wants nothing pushed to it any more.
    """
    decisions = ledger.approvals.latest(spec.name)
    ready: list[RepoRecord] = []
    withheld: list[tuple[str, str]] = []
    others: Counter[str] = Counter()
    for record in matching(ledger.states.all(spec.name), spec.name, globs):
        free = spec.deliver.approval == "none" and record.state == RepoState.PREPARED
        decision = decisions.get(record.repo)
        if not free and not (record.state == RepoState.APPROVED and _covers(decision, record)):
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


def _covers(decision: Approval | None, record: RepoRecord) -> bool:
    return decision is not None and decision.decision == "approved" and decision.shown == record.shown


def deliver(
    ledger: Ledger,
    spec: CampaignSpec,
    mirrors: Mirrors,
    *,
    todo: Sequence[RepoRecord],
    dry_run: bool = False,
    pace: Pace | None = None,
    on_result: Callable[[Delivered], None] = lambda result: None,
) -> list[Delivered]:
    """Push what is ready (of `waiting`); what the remote says becomes a repository's state or its reason.

    A branch on the remote that holds commits of others is left alone and shown. After an interruption
    the next call looks at the remote first, so a push that arrived is recorded and not repeated. Raises
    InvalidInput when the campaign was closed.
    """
    require_open(ledger, spec.name)
    if dry_run:
        return [Delivered(r.repo, branch_of(r), r.commit_sha, "planned") for r in todo]
    throttle = spec.deliver.throttle
    pace = pace or Pace(throttle.per_minute, throttle.per_host)
    results = []
    pool = ThreadPoolExecutor(mirrors.parallel, thread_name_prefix="push")
    try:
        begun: dict[Future[PushResult], tuple[RepoRecord, PushTask]] = {}
        for record in todo:
            task = intend_push(ledger, record)
            begun[pool.submit(push_commit, mirrors, task, pace)] = (record, task)
        for future in as_completed(begun):
            result = record_push(ledger, *begun[future], future.result())
            results.append(result)
            on_result(result)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return sorted(results, key=lambda result: result.repo)
