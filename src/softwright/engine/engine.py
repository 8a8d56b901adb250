"""The port: what the rest of the house may ask of durable runs."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar, overload

from softwright.core import OutsideFault
from softwright.engine.kind import Start
from softwright.engine.run import Ending, RunInfo, RunState, StepInfo
from softwright.engine.schedule import Schedule

Result = TypeVar("Result")


class Engine(Protocol):
    """Runs from the outside. Any process may hold one; it runs nothing itself.

    Ids are paths: what a run starts has an id that begins with its own id and a slash. Values that
    travel (arguments, results, signals) are those that `softwright.engine.payload` can write.
    """

    def start(self, start: Start) -> bool:
        """Have a run started; False when a run with that id is there already, which is then left as it is."""
        ...

    def start_many(self, starts: Sequence[Start]) -> int:
        """Have all of them started, or none; gives how many were new."""
        ...

    def info(self, run: str) -> RunInfo | None:
        """The run with this id."""
        ...

    def runs(
        self,
        *,
        under: str = "",
        kinds: Sequence[str] = (),
        states: Sequence[RunState] = (),
        limit: int = 100,
        newest_first: bool = True,
    ) -> list[RunInfo]:
        """Runs, those `under` an id if given (itself included), of these kinds, in these states."""
        ...

    def counts(self, *, under: str = "", kinds: Sequence[str] = ()) -> dict[RunState, int]:
        """How many runs are in each state."""
        ...

    def steps(self, run: str) -> list[StepInfo]:
        """The recorded steps of a run, in order. Raises InvalidInput when there is no such run."""
        ...

    def ending(self, run: str, *, timeout_s: float | None = None) -> Ending:
        """How the run ended; waits for that. Raises LimitHit after `timeout_s` seconds."""
        ...

    def signal(self, run: str, topic: str, value: object = None, *, key: str = "") -> None:
        """Hand a value to a run that waits, or will wait, for `topic`. The same `key` again does nothing.

        Raises InvalidInput when there is no such run or it has ended.
        """
        ...

    def cancel(self, run: str) -> int:
        """Stop a run and everything under it at their next step; gives how many were stopped."""
        ...

    def retry(self, run: str) -> None:
        """Take up again a run that failed, was poisoned or cancelled, at the step that did not succeed.

        Raises InvalidInput when it is active or done.
        """
        ...

    def fork(self, run: str, new: str, *, step: int = 1) -> None:
        """A new run that takes over the results of the steps before `step` and goes on from there.

        Raises InvalidInput when there is no such run or step, or when `new` is taken.
        """
        ...

    def progress(self, run: str) -> object:
        """What the run last said of its progress, None when it never did."""
        ...

    def schedule(self, name: str, kind: str, cron: str, args: object = None) -> None:
        """Have a run of `kind` started at the moments of `cron`, in UTC; the same name again changes that.

        Workers notice within seconds. Raises InvalidInput, among others when the kind's queue has partitions.
        """
        ...

    def schedules(self) -> list[Schedule]:
        """All schedules, by name."""
        ...

    def unschedule(self, name: str) -> bool:
        """Take a schedule away; its runs stay. False when there is none of that name."""
        ...

    def delete(self, *, ended_before: datetime, limit: int = 500, keep: Sequence[str] = ()) -> int:
        """Forget runs that ended before a moment, oldest first, not those under `keep`; gives how many."""
        ...

    def close(self) -> None:
        """Let go of the database."""
        ...


class EngineWorker(Protocol):
    """A process that runs runs, from `launch` to `close`."""

    @property
    def engine(self) -> Engine:
        """The engine it works for, once launched."""
        ...

    @property
    def identity(self) -> str:
        """Its name among the workers."""
        ...

    @property
    def is_alone(self) -> bool:
        """True when it is the one worker that there may be."""
        ...

    @property
    def busy(self) -> int:
        """How many steps are running."""
        ...

    @property
    def lease_age_s(self) -> float:
        """Seconds since the database last heard of it; 0 where there are no leases."""
        ...

    def launch(self) -> None:
        """Begin. Raises HomeInUse when it would have to be alone and is not."""
        ...

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until somebody asks it to go; False when nobody did within `timeout_s`."""
        ...

    def close(self, *, timeout_s: float = 0.0) -> int:
        """End: steps that are running are waited for; gives how many did not end in time."""
        ...


class HomeInUse(OutsideFault):
    """Another process runs the runs of the home; it also takes on what is started from outside."""


class Work(Protocol):
    """A run from the inside: handed to the function of its kind."""

    @property
    def run(self) -> str:
        """The id of this run."""
        ...

    @overload
    async def step(
        self,
        name: str,
        function: Callable[..., Awaitable[Result]],
        *args: Any,
        attempts: int = 1,
        timeout_s: float | None = None,
        repo: str = "",
    ) -> Result: ...
    @overload
    async def step(
        self,
        name: str,
        function: Callable[..., Result],
        *args: Any,
        attempts: int = 1,
        timeout_s: float | None = None,
        repo: str = "",
    ) -> Result: ...
    async def step(
        self,
        name: str,
        function: Callable[..., Awaitable[Result] | Result],
        *args: Any,
        attempts: int = 1,
        timeout_s: float | None = None,
        repo: str = "",
    ) -> Result:
        """The result of `function(*args)`, recorded: after a crash it is given again, not computed again.

        The function is run at least once: when the crash comes between its effect and the record, it is run
        again. Whatever it does outside must therefore look, compare and swap. A synchronous function runs in
        a thread. `attempts` above 1 tries again after an OutsideFault, waiting longer each time; while the
        record is away (RecordAway) it waits, for a quarter of an hour at most, and counts no attempt. With
        `timeout_s` an asynchronous function is stopped with LimitHit. An error that the house does not know
        comes as RemoteError, at first as after a crash. `repo` is for the log.
        """
        ...

    async def start(self, starts: Sequence[Start]) -> int:
        """A recorded step that has runs started under this one, all or none; gives how many were new."""
        ...

    async def join(self, runs: Sequence[str]) -> list[Ending]:
        """A recorded step that waits until all of these have ended; gives their endings in that order."""
        ...

    async def wait(self, topic: str, *, timeout_s: float) -> object | None:
        """The next value signalled for `topic`, None when none came in time.

        Survives restarts and may take days.
        """
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; a restart does not begin the wait anew."""
        ...

    async def progress(self, value: object) -> None:
        """Say how far this run is."""
        ...
