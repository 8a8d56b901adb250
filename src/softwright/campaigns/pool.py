"""Worker processes that are expected to die: one that does costs its item, never the others."""

import contextlib
import ctypes
import gc
import os
import signal
import time
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

_QUICK_S = 0.2  # items quicker than this are sent two at a time, so that no worker waits for the next
_GRACE_S = 10.0
_IDLE_S = 0.2
_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG


@dataclass(frozen=True, slots=True)
class Broken:
    """Yielded for an item whose worker raised or died; `reason` is one line, `detail` the traceback."""

    reason: str
    detail: str = ""


Ask = Callable[[Any], Any]
"""How work in a worker asks the process that owns the record: a message there, an answer back."""


@dataclass
class _Worker(Generic[T]):
    process: BaseProcess
    tasks: "Connection[Any, Any]"
    replies: "Connection[Any, Any]"
    held: deque[T] = field(default_factory=deque)


class Pool(Generic[T, R]):
    """`workers` processes that run `work(item, ask)`.

    The processes are forked, so `work` may be a closure over anything; only items and results travel.
    `answer` is called in this process for every message that work sends by `ask`. Must be made before
    this process starts threads.
    """

    def __init__(
        self, workers: int, work: Callable[[T, Ask], R], answer: Callable[[Any], Any] = lambda message: None
    ) -> None:
        self._count = workers
        self._work = work
        self._answer = answer
        self._workers: list[_Worker[T]] = []
        self._began = time.monotonic()
        self._finished = 0

    def run(
        self, items: Iterable[T], *, idle: Callable[[], None] = lambda: None
    ) -> Generator[tuple[T, R | Broken], None, None]:
        """Each item with its result, as they come. Closing the iterator stops the workers.

        `idle` is called whenever nothing came for a fraction of a second.
        """
        todo = deque(items)
        try:
            # What is here now lives as long as the workers: their collectors need not look at it.
            gc.freeze()
            for _ in range(min(self._count, len(todo))):
                self._start()
            gc.unfreeze()
            self._feed(todo)
            while any(worker.held for worker in self._workers):
                ready = set(wait([worker.replies for worker in self._workers if worker.held], _IDLE_S))
                if not ready:
                    idle()
                for worker in [w for w in self._workers if w.replies in ready]:
                    yield from self._receive(worker, todo)
                self._feed(todo)
        finally:
            self.stop()

    def stop(self) -> None:
        """End all workers: asked first, so that they discard their forks; killed after a while."""
        for worker in self._workers:
            worker.tasks.close()
            if worker.held:
                worker.process.terminate()
        for worker in self._workers:
            worker.process.join(_GRACE_S)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            worker.replies.close()
        self._workers.clear()

    def _start(self) -> None:
        context = get_context("fork")
        tasks_out, tasks_in = context.Pipe(duplex=False)
        here, there = context.Pipe(duplex=True)
        ours = [end for w in self._workers for end in (w.tasks, w.replies)] + [tasks_in, here]
        process = context.Process(target=_serve, args=(self._work, tasks_out, there, ours), daemon=False)
        process.start()
        tasks_out.close()
        there.close()
        self._workers.append(_Worker(process, tasks_in, here))

    def _feed(self, todo: deque[T]) -> None:
        spent = (time.monotonic() - self._began) * len(self._workers)
        quick = self._finished > 0 and spent / self._finished < _QUICK_S
        for depth in (1, 2) if quick else (1,):
            for worker in self._workers:
                while todo and len(worker.held) < depth:
                    worker.held.append(todo.popleft())
                    # A worker that has died is noticed when its replies end.
                    with contextlib.suppress(BrokenPipeError):
                        worker.tasks.send(worker.held[-1])

    def _receive(self, worker: _Worker[T], todo: deque[T]) -> Iterator[tuple[T, R | Broken]]:
        try:
            kind, value = worker.replies.recv()
        except (EOFError, OSError):
            yield from self._bury(worker, todo)
            return
        if kind == "ask":
            answer = self._answer(value)
            with contextlib.suppress(BrokenPipeError):
                worker.replies.send(answer)
            return
        self._finished += 1
        yield worker.held.popleft(), value

    def _bury(self, worker: _Worker[T], todo: deque[T]) -> Iterator[tuple[T, R | Broken]]:
        """Another worker for the dead one; its item is broken, what it had not begun goes back."""
        self._workers.remove(worker)
        worker.process.join()
        code = worker.process.exitcode or 0
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        item = worker.held.popleft()
        todo.extendleft(reversed(worker.held))
        worker.tasks.close()
        worker.replies.close()
        self._start()
        yield item, Broken(f"the worker process ended with {how}")


def _serve(
    work: Callable[[Any, Ask], Any],
    tasks: "Connection[Any, Any]",
    replies: "Connection[Any, Any]",
    inherited: list["Connection[Any, Any]"],
) -> None:
    """The life of a worker: items in, results out, until there are no more."""
    # Ends of pipes that belong to the parent: kept open here, they would hide its death.
    for end in inherited:
        end.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    parent = os.getppid()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGTERM)
    if os.getppid() != parent:
        return

    def ask(message: Any) -> Any:
        replies.send(("ask", message))
        return replies.recv()

    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            item = tasks.recv()
            replies.send(("result", _tried(work, item, ask)))


def _leave(number: int, frame: object) -> None:
    raise SystemExit(128 + number)


def _tried(work: Callable[[Any, Ask], Any], item: Any, ask: Ask) -> Any:
    try:
        return work(item, ask)
    except Exception as error:  # a fault in one item must not end the others
        return Broken(f"{type(error).__name__}: {error}", traceback.format_exc())
