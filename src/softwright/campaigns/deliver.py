"""Pushing what was approved: look, compare-and-swap, record. Running it twice does nothing twice."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace

from softwright.campaigns.decide import matching
from softwright.campaigns.detail import Detail
from softwright.campaigns.settle import PUSHED
from softwright.campaigns.spec import CampaignSpec
from softwright.campaigns.state import RepoState, check_transition
from softwright.campaigns.throttle import Pace
from softwright.core import Event
from softwright.hosts import Mirrors, PushResult, PushState, push_branch
from softwright.ledger import Approval, Delivery, Ledger, RepoRecord
from softwright.ledger.deliveries import INTENDED


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
        return self.state in PUSHED


def deliverable(ledger: Ledger, spec: CampaignSpec, globs: Sequence[str]) -> list[RepoRecord]:
    """What may be pushed: approved for exactly the present edits, or needing no approval."""
    decisions = ledger.approvals.latest(spec.name)
    found = []
    for record in matching(ledger.states.all(spec.name), spec.name, globs):
        free = spec.deliver.approval == "none" and record.state == RepoState.PREPARED
        if free or (record.state == RepoState.APPROVED and _covers(decisions.get(record.repo), record)):
            found.append(record)
    return found


def _covers(decision: Approval | None, record: RepoRecord) -> bool:
    return decision is not None and decision.decision == "approved" and decision.shown == record.shown


def deliver(
    ledger: Ledger,
    spec: CampaignSpec,
    mirrors: Mirrors,
    *,
    globs: Sequence[str] = (),
    dry_run: bool = False,
    pace: Pace | None = None,
    on_result: Callable[[Delivered], None] = lambda result: None,
) -> list[Delivered]:
    """Push every deliverable repository; what the remote says becomes its state or its reason.

    A branch on the remote that holds commits of others is left alone and shown. After an interruption
    the next call looks at the remote first, so a push that arrived is recorded and not repeated.
    """
    todo = deliverable(ledger, spec, globs)
    if dry_run:
        return [Delivered(r.repo, spec.branch, r.commit_sha, "planned") for r in todo]
    throttle = spec.deliver.throttle
    pace = pace or Pace(throttle.per_minute, throttle.per_host)
    results = []
    pool = ThreadPoolExecutor(mirrors.parallel, thread_name_prefix="push")
    try:
        waiting = {_submit(pool, ledger, spec, mirrors, record=r, pace=pace): r for r in todo}
        for future in as_completed(waiting):
            result = _record(ledger, spec, waiting[future], future.result())
            results.append(result)
            on_result(result)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return sorted(results, key=lambda result: result.repo)


def _submit(
    pool: ThreadPoolExecutor,
    ledger: Ledger,
    spec: CampaignSpec,
    mirrors: Mirrors,
    *,
    record: RepoRecord,
    pace: Pace,
) -> "Future[PushResult]":
    url = Detail.from_json(record.detail).url
    # Recorded before the push: from here on the commit counts as ours, whatever happens to this process.
    ledger.deliveries.add(Delivery(spec.name, record.repo, url, spec.branch, record.commit_sha, INTENDED))
    ours = ledger.deliveries.ours(record.repo)
    git_dir = mirrors.path(record.repo)

    def push() -> PushResult:
        with pace.turn(url):
            commit, limit = record.commit_sha, mirrors.timeout_s
            return push_branch(git_dir, url, branch=spec.branch, commit=commit, ours=ours, timeout_s=limit)

    return pool.submit(push)


def _record(ledger: Ledger, spec: CampaignSpec, record: RepoRecord, push: PushResult) -> Delivered:
    url = Detail.from_json(record.detail).url
    result = Delivered(
        record.repo, spec.branch, record.commit_sha, push.state.value, push.reason, push.foreign
    )
    answer = "\n".join([push.reason, *push.foreign]).strip()
    arrived = result.arrived
    state = RepoState.DELIVERED if arrived else RepoState(record.state)
    check_transition(record.repo, RepoState(record.state), state)
    reason = "" if arrived else f"not delivered: {push.reason or push.state.value}"
    with ledger.write():
        ledger.deliveries.add(
            Delivery(spec.name, record.repo, url, spec.branch, record.commit_sha, push.state.value, answer)
        )
        ledger.states.put([replace(record, state=state.value, reason=reason)])
        data: dict[str, object] = {
            "commit": record.commit_sha,
            "branch": spec.branch,
            "state": push.state.value,
            "answer": answer,
        }
        ledger.events.append(Event("repo.pushed", repo=record.repo, run=spec.name, data=data))
    return result


def undeliverable(ledger: Ledger, spec: CampaignSpec, globs: Sequence[str]) -> dict[str, int]:
    """How many repositories wait for something else than a push, by their state."""
    going = {record.repo for record in deliverable(ledger, spec, globs)}
    counts: dict[str, int] = {}
    for record in matching(ledger.states.brief(spec.name), spec.name, globs):
        if record.repo not in going:
            counts[record.state] = counts.get(record.state, 0) + 1
    return counts


def foreign_results(results: Iterable[Delivered]) -> list[Delivered]:
    """Those whose branch holds commits of others."""
    return [result for result in results if result.state == PushState.FOREIGN.value]
