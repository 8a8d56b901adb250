"""Runs of this process that wait: for a signal, for time to pass, for other runs."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from dbos._error import DBOSWorkflowCancelledError

from softwright.core import OutsideFault
from softwright.engine.durable.outage import OUTAGE
from softwright.engine.durable.rows import RunRows

_LOOK_S = 1.0


@dataclass(eq=False, slots=True)
class _Place:
    run: str
    task: asyncio.Task[object]
    sent_away: bool = False
    leaving: bool = False


class WaitingRoom:
    """Wakes those that wait for nothing any more.

    The library lets a wait end with its time limit only. A run that was cancelled, or that another worker
    has taken over, would till then keep its place in its queue. All methods belong to the loop that runs
    the runs; while nobody waits, nothing is asked of the database.
    """

    def __init__(self, rows: RunRows, executor: str) -> None:
        self._rows = rows
        self._executor = executor
        self._places: set[_Place] = set()
        self._watcher: asyncio.Task[None] | None = None

    def begin(self, run: str) -> None:
        """A new execution of the run begins: an earlier one that still waits has nothing to wait for."""
        for place in self._places:
            if place.run == run:
                _send_away(place)

    def leaving(self) -> list[str]:
        """Runs that wait here and were not given before. May be called from any thread."""
        found = [place for place in list(self._places) if not place.leaving]
        for place in found:
            place.leaving = True
        return [place.run for place in found]

    @contextmanager
    def waits(self, run: str) -> Iterator[None]:
        """Around whatever waits; ends as if the run had come to a step when it is no longer ours."""
        task = asyncio.current_task()
        assert task is not None, "runs run on a loop"
        place = _Place(run, task)
        self._places.add(place)
        if self._watcher is None or self._watcher.done():
            self._watcher = asyncio.create_task(self._watch())
        try:
            yield
        except asyncio.CancelledError:
            if not place.sent_away:
                raise
            task.uncancel()
            raise DBOSWorkflowCancelledError(f"run {run} is no longer run here") from None
        finally:
            self._places.discard(place)

    async def _watch(self) -> None:
        while self._places:
            await asyncio.sleep(_LOOK_S)
            places = list(self._places)
            try:
                ours = await asyncio.to_thread(
                    self._rows.held, sorted({place.run for place in places}), self._executor
                )
            except OutsideFault as error:
                OUTAGE.met(error)
                continue
            OUTAGE.over()
            for place in places:
                if place.run not in ours:
                    _send_away(place)


def _send_away(place: _Place) -> None:
    if not place.sent_away:
        place.sent_away = True
        place.task.cancel()
