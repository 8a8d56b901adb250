"""Who is told of what a worker does: for figures, never for decisions."""

from typing import Protocol

from softwright.engine.run import RunState


class Watcher(Protocol):
    """Told on the loop that runs the runs, so it must be quick and must not raise."""

    def step_ended(self, kind: str, step: str, seconds: float, failed: bool, /) -> None:
        """A step of a run of that kind was acted out here; replayed ones are not told."""
        ...

    def run_ended(self, kind: str, state: RunState, seconds: float, /) -> None:
        """A run ended here, `seconds` after this worker took it up: it is done or failed."""
        ...


class Unwatched:
    """Nobody is told."""

    def step_ended(self, kind: str, step: str, seconds: float, failed: bool, /) -> None:
        """Nothing."""

    def run_ended(self, kind: str, state: RunState, seconds: float, /) -> None:
        """Nothing."""
