"""Running the runs that are kept in memory."""

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic
from types import TracebackType

from softwright.engine import Kinds, RunState, Schedule, dumps, loads
from softwright.engine.forms_error import as_kept
from softwright.engine.run import one_line
from softwright.engine.schedule import next_moment
from softwright.testing.engine_memory.record import KeptRun
from softwright.testing.engine_memory.runs import MemoryRuns
from softwright.testing.engine_memory.work import Gone, MemoryWork


class MemoryEngine(MemoryRuns):
    """Engine and executor in one; nothing outlives the object. Satisfies `softwright.engine.Engine`.

    Inside of `with`, or between `launch` and `close`, runs are run on a loop of their own. After
    `close` it can be launched again and goes on, as an executor does that died. Values are kept as text,
    so what a database would refuse is refused here.
    """

    def __init__(self, kinds: Kinds) -> None:
        super().__init__(kinds)
        self._begun: dict[tuple[str, str], list[float]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._bell = asyncio.Event()

    def launch(self) -> None:
        """Begin, or go on: what was running when it was closed is taken up again."""
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready.set)), daemon=True)
        self._thread.start()
        ready.wait()

    def close(self) -> None:
        """End at once."""
        with self._lock:
            loop, self._loop = self._loop, None
            if loop is not None:
                loop.call_soon_threadsafe(self._bell.set)
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    async def _serve(self, ready: Callable[[], None]) -> None:
        self._bell = asyncio.Event()
        now = datetime.now(UTC)
        with self._lock:
            self._loop = asyncio.get_running_loop()
            self._due = {name: next_moment(each.cron, now) for name, each in self._schedules.items()}
            for kept in self._runs.values():
                if kept.state is RunState.RUNNING:
                    kept.become(RunState.QUEUED)
        ready()
        tasks: set[asyncio.Task[None]] = set()
        while self._is_open():
            with self._lock:
                pause = self._tick()
                taken = self._take()
            for kept in taken:
                task = asyncio.create_task(self._run(kept))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            await self.change(None if pause is None else monotonic() + pause)
        with self._lock:
            for kept in self._runs.values():
                kept.execution = None  # nothing is recorded any more

    def _is_open(self) -> bool:
        return self._loop is not None

    def _tick(self) -> float | None:
        """Start what is due; gives the seconds until something else will be."""
        now = datetime.now(UTC)
        for name, due in list(self._due.items()):
            if due <= now:
                each = self._schedules[name]
                run = f"sched-{name}-{due.isoformat()}"
                if run not in self._runs:
                    self._make(
                        run,
                        each.kind,
                        self._kinds.check_schedule(name, each.kind, each.cron),
                        "",
                        dumps(each.args),
                    )
                self._schedules[name] = Schedule(name, each.kind, each.cron, each.args, due)
                self._due[name] = next_moment(each.cron, now)
        rates = 0.05 if any(queue.rate for queue in self._kinds.queues.values()) else None
        pauses = [max((due - now).total_seconds(), 0.001) for due in self._due.values()]
        return min([*pauses, *([rates] if rates else [])], default=None)

    def _take(self) -> list[KeptRun]:
        """The runs that may begin now."""
        taken = []
        for kept in sorted(self._runs.values(), key=lambda kept: kept.number):
            if kept.state is RunState.QUEUED and self._has_room(kept):
                kept.taken += 1
                if kept.taken > self._kinds[kept.kind].attempts + 1:
                    kept.become(RunState.POISONED)
                    self.changed()
                    continue
                kept.execution = object()
                kept.become(RunState.RUNNING)
                self._begun.setdefault((kept.queue, kept.partition), []).append(monotonic())
                taken.append(kept)
        return taken

    def _has_room(self, kept: KeptRun) -> bool:
        queue = self._kinds.queues[kept.queue]
        there = [
            other.partition
            for other in self._runs.values()
            if other.queue == kept.queue and other.state is RunState.RUNNING
        ]
        limits = [(len(there), queue.per_worker), (len(there), queue.everywhere)]
        limits.append((there.count(kept.partition), queue.per_partition))
        if queue.rate is not None:
            since = monotonic() - queue.rate.seconds
            begun = [at for at in self._begun.get((kept.queue, kept.partition), ()) if at > since]
            limits.append((len(begun), queue.rate.starts))
        return all(limit is None or now < limit for now, limit in limits)

    async def _run(self, kept: KeptRun) -> None:
        execution = kept.execution
        result, error = "null", ""
        try:
            value = await self._kinds[kept.kind].function(MemoryWork(kept, self), loads(kept.args))
            result = dumps(value)
        except Gone:
            return
        except Exception as failure:
            error = one_line(as_kept(failure))
        with self._lock:
            if kept.execution is execution and kept.state is RunState.RUNNING:
                kept.result, kept.error = result, error
                kept.become(RunState.FAILED if error else RunState.DONE)
                self.changed()

    async def change(self, until: float | None) -> None:
        """Wait until anything happens, at most until a moment of the monotonic clock."""
        bell = self._bell
        try:
            async with asyncio.timeout(None if until is None else max(until - monotonic(), 0)):
                await bell.wait()
        except TimeoutError:
            return

    def changed(self) -> None:
        """Tell all who wait that something happened."""
        with self._lock:
            super().changed()
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._ring)

    def _ring(self) -> None:
        bell, self._bell = self._bell, asyncio.Event()
        bell.set()

    def __enter__(self) -> "MemoryEngine":
        self.launch()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
