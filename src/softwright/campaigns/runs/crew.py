"""Worker processes that are expected to die: one that does is replaced, and costs the others nothing."""

import contextlib
import os
import signal
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from itertools import count
from multiprocessing.connection import Connection
from queue import PriorityQueue
from types import TracebackType
from typing import Any, Generic, TypeVar

from softwright.campaigns.runs.foreman import Foreman, ForemanLost, Hired

T = TypeVar("T")
R = TypeVar("R")

_LIVES = 3
"""Processes an item may cost: the first may have been killed by mistake or for want of memory."""

_GRACE_S = 10.0
_IDLE_S = 0.2
_LAST = 1_000


@dataclass(frozen=True, slots=True)
class Broken:
    """The result for an item whose worker raised or died; `reason` is one line, `detail` the traceback."""

    reason: str
    detail: str = ""


Ask = Callable[[Any], Any]
"""How work in a worker asks the process that owns the record: a message there, an answer back."""


@dataclass(frozen=True, slots=True, order=True)
class _Waiting(Generic[T, R]):
    """An item in the queue; no order: go home."""

    rank: int
    number: int
    order: "tuple[T, Future[R | Broken]] | None" = field(compare=False)


class Crew(Generic[T, R]):
    """`size` processes that run `work(item, ask)`.

    The processes are forked, so `work` may be a closure over anything; only items and results travel.
    `answer` is called in this process, in a thread, for every message that work sends by `ask`; `leave` in
    every process of the crew before it ends, unless it is killed. Work whose process dies is begun again
    in another, so it must bear that. Without its foreman the crew is lost: `lost` is called, once, and what
    was submitted never gets a result. Must be made before this process starts threads.
    """

    def __init__(
        self,
        size: int,
        work: Callable[[T, Ask], R],
        answer: Callable[[Any], Any] = lambda message: None,
        *,
        leave: Callable[[], None] = lambda: None,
        lost: Callable[[], object] = lambda: None,
    ) -> None:
        self._answer = answer
        self._lost = lost
        self._foreman = Foreman(lambda tasks, replies: _serve(work, tasks, replies, leave))
        self._orders = threading.Lock()
        self._queue: PriorityQueue[_Waiting[T, R]] = PriorityQueue()
        self._count = count()
        self._hired: dict[int, Hired] = {}
        self._stopping = False
        self._over = False
        self._size = size
        self._busy = 0
        self._threads: list[threading.Thread] = []

    @property
    def size(self) -> int:
        """How many processes there are at most."""
        return self._size

    @property
    def busy(self) -> int:
        """How many are at work."""
        return self._busy

    def submit(self, item: T, *, rank: int = 0) -> "Future[R | Broken]":
        """The result of `work` for the item, to come. Low ranks are begun first, equal ones in order."""
        if len(self._threads) < self._size:
            name = f"crew-{len(self._threads)}"
            thread = threading.Thread(target=self._lead, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()
        future: Future[R | Broken] = Future()
        self._queue.put(_Waiting(rank, next(self._count), (item, future)))
        return future

    def each(
        self, items: Iterable[T], *, idle: Callable[[], None] = lambda: None
    ) -> Iterator[tuple[T, R | Broken]]:
        """Each item with its result, as they come; `idle` is called when nothing came for a moment."""
        open_ = {self.submit(item): item for item in items}
        while open_:
            done, _ = wait(open_, _IDLE_S, FIRST_COMPLETED)
            if not done:
                idle()
            for future in done:
                yield open_.pop(future), future.result()

    def stop(self) -> None:
        """End all processes: who is at work is asked to clean up behind itself, and killed after a while."""
        self._stopping = True
        for _ in self._threads:
            self._queue.put(_Waiting(_LAST, next(self._count), None))
        self._signal(signal.SIGTERM)
        for thread in self._threads:
            thread.join(_GRACE_S)
        self._signal(signal.SIGKILL)
        for thread in self._threads:
            thread.join()
        self._foreman.dismiss()

    @property
    def stopping(self) -> bool:
        """True from the moment on that results may be of processes that were asked to go."""
        return self._stopping

    def _signal(self, number: int) -> None:
        with self._orders:
            # Without a foreman to bury them, the ids may be those of other processes by now.
            for pid in () if self._over else self._hired:
                os.kill(pid, number)

    def _lead(self) -> None:
        """Give one process after the other its items, and see what comes of them."""
        member: Hired | None = None
        try:
            while (order := self._queue.get().order) is not None:
                item, future = order
                if self._stopping or not future.set_running_or_notify_cancel():
                    future.cancel()
                    continue
                member = self._done(member, item, future)
            if member is not None:
                self._bury(member)
        except ForemanLost:
            self._end()

    def _done(self, member: Hired | None, item: T, future: "Future[R | Broken]") -> Hired | None:
        """Have an item done; gives the process that is ready for the next."""
        for life in range(1, _LIVES + 1):
            member = member or self._hire()
            try:
                with self._at_work():
                    member.tasks.send(item)
                    result = self._result(member)
                future.set_result(result)
                return member
            except (EOFError, OSError):
                code, member = self._bury(member), None
                if life == _LIVES or self._stopping:
                    how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
                    future.set_result(Broken(f"the worker process ended with {how}"))
                    break
            except Exception as error:  # an answer that cannot be given, an item that cannot be sent
                future.set_exception(error)
                break
        return member

    def _end(self) -> None:
        with self._orders:
            first, self._over = not self._over, True
        if first and not self._stopping:
            self._lost()

    @contextlib.contextmanager
    def _at_work(self) -> Iterator[None]:
        with self._orders:
            self._busy += 1
        try:
            yield
        finally:
            with self._orders:
                self._busy -= 1

    def _result(self, member: Hired) -> R | Broken:
        while True:
            kind, value = member.replies.recv()
            if kind == "result":
                result: R | Broken = value
                return result
            member.tasks.send(self._answer(value))

    def _hire(self) -> Hired:
        with self._orders:
            member = self._foreman.hire()
            self._hired[member.pid] = member
            return member

    def _bury(self, member: Hired) -> int:
        """Let go of a process that ended or is to end; gives its exit code."""
        member.tasks.close()
        member.replies.close()
        with self._orders:
            code = self._foreman.bury(member.pid)
            del self._hired[member.pid]
            return code

    def __enter__(self) -> "Crew[T, R]":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _serve(
    work: Callable[[Any, Ask], Any],
    tasks: "Connection[Any, Any]",
    replies: "Connection[Any, Any]",
    leave: Callable[[], None],
) -> None:
    """The life of a worker: items in, results out, until there are no more."""

    def ask(message: Any) -> Any:
        replies.send(("ask", message))
        return tasks.recv()

    try:
        with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
            while True:
                item = tasks.recv()
                replies.send(("result", _tried(work, item, ask)))
    finally:
        leave()


def _tried(work: Callable[[Any, Ask], Any], item: Any, ask: Ask) -> Any:
    try:
        return work(item, ask)
    except Exception as error:  # a fault in one item must not end the others
        return Broken(f"{type(error).__name__}: {error}", traceback.format_exc())
