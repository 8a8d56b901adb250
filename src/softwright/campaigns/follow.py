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
from softwright.ledger import Ledger, RepoRecord

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
        for record, found in zip(todo, pool.map(lambda r: _look(spec, mirrors, r), todo), strict=True):
            if found is None:
                continue
            if found.state != record.state:
                check_transition(record.repo, RepoState(record.state), found.state)
                with ledger.write():
                    ledger.states.put([replace(record, state=found.state.value, reason=found.reason)])
                    data = {"reason": found.reason}
                    event = Event(f"repo.{found.state.value}", repo=record.repo, run=spec.name, data=data)
                    ledger.events.append(event)
            changed.append(found)
            on_result(found)
    return changed


def _look(spec: CampaignSpec, mirrors: Mirrors, record: RepoRecord) -> Followed | None:
    detail = Detail.from_json(record.detail)
    git_dir = mirrors.path(record.repo)
    try:
        how = contained(git_dir, record, detail)
        if how:
            return Followed(record.repo, RepoState.MERGED, how)
        if record.state == RepoState.DELIVERED and not remote_tip(
            detail.url, spec.branch, timeout_s=mirrors.timeout_s
        ):
            reason = f"branch `{spec.branch}` was deleted on the remote without being merged"
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
