"""A run from the outside: its state, its steps, how it ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from softwright.engine.forms import portable


@portable
class RunState(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    RUNNING = "running"  # or waiting for a signal: a waiting run is a running one that costs nothing
    DONE = "done"
    FAILED = "failed"
    POISONED = "poisoned"  # taken up too often without an end, most likely because it kills its worker
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """True when nothing more happens by itself."""
        return self not in (RunState.QUEUED, RunState.RUNNING)


ACTIVE = (RunState.QUEUED, RunState.RUNNING)
ENDED = tuple(state for state in RunState if state.ended)


@dataclass(frozen=True, slots=True)
class RunInfo:
    """One run: `version` of its code, `executor` that holds it, `taken` how often it was taken up.

    Moments are UTC. `error` is one line, "" unless it failed.
    """

    id: str
    kind: str
    queue: str
    state: RunState
    version: str = ""
    executor: str = ""
    partition: str = ""
    taken: int = 0
    created: datetime | None = None
    updated: datetime | None = None
    error: str = ""
    forked_from: str = ""

    @property
    def parent(self) -> str:
        """The id of the run that started this one, "" for a run that nobody's run started."""
        return self.id.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class StepInfo:
    """A recorded step. `number` counts from 1 and is what `fork` takes."""

    number: int
    name: str
    seconds: float | None = None
    error: str = ""


@portable
@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended: `result` when it is done, `error` in one line when it is not."""

    id: str
    state: RunState
    result: object = None
    error: str = ""


def one_line(error: object) -> str:
    """What an error says, without line breaks."""
    text = str(error).strip() if error is not None else ""
    return " ".join(text.split())


def step_to_retry(run: RunInfo, steps: Sequence[StepInfo]) -> int:
    """The step at which a run that did not succeed is taken up again.

    The first whose error the run ended with; when it ended with another, the last that failed, as that may
    have been the cause; otherwise what comes after all steps.
    """
    if run.state is RunState.FAILED:
        same = [step.number for step in steps if step.error and step.error == run.error]
        failed = [step.number for step in steps if step.error]
        if failed:
            return same[0] if same else failed[-1]
    return steps[-1].number + 1 if steps else 1
