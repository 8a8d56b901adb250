"""How far a run is, and how it ended."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic

from softwright.campaigns.state import RepoState


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: `counts` by state, `sites` changed so far, `reused` outcomes of earlier runs."""

    total: int
    done: int
    reused: int
    sites: int
    counts: Mapping[str, int]
    held: Mapping[str, int]
    seconds: float
    latest: str = ""


@dataclass(frozen=True, slots=True)
class RunReport:
    """A run that ended. `interrupted` when it was stopped before its end: run again and it continues."""

    campaign: str
    total: int
    done: int
    reused: int
    sites: int
    counts: Mapping[str, int]
    seconds: float
    interrupted: bool = False
    left: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass
class Tally:
    """Counts the repositories of a run as they are done with."""

    total: int
    began: float = field(default_factory=monotonic)
    done: int = 0
    reused: int = 0
    sites: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)

    def add(self, state: str, sites: int, reason: str = "", *, reused: bool = False) -> None:
        """Count one repository."""
        self.done += 1
        self.reused += reused
        self.sites += sites
        self.counts[str(state)] += 1
        if state in (RepoState.HELD, RepoState.FAILED):
            self.held[reason.partition(":")[0] or state] += 1

    def progress(self, latest: str = "") -> Progress:
        """The state of things now."""
        return Progress(
            self.total,
            self.done,
            self.reused,
            self.sites,
            dict(self.counts),
            dict(self.held),
            monotonic() - self.began,
            latest,
        )

    def report(self, campaign: str, *, left: tuple[str, ...], interrupted: bool) -> RunReport:
        """The run as it ended; `left` are the repositories it did not come to."""
        now = self.progress()
        return RunReport(
            campaign,
            now.total,
            now.done,
            now.reused,
            now.sites,
            now.counts,
            now.seconds,
            interrupted,
            left,
        )
