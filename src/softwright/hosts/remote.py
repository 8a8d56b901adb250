"""A look at a remote before anything is fetched, and what its faults mean."""

import re
from dataclasses import dataclass
from pathlib import Path

from softwright.core import LimitHit, OutsideFault, Repo, SoftwrightError
from softwright.hosts.git import Git
from softwright.hosts.syncing import SyncState

_SHOWN_BRANCHES = 6

_FULL = re.compile(r"(?i)no space left on device|out of diskspace|disk quota exceeded")
_UNREACHABLE = re.compile(
    r"(?i)could not (resolve|read from remote|read username|read password)|unable to (access|connect|look up)"
    r"|does not (appear to be a git repository|exist)|not found|authentication failed|permission denied"
    r"|connection (refused|timed out|reset|closed)|prompts disabled|host key verification|access denied"
    r"|no such file or directory|the remote end hung up|transport '.*' not allowed|no route to host"
    r"|network is unreachable|dubious ownership|not a git repository|unable to find remote helper"
)
_BROKEN = re.compile(
    r"(?i)corrupt|bad object|missing (blob|tree|commit)|index-pack failed|unpack|early eof"
    r"|bad (ref|tree|pack)|inflate|is empty|did not send all|pack-objects died"
    r"|object file|remote did not send"
)


@dataclass(frozen=True, slots=True)
class Look:
    """What a remote shows: the wanted `branch` ("" when its HEAD is on none) and the commit there."""

    branch: str
    commit: str


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a repository could not be synced."""

    state: SyncState
    reason: str


class Unusable(OutsideFault):
    """The remote answers, but there is nothing to work on; `state` says in which way."""

    def __init__(self, state: SyncState, message: str) -> None:
        super().__init__(message)
        self.state = state


def look_at(repo: Repo, *, timeout_s: float) -> Look:
    """What the remote shows for the wanted branch; one `git ls-remote`.

    Raises Unusable when the remote is empty or lacks the branch, OutsideFault when it cannot be read,
    LimitHit when it does not answer in time.
    """
    wanted = f"refs/heads/{repo.branch}" if repo.branch else "HEAD"
    heads, default = _ask(repo, ("HEAD",) if not repo.branch else ("HEAD", wanted), timeout_s)
    if wanted in heads:
        return Look(repo.branch or default, heads[wanted])
    every, _ = _ask(repo, ("refs/heads/*",), timeout_s)
    branches = sorted(name.removeprefix("refs/heads/") for name in every)
    if not branches:
        raise Unusable(SyncState.EMPTY, "the remote has no commits yet")
    shown = ", ".join(branches[:_SHOWN_BRANCHES]) + (", …" if len(branches) > _SHOWN_BRANCHES else "")
    if repo.branch:
        now = f"; its default branch is `{default}`" if default else ""
        raise Unusable(
            SyncState.BRANCH_MISSING, f"the remote has no branch `{repo.branch}`{now}; it has: {shown}"
        )
    raise Unusable(
        SyncState.BRANCH_MISSING,
        f"the remote's default branch does not exist; set `branch` in the fleet file to one of: {shown}",
    )


def _ask(repo: Repo, patterns: tuple[str, ...], timeout_s: float) -> tuple[dict[str, str], str]:
    """Refs of the remote by name, and the name of its default branch."""
    git = Git(Path("/"), timeout_s=timeout_s)
    printed = git.run("ls-remote", "--symref", "--", repo.url, *patterns)
    refs: dict[str, str] = {}
    default = ""
    for line in printed.decode("utf-8", "surrogateescape").split("\n"):
        value, _, name = line.partition("\t")
        if value.startswith("ref: ") and name == "HEAD":
            default = value[5:].removeprefix("refs/heads/")
        elif name == "HEAD" or name.startswith("refs/heads/"):
            refs[name] = value
    return refs, default


def classify(error: SoftwrightError) -> Fault:
    """The state that an error of git stands for, and the reason in git's words."""
    if isinstance(error, Unusable):
        return Fault(error.state, error.message)
    if isinstance(error, LimitHit):
        return Fault(SyncState.TIMEOUT, error.message)
    if _FULL.search(error.message):
        return Fault(SyncState.DISK_FULL, f"{error.message}; free some space and sync again")
    if _UNREACHABLE.search(error.message) and not _BROKEN.search(error.message):
        return Fault(SyncState.UNREACHABLE, error.message)
    return Fault(SyncState.BROKEN, error.message)
