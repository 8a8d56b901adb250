"""Pushing what was approved: look, compare-and-swap, record. Running it twice does nothing twice."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace

from softwright.campaigns.decide import matching
from softwright.campaigns.detail import Detail
from softwright.campaigns.open import require_open
from softwright.campaigns.spec import CampaignSpec
from softwright.campaigns.state import RepoState, check_transition
from softwright.campaigns.throttle import Pace
from softwright.core import Event
from softwright.hosts import Mirrors, PushResult, PushState, push_branch
from softwright.ledger import Approval, Delivery, Ledger, RepoRecord
from softwright.ledger.deliveries import ARRIVED, INTENDED


@dataclass(frozen=True, slots=True)
class Delivered:
    """What came of one repository: the push's `state` ("planned" in a dry run), the words of the remote."""

    repo: str
    branch: str
    commit: str
    state: str
    reason: str = ""
    foreign: tuple[str, ...] = ()

    @property
    def arrived(self) -> bool:
        """True when the remote holds the commit."""
        return self.state in ARRIVED


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
        if not free and not (
            record.state == RepoState.APPROVED and _covers(decisions.get(record.repo), record)
        ):
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
        begun = {_submit(pool, ledger, spec, mirrors, record=r, pace=pace): r for r in todo}
        for future in as_completed(begun):
            result = _record(ledger, spec, begun[future], future.result())
            results.append(result)
            on_result(result)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return sorted(results, key=lambda result: result.repo)


def branch_of(record: RepoRecord) -> str:
    """The branch that the repository's commit was made for: the file may name another one by now."""
    return Detail.from_json(record.detail).branch


def _submit(
    pool: ThreadPoolExecutor,
    ledger: Ledger,
    spec: CampaignSpec,
    mirrors: Mirrors,
    *,
    record: RepoRecord,
    pace: Pace,
) -> "Future[PushResult]":
    url, branch = Detail.from_json(record.detail).url, branch_of(record)
    # Recorded before the push: from here on the commit counts as ours, whatever happens to this process.
    ledger.deliveries.add(Delivery(spec.name, record.repo, url, branch, record.commit_sha, INTENDED))
    ours = ledger.deliveries.ours(spec.name, record.repo)
    git_dir = mirrors.path(record.repo)

    def push() -> PushResult:
        with pace.turn(url):
            commit, limit = record.commit_sha, mirrors.timeout_s
            return push_branch(git_dir, url, branch=branch, commit=commit, ours=ours, timeout_s=limit)

    return pool.submit(push)


def _record(ledger: Ledger, spec: CampaignSpec, record: RepoRecord, push: PushResult) -> Delivered:
    url, branch = Detail.from_json(record.detail).url, branch_of(record)
    if push.state is PushState.FOREIGN and (other := ledger.deliveries.campaign_of(record.repo, push.remote)):
        push = replace(push, reason=f"{push.reason}: they are of campaign `{other}`")
    result = Delivered(record.repo, branch, record.commit_sha, push.state.value, push.reason, push.foreign)
    answer = "\n".join([push.reason, *push.foreign]).strip()
    arrived = result.arrived
    state = RepoState.DELIVERED if arrived else RepoState(record.state)
    check_transition(record.repo, RepoState(record.state), state)
    reason = "" if arrived else f"not delivered: {push.reason or push.state.value}"
    with ledger.write():
        ledger.deliveries.add(
            Delivery(spec.name, record.repo, url, branch, record.commit_sha, push.state.value, answer)
        )
        ledger.states.put([replace(record, state=state.value, reason=reason)])
        data: dict[str, object] = {
            "commit": record.commit_sha,
            "branch": branch,
            "state": push.state.value,
            "answer": answer,
        }
        ledger.events.append(Event("repo.pushed", repo=record.repo, run=spec.name, data=data))
    return result
