"""What became of delivered branches: merged, deleted, or still waiting while their base moves on."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from softwright.campaigns.decide import matching
from softwright.campaigns.detail import Detail
from softwright.campaigns.spec import CampaignSpec
from softwright.campaigns.state import RepoState, check_transition
from softwright.core import Event, SoftwrightError
from softwright.hosts import Git, Mirrors, entries, remote_tip
from softwright.hosts.record import BASE_REF
from softwright.hosts.refs import read_ref
from softwright.ledger import Delivery, Ledger, RepoRecord
from softwright.ledger.deliveries import GONE, standing

_WATCHED = (RepoState.PREPARED, RepoState.APPROVED, RepoState.REJECTED, RepoState.DELIVERED, RepoState.CLOSED)


@dataclass(frozen=True, slots=True)
class Followed:
    """What was seen of one repository; `state` is its new state, `reason` what told so."""

    repo: str
    state: RepoState
    reason: str


def follow_branches(
    ledger: Ledger,
    spec: CampaignSpec,
    mirrors: Mirrors,
    *,
    globs: Sequence[str] = (),
    on_result: Callable[[Followed], None] = lambda result: None,
) -> list[Followed]:
    """Look at mirrors (which must have been synced) and remotes; record what was merged or closed.

    Gives the repositories whose state changed or that cannot be looked at.
    """
    todo = [r for r in matching(ledger.states.all(spec.name), spec.name, globs) if r.state in _WATCHED]
    changed = []
    with ThreadPoolExecutor(mirrors.parallel, thread_name_prefix="follow") as pool:
        for record, found in zip(todo, pool.map(lambda r: _look(mirrors, r), todo), strict=True):
            if found is None:
                continue
            if found.state != record.state:
                check_transition(record.repo, RepoState(record.state), found.state)
                with ledger.write():
                    ledger.states.put([replace(record, state=found.state.value, reason=found.reason)])
                    data = {"reason": found.reason}
                    event = Event(f"repo.{found.state.value}", repo=record.repo, run=spec.name, data=data)
                    ledger.events.append(event)
                    if found.state is RepoState.CLOSED:
                        ledger.deliveries.add(_gone(record, spec.name))
            changed.append(found)
            on_result(found)
    return changed


def follow_left_behind(
    ledger: Ledger, spec: CampaignSpec, mirrors: Mirrors, *, globs: Sequence[str] = ()
) -> list[Followed]:
    """Look at the branches of earlier deliveries that are no longer the repository's own; note those gone.

    Such a branch stays behind when the file names another one, or when a repository has no change any more.
    """
    records = {r.repo: r for r in matching(ledger.states.all(spec.name), spec.name, globs)}
    todo = [
        d
        for d in standing(ledger.deliveries.of(spec.name))
        if d.repo in records and is_left_behind(d, records[d.repo])
    ]
    found = []
    with ThreadPoolExecutor(mirrors.parallel, thread_name_prefix="follow") as pool:
        for delivery, (there, told) in zip(
            todo, pool.map(lambda d: _is_there(mirrors, d), todo), strict=True
        ):
            if not there:
                ledger.deliveries.add(replace(delivery, state=GONE, answer=""))
            found.append(Followed(delivery.repo, RepoState(records[delivery.repo].state), told))
    return found


def is_left_behind(delivery: Delivery, record: RepoRecord) -> bool:
    """True when the delivered branch is not the one that the repository's present change is for."""
    detail = Detail.from_json(record.detail)
    if record.state == RepoState.FAILED:
        return False  # what it would have been is not known
    return (delivery.url, delivery.branch) != (detail.url, detail.branch)


def _is_there(mirrors: Mirrors, delivery: Delivery) -> tuple[bool, str]:
    branch = f"branch `{delivery.branch}` of an earlier delivery"
    try:
        if remote_tip(delivery.url, delivery.branch, timeout_s=mirrors.timeout_s):
            return True, f"{branch} is still on the remote; closing with --delete-branches removes it"
    except SoftwrightError as error:
        return True, f"{branch} cannot be looked at: {error.message}"
    return False, f"{branch} is gone from the remote"


def _gone(record: RepoRecord, campaign: str) -> Delivery:
    detail = Detail.from_json(record.detail)
    return Delivery(campaign, record.repo, detail.url, detail.branch, record.commit_sha, GONE)


def _look(mirrors: Mirrors, record: RepoRecord) -> Followed | None:
    detail = Detail.from_json(record.detail)
    git_dir = mirrors.path(record.repo)
    try:
        how = contained(git_dir, record, detail)
        if how:
            return Followed(record.repo, RepoState.MERGED, how)
        if record.state != RepoState.DELIVERED:
            return None
        tip = remote_tip(detail.url, detail.branch, timeout_s=mirrors.timeout_s)
        if tip and tip != record.commit_sha:
            reason = f"branch `{detail.branch}` holds {tip[:12]} now, not what was delivered"
            return Followed(record.repo, RepoState.DELIVERED, reason)
        if not tip:
            reason = f"branch `{detail.branch}` was deleted on the remote without being merged"
            return Followed(record.repo, RepoState.CLOSED, reason)
    except SoftwrightError as error:
        return Followed(record.repo, RepoState(record.state), f"cannot be looked at: {error.message}")
    return None


def contained(git_dir: Path, record: RepoRecord, detail: Detail) -> str:
    """How the branch that the change was made for contains it, "" when it does not.

    By the commit itself, by the same content of every changed file, or by a commit that makes the same
    change (rebased or squashed).
    """
    head = read_ref(git_dir, BASE_REF) or record.base_commit
    if head == record.base_commit or not record.commit_sha:
        return ""
    git = Git(git_dir)
    if git.attempt("merge-base", "--is-ancestor", record.commit_sha, head)[0] == 0:
        return f"commit {record.commit_sha[:12]} is in the branch"
    listing = {entry.path: entry.blob for entry in entries(git_dir, head)}
    if all(listing.get(file.path, "") == file.new_blob for file in detail.files):
        return "the branch holds the same content"
    cherry = git.run("cherry", head, record.commit_sha, record.base_commit).decode()
    return "the branch holds a commit with the same change" if cherry.startswith("- ") else ""
