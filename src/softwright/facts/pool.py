"""Worker processes that may die. A file that kills or holds up its worker costs only itself."""

import contextlib
import multiprocessing
import time
from collections.abc import Iterator
from ctypes import c_int64
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from softwright.core import OutsideFault
from softwright.facts.worker import IDLE, STARTING, ReadResult, ReadTask, serve

FILE_SECONDS = 60.0
"""Wall seconds after which one file is given up."""
MEMORY_MB = 2048
"""Data memory of one worker."""
_START_SECONDS = 60.0
"""Wall seconds a worker may take to start, or to open a repository: that is no file's fault."""
_POLL_S = 1.0


@dataclass(slots=True)
class Casualty:
    """A task whose worker died or was stopped at the unit of number `position` (`IDLE`: between files)."""

    position: int
    reason: str


@dataclass(slots=True)
class _Worker:
    process: SpawnProcess
    connection: Connection
    position: c_int64
    task: tuple[int, ReadTask] | None = None
    seen: int = IDLE
    since: float = 0.0


class Pool:
    """Up to `workers` processes, started when there is work; tasks are known by their number."""

    def __init__(
        self, workers: int, *, file_seconds: float = FILE_SECONDS, memory_mb: int = MEMORY_MB
    ) -> None:
        self._most = workers
        self._file_seconds = file_seconds
        self._memory_mb = memory_mb
        self._context = multiprocessing.get_context("spawn")
        self._workers: list[_Worker] = []

    @property
    def idle(self) -> bool:
        """True when a task can be given now."""
        return len(self._workers) < self._most or any(worker.task is None for worker in self._workers)

    @property
    def busy(self) -> bool:
        """True while any task is under way."""
        return any(worker.task is not None for worker in self._workers)

    def give(self, number: int, task: ReadTask) -> None:
        """Hand a task to an idle worker; only when `idle`."""
        worker = next((each for each in self._workers if each.task is None), None) or self._hire()
        worker.task, worker.seen, worker.since = (number, task), IDLE, time.monotonic()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # `results` will report it
            worker.connection.send(task)

    def results(self) -> Iterator[tuple[int, ReadTask, ReadResult | Casualty]]:
        """What has finished; waits until there is something, or for a second."""
        busy = {worker.connection: worker for worker in self._workers if worker.task is not None}
        for connection in wait(list(busy), timeout=min(_POLL_S, self._file_seconds / 2)):
            worker = busy.pop(connection)  # type: ignore[call-overload]
            assert worker.task is not None
            number, task = worker.task
            try:
                result = worker.connection.recv()
            except (EOFError, ConnectionResetError):
                yield number, task, self._lost(worker, "")
                continue
            worker.task = None
            yield number, task, result
        now = time.monotonic()
        for worker in busy.values():
            position = worker.position.value
            at_no_file = position in (STARTING, IDLE)
            allowed = max(self._file_seconds, _START_SECONDS) if at_no_file else self._file_seconds
            if position != worker.seen:
                worker.seen, worker.since = position, now
            elif now - worker.since > allowed:
                number, task = worker.task or (0, ReadTask(0, [], []))
                yield number, task, self._lost(worker, f"took longer than {allowed:g} seconds")

    def _hire(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        position = self._context.RawValue(c_int64, STARTING)
        process = self._context.Process(
            target=serve, args=(theirs, position, self._memory_mb), name="softwright-facts", daemon=True
        )
        process.start()
        theirs.close()
        worker = _Worker(process, ours, position)
        self._workers.append(worker)
        return worker

    def _lost(self, worker: _Worker, reason: str) -> Casualty:
        worker.process.kill() if reason else None
        worker.process.join(10)
        worker.connection.close()
        self._workers.remove(worker)
        position = int(worker.position.value)
        if position == STARTING and not reason:
            raise OutsideFault(
                f"the processes that read files cannot start (exit code {worker.process.exitcode})",
                hint="see the messages above; when called from a script, guard its start with "
                '`if __name__ == "__main__":`',
            )
        code = worker.process.exitcode or 0
        died = f"its reader died of signal {-code}" if code < 0 else f"its reader ended with exit code {code}"
        return Casualty(IDLE if position == STARTING else position, reason or died)

    def close(self) -> None:
        """Stop every worker."""
        for worker in self._workers:
            worker.connection.close()
            if worker.task is not None:
                worker.process.kill()
        for worker in self._workers:
            worker.process.join(5)
            worker.process.kill()
        self._workers.clear()

    def __enter__(self) -> "Pool":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
