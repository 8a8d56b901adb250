"""What is kept of a run in memory: values are texts, as in a database."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from softwright.engine import Ending, RunInfo, RunState, StepInfo, loads
from softwright.engine.run import one_line


@dataclass(slots=True)
class KeptStep:
    """A recorded step: its result or its error as text."""

    name: str
    text: str
    failed: bool = False
    seconds: float = 0.0

    def again(self) -> Any:
        """What the step gave. Raises what it raised."""
        if self.failed:
            raise loads(self.text)
        return loads(self.text)


@dataclass(slots=True, eq=False)
class KeptRun:
    """All that is kept of a run; values are texts."""

    id: str
    kind: str
    queue: str
    partition: str
    args: str
    number: int
    created: datetime
    updated: datetime
    state: RunState = RunState.QUEUED
    taken: int = 0
    result: str = "null"
    error: str = ""
    forked_from: str = ""
    progress: str = "null"
    steps: dict[int, KeptStep] = field(default_factory=dict)
    deadlines: dict[int, float] = field(default_factory=dict)
    signals: list[tuple[str, str]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    execution: object = None

    def become(self, state: RunState) -> None:
        """Change the state."""
        self.state, self.updated = state, datetime.now(UTC)

    def rewind(self, step: int) -> None:
        """Forget the steps from this one on."""
        for number in [number for number in self.steps if number >= step]:
            del self.steps[number]
        self.deadlines = {number: at for number, at in self.deadlines.items() if number < step}

    def info(self) -> RunInfo:
        """The run from the outside."""
        return RunInfo(
            id=self.id,
            kind=self.kind,
            queue=self.queue,
            state=self.state,
            version="1",
            executor="memory" if self.taken else "",
            partition=self.partition,
            taken=self.taken,
            created=self.created,
            updated=self.updated,
            error=self.error,
            forked_from=self.forked_from,
        )

    def step_infos(self) -> list[StepInfo]:
        """The steps, in order."""
        return [
            StepInfo(number, step.name, step.seconds, one_line(loads(step.text)) if step.failed else "")
            for number, step in sorted(self.steps.items())
        ]

    def ending(self) -> Ending:
        """How it ended."""
        return Ending(self.id, self.state, loads(self.result), self.error)
