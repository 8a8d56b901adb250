"""What is handed to a worker for one repository, and what comes back."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from softwright.campaigns.detail import Detail
from softwright.campaigns.state import RepoState
from softwright.core import Repo, Snapshot, Span, Verdict

Picked = Mapping[str, tuple[Span, ...]]
"""Paths that the select chose in one repository, each with its spans; no spans: the whole file."""


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

    `earlier` is given when only the snapshot has moved since the last run.
    """

    repo: Repo
    snapshot: Snapshot
    picked: Picked | None = None
    earlier: Earlier | None = None


@dataclass(frozen=True, slots=True)
class RepoOutcome:
    """What became of it. `kept` means that the earlier outcome still holds at the new snapshot.

    `learned` are verdicts to keep, by key.
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
