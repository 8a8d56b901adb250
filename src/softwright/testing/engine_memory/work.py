"""A run from the inside, in memory."""

from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import Any, Protocol, TypeVar, cast

from softwright.engine import Ending, RunState, Start, bound, dumps, loads
from softwright.engine.forms_error import as_kept
from softwright.engine.trying import tried
from softwright.testing.engine_memory.record import KeptRun, KeptStep

Result = TypeVar("Result")


class Gone(BaseException):
    """This execution no longer runs the run: it was cancelled, or begun anew."""


class Host(Protocol):
    """What the inside of a run asks of the engine."""

    def start_under(self, parent: str, starts: Sequence[Start]) -> int:
        """Have runs started, unless the parent was stopped."""
        ...

    def look(self, run: str) -> KeptRun:
        """The run of this id. Raises InvalidInput when there is none."""
        ...

    async def change(self, until: float | None) -> None:
        """Wait until anything happens, at most until a moment of the monotonic clock."""
        ...

    def changed(self) -> None:
        """Tell all who wait that something happened."""
        ...


class MemoryWork:
    """One execution of a run. Satisfies `softwright.engine.Work`."""

    def __init__(self, kept: KeptRun, host: Host) -> None:
        self._kept = kept
        self._host = host
        self._execution = kept.execution
        self._number = 0

    @property
    def run(self) -> str:
        """The id of this run."""
        return self._kept.id

    def _next(self, name: str) -> tuple[int, KeptStep | None]:
        self._check()
        self._number += 1
        known = self._kept.steps.get(self._number)
        if known is not None and known.name != name:
            raise RuntimeError(
                f"step {self._number} was `{known.name}` and is `{name}` now: the code took another path"
            )
        return self._number, known

    def _check(self) -> None:
        if self._kept.execution is not self._execution or self._kept.state is not RunState.RUNNING:
            raise Gone

    def _keep(self, number: int, step: KeptStep) -> None:
        if self._kept.execution is not self._execution:
            raise Gone
        self._kept.steps[number] = step
        self._host.changed()

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
        number, known = self._next(name)
        if known is not None:
            return cast(Result, known.again())
        began = monotonic()
        try:
            with bound(run=self.run, step=name, repo=repo):
                result = await tried(name, function, args, attempts=attempts, timeout_s=timeout_s)
        except Exception as error:
            kept = as_kept(error)
            self._keep(number, KeptStep(name, dumps(kept), True, monotonic() - began))
            raise kept from error
        self._keep(number, KeptStep(name, dumps(result), False, monotonic() - began))
        return result

    async def start(self, starts: Sequence[Start]) -> int:
        """A recorded step that has runs started under this one."""
        for start in starts:
            if not start.id.startswith(f"{self.run}/"):
                raise ValueError(
                    f"run `{self.run}` cannot start `{start.id}`: the id must begin with its own"
                )
        return await self.step("start", self._host.start_under, self.run, starts)

    async def join(self, runs: Sequence[str]) -> list[Ending]:
        """A recorded step that waits until all of these have ended."""

        async def ended() -> list[Ending]:
            while not all(self._host.look(run).state.ended for run in runs):
                await self._host.change(None)
                self._check()
            return [self._host.look(run).ending() for run in runs]

        return await self.step("join", ended)

    async def wait(self, topic: str, *, timeout_s: float) -> object | None:
        """The next value signalled for `topic`, None when none came in time."""
        number, known = self._next("wait")
        if known is not None:
            return cast(object, known.again())
        until = self._kept.deadlines.setdefault(number, monotonic() + timeout_s)
        self._host.changed()
        while True:
            found = next((signal for signal in self._kept.signals if signal[0] == topic), None)
            if found is not None or monotonic() >= until:
                break
            await self._host.change(until)
            self._check()
        self._keep(number, KeptStep("wait", found[1] if found else "null"))
        if found is not None:
            self._kept.signals.remove(found)
        return cast(object, loads(found[1])) if found else None

    async def sleep(self, seconds: float) -> None:
        """Wait; a restart does not begin the wait anew."""
        number, known = self._next("sleep")
        until = self._kept.deadlines.setdefault(number, monotonic() + seconds)
        if known is None:
            self._keep(number, KeptStep("sleep", "null"))
        while monotonic() < until:
            await self._host.change(until)
            self._check()

    async def progress(self, value: object) -> None:
        """Say how far this run is."""
        number, known = self._next("progress")
        if known is None:
            self._kept.progress = dumps(value)
            self._keep(number, KeptStep("progress", "null"))
