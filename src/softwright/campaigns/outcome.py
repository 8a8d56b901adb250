"""What passes between the stages of the work on one repository: plain values, that may be kept and sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from softwright.campaigns.detail import Detail, FileRow
from softwright.campaigns.state import RepoState
from softwright.campaigns.work import Work
from softwright.core import Patch, Repo, Snapshot, SoftwrightError, Span, Verdict

Picked = Mapping[str, tuple[Span, ...]]
"""Paths that the select chose in one repository, each with its spans; no spans: the whole file."""


@dataclass(frozen=True, slots=True)
class RunItem:
    """A repository that takes part; `picked` None when the rules find their own sites."""

    repo: Repo
    picked: Picked | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier run found at an older snapshot, with the same recipe."""

    state: RepoState
    base: Snapshot
    shown: str
    watched: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RepoTask:
    """One repository to work on. `picked` is None when the rules find their own sites.

    `earlier` is given when only the snapshot has moved since the last run. `inputs` names everything the
    outcome depends on, "" when nothing can be worked on. `decided` are edits that people rejected (None) or
    corrected (to this text), by their digest.
    """

    repo: Repo
    snapshot: Snapshot
    picked: Picked | None = None
    earlier: Earlier | None = None
    inputs: str = ""
    decided: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Proposed:
    """The change of one repository, found but not judged.

    The patch is empty where there is nothing to do (`reason` may say why), and where the earlier outcome
    still holds (`kept`). `shown` is the digest that decisions are bound to; `watched` are the blobs whose
    change asks for a new run; `work` is who did what; `accepted` are marks of written files that Python's own
    parser took.
    """

    repo: str
    patch: Patch = field(default_factory=Patch)
    shown: str = ""
    sites: int = 0
    files: tuple[FileRow, ...] = ()
    watched: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    reason: str = ""
    kept: bool = False
    seconds: Mapping[str, float] = field(default_factory=dict)
    accepted: tuple[str, ...] = ()
    work: tuple[Work, ...] = ()


@dataclass(frozen=True, slots=True)
class RepoOutcome:
    """What became of it. `kept` means that the earlier outcome still holds at the new snapshot.

    `learned` are verdicts to keep, by key; `work` is who did what.
    """

    repo: str
    state: RepoState
    reason: str = ""
    kept: bool = False
    commit: str = ""
    shown: str = ""
    sites: int = 0
    detail: Detail = field(default_factory=Detail)
    learned: tuple[tuple[str, Verdict], ...] = ()
    work: tuple[Work, ...] = ()


def fault_of(task: RepoTask, error: SoftwrightError) -> RepoOutcome:
    """The outcome for a repository whose work ended with an error."""
    reason = error.message if error.where in ("", task.repo.name) else f"{error.message} ({error.where})"
    return failed(task, reason)


def failed(task: RepoTask, reason: str, *, detail: str = "") -> RepoOutcome:
    """The outcome `failed`; `detail` is kept as a note."""
    notes = (detail,) if detail else ()
    return RepoOutcome(
        task.repo.name, RepoState.FAILED, reason, detail=Detail(url=task.repo.url, notes=notes)
    )
