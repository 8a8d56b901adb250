"""What the contract of durable runs is played on: runs whose code each test brings along."""

import asyncio
import itertools
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from softwright.core import SoftwrightError
from softwright.engine import Engine, Kind, Kinds, Queue, Rate, Work, portable

PATIENCE_S = 30.0
"""Seconds after which what should happen counts as not happening."""

PACE = Rate(2, 2.0)
"""How fast runs of one partition of the queue `paced` may begin."""

Script = Callable[[Work, Any], Awaitable[Any]]

_numbers = itertools.count(1)


class Plays:
    """The code of the contract's runs, by id: one executor serves all tests.

    A run whose id is not known plays what is set for `<its parent>/*`.
    """

    def __init__(self) -> None:
        self._scripts: dict[str, Script] = {}
        self.ticks: list[tuple[str, object]] = []

    def __setitem__(self, run: str, script: Script) -> None:
        self._scripts[run] = script

    async def play(self, work: Work, args: Any) -> object:
        """Run what is set for this run."""
        script = self._scripts.get(work.run) or self._scripts[f"{work.run.rpartition('/')[0]}/*"]
        return await script(work, args)

    async def tick(self, work: Work, args: Any) -> object:
        """What scheduled runs do: leave their id and arguments."""
        return await work.step("tick", self.ticks.append, (work.run, args))


def contract_kinds(plays: Plays) -> Kinds:
    """The kinds and queues that the contract needs."""
    return Kinds(
        [
            Queue("open", per_worker=50, poll_s=0.03),
            Queue("narrow", per_worker=1, poll_s=0.06),
            Queue("hosts", per_worker=20, per_partition=1, poll_s=0.06),
            Queue("few", per_worker=20, everywhere=2, poll_s=0.06),
            Queue("paced", per_worker=20, rate=PACE, poll_s=0.06),
        ],
        [
            Kind("play", "open", plays.play),
            Kind("fragile", "open", plays.play, attempts=1),
            Kind("narrow", "narrow", plays.play),
            Kind("hosted", "hosts", plays.play),
            Kind("few", "few", plays.play),
            Kind("paced", "paced", plays.play),
            Kind("tick", "open", plays.tick),
        ],
    )


class EngineRig(Protocol):
    """An engine with an executor that can die and come back."""

    @property
    def engine(self) -> Engine:
        """The engine; lives on while the executor is away."""
        ...

    @property
    def plays(self) -> Plays:
        """What the runs do."""
        ...

    def launch(self) -> None:
        """The executor begins."""
        ...

    def close(self) -> None:
        """The executor ends at once; nothing that runs is waited for."""
        ...


def restart(rig: EngineRig) -> None:
    """The executor ends wherever it is, and another begins."""
    rig.close()
    rig.launch()


def fresh(name: str = "run") -> str:
    """An id that no other test has."""
    return f"{name}-{next(_numbers)}"


@portable(tag="contract.Parcel")
@dataclass(frozen=True, slots=True)
class Parcel:
    """A registered class."""

    name: str
    weight: int = 0


@dataclass(frozen=True, slots=True)
class Stranger:
    """A class that nobody registered."""

    name: str = "stranger"


def notes() -> list[Any]:
    """Where runs leave what the test looks at."""
    return []


def until(happened: Callable[[], object], what: str = "it") -> None:
    """Wait for something to happen."""
    give_up = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < give_up, f"{what} did not happen within {PATIENCE_S:g} s"
        time.sleep(0.01)


async def held(event: threading.Event) -> Any:
    """Inside a run: wait for a test to set the event."""
    while not event.is_set():
        await asyncio.sleep(0.005)


@contextmanager
def refused(kind: type[SoftwrightError], *words: str) -> Iterator[None]:
    """The block must raise exactly this kind of error, with these words in it."""
    try:
        yield
    except SoftwrightError as error:
        assert type(error) is kind, f"{kind.__name__} was due, not {type(error).__name__}: {error}"
        for word in words:
            assert word in str(error), f"`{word}` is missing in: {error}"
        return
    raise AssertionError(f"no {kind.__name__} was raised")
