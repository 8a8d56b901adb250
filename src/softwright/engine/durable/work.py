"""A run from the inside, on DBOS."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any, Protocol, TypeVar, cast

from dbos import DBOS, StepOptions

from softwright.core import OutsideFault
from softwright.engine.durable.client import PROGRESS, DurableEngine
from softwright.engine.durable.ends import EndsHere
from softwright.engine.durable.outage import OUTAGE
from softwright.engine.durable.rows import RunRows
from softwright.engine.durable.waiting import WaitingRoom
from softwright.engine.forms_error import as_kept
from softwright.engine.kind import Start
from softwright.engine.log import bound
from softwright.engine.run import Ending
from softwright.engine.spans import span
from softwright.engine.trying import tried

Result = TypeVar("Result")

log = logging.getLogger(__name__)

_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 1.0
_ENDINGS_AT_ONCE = 200
_TRIES = 8  # about a minute of a database that does not answer


class Gate(Protocol):
    """What every step passes: it counts them and holds them back in a worker that drains."""

    async def enter(self, run: str) -> None:
        """Before a step of the run."""
        ...

    def leave(self, run: str) -> None:
        """After a step of the run."""
        ...

    def end(self, run: str) -> None:
        """When the run waits."""
        ...


class DurableWork:
    """One execution of a run. Satisfies `softwright.engine.Work`."""

    def __init__(
        self,
        run: str,
        engine: DurableEngine,
        rows: RunRows,
        *,
        gate: Gate,
        room: WaitingRoom,
        ends: EndsHere,
        told: Callable[[str, float, bool], None],
    ) -> None:
        self._run = run
        self._told = told
        self._engine = engine
        self._rows = rows
        self._gate = gate
        self._room = room
        self._ends = ends

    @property
    def run(self) -> str:
        """The id of this run."""
        return self._run

    async def step(
        self,
        name: str,
        function: Callable[..., Awaitable[Result] | Result],
        *args: Any,
        attempts: int = 1,
        timeout_s: float | None = None,
        repo: str = "",
    ) -> Result:
        """The result of `function(*args)`, recorded."""

        async def act() -> Result:
            await self._gate.enter(self._run)
            began, failed = monotonic(), True
            try:
                with bound(run=self._run, step=name, repo=repo), span(name, run=self._run, repo=repo):
                    result = await tried(
                        name, function, args, attempts=attempts, timeout_s=timeout_s, repo=repo
                    )
                    log.debug("step done", extra={"seconds": round(monotonic() - began, 3)})
                    failed = False
                    return result
            except Exception as error:
                # The run must see the same error now as when the step is replayed.
                raise as_kept(error) from error
            finally:
                self._gate.leave(self._run)
                self._told(name, monotonic() - began, failed)

        return cast(Result, await DBOS.run_step_async(StepOptions(name=name), act))

    async def start(self, starts: Sequence[Start]) -> int:
        """A recorded step that has runs started under this one."""
        for start in starts:
            if not start.id.startswith(f"{self._run}/"):
                raise ValueError(
                    f"run `{self._run}` cannot start `{start.id}`: the id must begin with its own"
                )
        return await self.step("start", self._engine.start_under, self._run, starts, attempts=_TRIES)

    async def join(self, runs: Sequence[str]) -> list[Ending]:
        """A recorded step that waits until all of these have ended."""

        async def ended() -> list[Ending]:
            with self._ends.expect(runs) as all_ended_here:
                waiting, pause = list(runs), _FIRST_PAUSE_S
                while waiting := await self._active(waiting):
                    if heard := all_ended_here.is_set():  # their ends are just being written down
                        await asyncio.sleep(pause)
                    else:
                        with suppress(TimeoutError):
                            await asyncio.wait_for(all_ended_here.wait(), pause)
                    heard_now = all_ended_here.is_set() and not heard
                    pause = _FIRST_PAUSE_S if heard_now else min(pause * 1.3, _LONGEST_PAUSE_S)
            return await tried("join", asyncio.to_thread, (self._endings, runs), attempts=_TRIES)

        # No gate: a waiting run does not keep its worker from draining.
        with self._waits():
            return await DBOS.run_step_async(StepOptions(name="join"), ended)

    @contextmanager
    def _waits(self) -> Iterator[None]:
        self._gate.end(self._run)
        with self._room.waits(self._run):
            yield

    async def _active(self, runs: Sequence[str]) -> list[str]:
        """Those that have not ended; all of them while the database does not answer: that is waited out."""
        try:
            found = sorted(await asyncio.to_thread(self._rows.active, runs))
        except OutsideFault as error:
            OUTAGE.met(error)
            return list(runs)
        OUTAGE.over()
        return found

    def _endings(self, runs: Sequence[str]) -> list[Ending]:
        found: dict[str, Ending] = {}
        for i in range(0, len(runs), _ENDINGS_AT_ONCE):
            found.update(self._engine.endings(runs[i : i + _ENDINGS_AT_ONCE]))
        return [found[run] for run in runs]

    async def wait(self, topic: str, *, timeout_s: float) -> object | None:
        """The next value signalled for `topic`, None when none came in time."""
        with self._waits():
            found: object | None = await DBOS.recv_async(topic, timeout_seconds=timeout_s)
        return found

    async def sleep(self, seconds: float) -> None:
        """Wait; a restart does not begin the wait anew."""
        with self._waits():
            await DBOS.sleep_async(seconds)

    async def progress(self, value: object) -> None:
        """Say how far this run is."""
        await DBOS.set_event_async(PROGRESS, value)
