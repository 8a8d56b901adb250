"""The last stage of the work on one repository: push its commit. Look, compare-and-swap, record."""

from dataclasses import dataclass, replace

from softwright.campaigns.detail import Detail
from softwright.campaigns.state import RepoState, check_transition
from softwright.core import Event
from softwright.hosts import Mirrors, PushResult, PushState, push_branch
from softwright.ledger import Delivery, Ledger, RepoRecord
from softwright.ledger.deliveries import ARRIVED, INTENDED

_AGAINST = (RepoState.REJECTED, RepoState.CLOSED)


@dataclass(frozen=True, slots=True)
class PushTask:
    """A commit to push: `ours` are the commits that may be replaced on the remote branch."""

    campaign: str
    repo: str
    url: str
    branch: str
    commit: str
    ours: frozenset[str]


@dataclass(frozen=True, slots=True)
class Delivered:
    """What came of one repository: the push's `state` ("planned" in a dry run), the words of the remote.

    `request` is the address of its change request (in a dry run what would be done), `request_state` where
    that stands, `request_fault` why it could not be opened.
    """

    repo: str
    branch: str
    commit: str
    state: str
    reason: str = ""
    foreign: tuple[str, ...] = ()
    request: str = ""
    request_state: str = ""
    request_fault: str = ""

    @property
    def arrived(self) -> bool:
        """True when the remote holds the commit."""
        return self.state in ARRIVED


def branch_of(record: RepoRecord) -> str:
    """The branch that the repository's commit was made for: the file may name another one by now."""
    return Detail.from_json(record.detail).branch


def intend_push(ledger: Ledger, record: RepoRecord) -> PushTask:
    """The push of a repository's commit, recorded as intended before it is begun.

    From here on the commit counts as ours, whatever happens to this process.
    """
    detail = Detail.from_json(record.detail)
    task = PushTask(
        record.campaign, record.repo, detail.url, detail.branch, record.commit_sha, ours=frozenset()
    )
    with ledger.write():
        _noted(ledger, _delivery(task))
    return replace(task, ours=ledger.deliveries.ours(record.campaign, record.repo))


def push_commit(mirrors: Mirrors, task: PushTask) -> PushResult:
    """Push; what the remote holds already is not pushed again."""
    return push_branch(
        mirrors.path(task.repo),
        task.url,
        branch=task.branch,
        commit=task.commit,
        ours=task.ours,
        timeout_s=mirrors.timeout_s,
    )


def record_push(ledger: Ledger, record: RepoRecord, task: PushTask, push: PushResult) -> Delivered:
    """Record what the remote said: as the repository's state where the commit arrived, else as its reason.

    The same answer to the same intent, recorded again after a crash, changes nothing.
    """
    if push.state is PushState.FOREIGN and (other := ledger.deliveries.campaign_of(task.repo, push.remote)):
        push = replace(push, reason=f"{push.reason}: they are of campaign `{other}`")
    result = Delivered(task.repo, task.branch, task.commit, push.state.value, push.reason, push.foreign)
    answer = "\n".join([push.reason, *push.foreign]).strip()
    state = RepoState.DELIVERED if result.arrived else RepoState(record.state)
    reason = "" if result.arrived else f"not delivered: {push.reason or push.state.value}"
    if result.arrived and record.state in _AGAINST:  # decided while it was being pushed
        state = RepoState(record.state)
        reason = f"is on the remote all the same, pushed when it became {record.state}: {record.reason}"
    check_transition(task.repo, RepoState(record.state), state)
    data: dict[str, object] = {
        "commit": task.commit,
        "branch": task.branch,
        "state": push.state.value,
        "answer": answer,
    }
    with ledger.write():
        if not _noted(ledger, replace(_delivery(task), state=push.state.value, answer=answer)):
            return result
        ledger.states.put([replace(record, state=state.value, reason=reason)])
        ledger.events.append(Event("repo.pushed", repo=task.repo, run=task.campaign, data=data))
    return result


def _delivery(task: PushTask) -> Delivery:
    return Delivery(task.campaign, task.repo, task.url, task.branch, task.commit, INTENDED)


def _noted(ledger: Ledger, delivery: Delivery) -> bool:
    """Add an intent or an answer; False when it is the last thing known of the repository already."""
    last = ledger.deliveries.of(delivery.campaign, delivery.repo)[-1:]
    if [replace(known, at=None) for known in last] == [delivery]:
        return False
    ledger.deliveries.add(delivery)
    return True
