"""Pushing a branch once: look, act by compare-and-swap, report. Work of other people is never overwritten."""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from uuid import uuid4

from softwright.core import LimitHit, OutsideFault
from softwright.hosts.care import writer_lock
from softwright.hosts.git import Git, last_words
from softwright.hosts.record import BASE_REF
from softwright.hosts.refs import branch_ref
from softwright.hosts.urls import scrub

_MAX_FOREIGN = 20
_TRIES = 3  # a lease lost this often in a row means that somebody is pushing in a loop
_MOVED = ("stale info", "fetch first", "cannot lock ref", "incorrect old value", "failed to update ref")

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class PushState(StrEnum):
    """How a push ended."""

    CREATED = "created"  # the remote had no such branch; now it has
    UPDATED = "updated"  # it held an earlier commit of ours
    ALREADY = "already"  # nothing to do: it is as it should be
    DELETED = "deleted"
    FOREIGN = "foreign"  # it holds commits that are not ours: left alone
    REFUSED = "refused"  # the remote said no (a hook, a protected branch)
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class PushResult:
    """How a push ended; `remote` is the branch's tip there afterwards ("" for none).

    `reason` is the remote's or git's own message; `foreign` lists the commits that are not ours,
    newest first, as "<sha> <author>: <subject>".
    """

    state: PushState
    remote: str = ""
    reason: str = ""
    foreign: tuple[str, ...] = ()


def remote_tip(url: str, branch: str, *, timeout_s: float = 600) -> str:
    """The commit a branch holds on the remote, "" for no such branch. Raises OutsideFault, LimitHit."""
    ref = branch_ref(branch)
    printed = Git(Path("/"), timeout_s=timeout_s).run("ls-remote", "--", url, ref)
    for line in printed.decode("utf-8", "surrogateescape").splitlines():
        sha, _, name = line.partition("\t")
        if name == ref:
            return sha
    return ""


def push_branch(
    git_dir: Path | str, url: str, *, branch: str, commit: str, ours: frozenset[str], timeout_s: float = 600
) -> PushResult:
    """Bring `branch` on the remote to `commit`, if it is absent there or its tip is one of `ours`.

    Looks first, pushes with a lease on what was seen, and looks again when the lease is lost. Running it
    twice does nothing twice. Faults of the remote are a result; raises InvalidInput for a bad branch name,
    OutsideFault when the mirror lacks the commit.
    """
    return _swap(Path(git_dir), url, branch, commit, ours, timeout_s)


def delete_branch(
    git_dir: Path | str, url: str, *, branch: str, ours: frozenset[str], timeout_s: float = 600
) -> PushResult:
    """Remove `branch` from the remote if its tip is one of `ours`; rules and results as in `push_branch`."""
    return _swap(Path(git_dir), url, branch, "", ours, timeout_s)


def _swap(
    git_dir: Path, url: str, branch: str, commit: str, ours: frozenset[str], timeout_s: float
) -> PushResult:
    branch_ref(branch)
    git = Git(git_dir, timeout_s=timeout_s)
    if commit and git.attempt("cat-file", "-e", f"{commit}^{{commit}}")[0]:
        raise OutsideFault(f"commit {commit} is not in the mirror", where=str(git_dir), hint="run again")
    seen = ""
    for _ in range(_TRIES):
        try:
            seen = remote_tip(url, branch, timeout_s=timeout_s)
            if seen == commit:
                return PushResult(PushState.ALREADY, seen)
            if seen and seen not in ours:
                return _foreign(git, url, branch, seen, ours)
            result = _push(git, url, branch, commit, seen)
        except (OutsideFault, LimitHit) as error:
            return PushResult(PushState.UNREACHABLE, seen, scrub(error.message))
        if result is not None:
            return result
    return PushResult(PushState.REFUSED, seen, "the branch moved on the remote while it was being pushed")


def _push(git: Git, url: str, branch: str, commit: str, seen: str) -> PushResult | None:
    """The result of one push, or None when the lease was lost."""
    ref = f"refs/heads/{branch}"
    code, printed, said = git.attempt(
        "push", "--porcelain", "--no-verify", f"--force-with-lease={ref}:{seen}", "--", url, f"{commit}:{ref}"
    )
    status = next(
        (line for line in printed.decode("utf-8", "replace").splitlines() if f":{ref}\t" in line), ""
    )
    if not status:
        raise OutsideFault(last_words(said) or f"git push ended with {code}")
    if status.startswith("="):  # somebody pushed the very same commit meanwhile
        return PushResult(PushState.ALREADY, commit)
    if not status.startswith("!"):
        if not commit:
            return PushResult(PushState.DELETED)
        return PushResult(PushState.UPDATED if seen else PushState.CREATED, commit)
    summary = status.split("\t")[-1]
    if any(word in summary for word in _MOVED):
        return None
    told = [
        line.removeprefix("remote: ").strip() for line in said.splitlines() if line.startswith("remote: ")
    ]
    words = " ".join(word for word in told if word)
    return PushResult(PushState.REFUSED, seen, scrub(f"{summary}: {words}" if words else summary))


def _foreign(git: Git, url: str, branch: str, tip: str, ours: frozenset[str]) -> PushResult:
    reason = f"branch `{branch}` holds commits that are not ours"
    kept = f"refs/softwright/foreign/{uuid4().hex}"
    try:
        with writer_lock(git.folder):
            git.run(
                "fetch",
                "--quiet",
                "--no-tags",
                "--no-write-fetch-head",
                "--",
                url,
                f"+refs/heads/{branch}:{kept}",
            )
        try:
            listed = git.run(
                "log", f"--max-count={_MAX_FOREIGN}", "--format=%H %an: %s", "--ignore-missing",
                kept, "--not", *sorted(ours), BASE_REF, "--",
            )  # fmt: skip
        finally:
            git.run("update-ref", "-d", kept)
    except (OutsideFault, LimitHit) as error:
        return PushResult(
            PushState.FOREIGN, tip, f"{reason} (they cannot be listed: {error.message})", (tip,)
        )
    lines = tuple(_CONTROL.sub("?", line) for line in listed.decode("utf-8", "replace").split("\n") if line)
    return PushResult(PushState.FOREIGN, tip, reason, lines or (tip,))
