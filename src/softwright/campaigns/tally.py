"""How far a run is, and how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from softwright.campaigns.state import RepoState
from softwright.ledger import Ledger, ProgressRow, RepoRecord
from softwright.ledger.progress import DONE

_BACK = (RepoState.HELD, RepoState.FAILED)
_REASONS = 500


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: `counts` by state, `sites` changed so far, `reused` outcomes of earlier runs.

    `stages` counts the repositories that are being worked on, by what is done with them; `held` those held
    back or failed, by the first word of the reason; `note` is for the person who waits. `before` were done
    when the `seconds` began.
    """

    total: int
    done: int = 0
    reused: int = 0
    sites: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    held: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    latest: str = ""
    stages: Mapping[str, int] = field(default_factory=dict)
    note: str = ""
    before: int = 0


@dataclass(frozen=True, slots=True)
class RunReport:
    """A run that ended; `interrupted` when it was stopped before that, `paused` when somebody paused it."""

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
    paused: bool = False


def progress_of(ledger: Ledger, campaign: str, *, seconds: float) -> Progress:
    """How far the campaign's present or last run is, from the record: the same for whoever looks."""
    sums = ledger.progress.sums(campaign)
    held: dict[str, int] = {}
    if any(sums.states.get(state) for state in _BACK):
        for row in ledger.progress.rows(campaign, states=_BACK, limit=_REASONS):
            reason = row.reason.partition(":")[0] or row.state
            held[reason] = held.get(reason, 0) + 1
    latest = ledger.progress.rows(campaign, stages=[DONE], limit=1)
    return Progress(
        total=sums.total,
        done=sums.stages.get(DONE, 0),
        reused=sums.reused,
        sites=sums.sites,
        counts=sums.states,
        held=held,
        seconds=seconds,
        latest=latest[0].repo if latest else "",
        stages={stage: count for stage, count in sums.stages.items() if stage != DONE},
    )


def done_row(record: RepoRecord, *, reused: bool = False, worker: str = "") -> ProgressRow:
    """The row of a repository that is done with."""
    return ProgressRow(record.repo, DONE, record.state, record.reason, record.sites, reused, worker)
