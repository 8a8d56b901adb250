"""Worker processes that are expected to die: one that does is replaced, and costs the others nothing."""

import contextlib
import os
import signal
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from itertools import count
from multiprocessing.connection import Connection
from queue import Empty, PriorityQueue
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


@dataclass(frozen=True, slots=True)
class _Order(Generic[T, R]):
    """An item, and where its result goes."""

    item: T
    quick: bool
    future: "Future[R | Broken]"


@dataclass(frozen=True, slots=True, order=True)
class _Waiting(Generic[T, R]):
    """An item in the queue; no order: go home."""

    rank: int
    number: int
    order: "_Order[T, R] | None" = field(compare=False)


@dataclass(slots=True)
class _Lane(Generic[T, R]):
    """What one thread has its processes do: `sent` of the orders are with `member`, at work on the first.

    `lives` counts the processes that the first has cost.
    """

    orders: "deque[_Order[T, R]]" = field(default_factory=deque)
    member: Hired | None = None
    sent: int = 0
    lives: int = 0

    def end(self, result: "R | Broken") -> None:
        """The first is done with."""
        self.orders.popleft().future.set_result(result)
        self.sent, self.lives = max(0, self.sent - 1), 0


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

    def submit(self, item: T, *, rank: int = 0, quick: bool = False) -> "Future[R | Broken]":
        """The result of `work` for the item, to come. Low ranks are begun first, equal ones in order.

        What is `quick` may be sent to a process that is still at something quick, so that it need not wait
        for this one between the two.
        """
        if len(self._threads) < self._size:
            name = f"crew-{len(self._threads)}"
            thread = threading.Thread(target=self._lead, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()
        future: Future[R | Broken] = Future()
        self._queue.put(_Waiting(rank, next(self._count), _Order(item, quick, future)))
        return future

    def each(
        self, items: Iterable[T], *, quick: bool = False, idle: Callable[[], None] = lambda: None
    ) -> Iterator[tuple[T, R | Broken]]:
        """Each item with its result, as they come; `idle` is called when nothing came for a moment."""
        open_ = {self.submit(item, quick=quick): item for item in items}
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
        lane: _Lane[T, R] = _Lane()
        try:
            while self._take(lane):
                self._advance(lane)
            if lane.member is not None:
                self._bury(lane.member)
        except ForemanLost:
            self._end()

    def _take(self, lane: _Lane[T, R]) -> bool:
        """Have something to do, and when that is quick the next as well; False to go home."""
        while len(lane.orders) < 1 + all(order.quick for order in lane.orders):
            try:
                waiting = self._queue.get(block=not lane.orders)
            except Empty:
                break
            order = waiting.order
            if lane.orders and not (order and order.quick):
                self._queue.put(waiting)
                break
            if order is None:
                return False
            if self._stopping or not order.future.set_running_or_notify_cancel():
                order.future.cancel()
            else:
                lane.orders.append(order)
        return True

    def _advance(self, lane: _Lane[T, R]) -> None:
        """Have the first of the lane's items done, in a fresh process if the last one died."""
        if lane.member is None:
            lane.member, lane.sent = self._hire(), 0
        try:
            with self._at_work():
                while lane.sent < len(lane.orders):
                    lane.member.tasks.send(("item", lane.orders[lane.sent].item))
                    lane.sent += 1
                result = self._result(lane.member)
            lane.end(result)
        except (EOFError, OSError):
            code, lane.member = self._bury(lane.member), None
            lane.lives += 1
            if lane.lives == _LIVES or self._stopping:
                how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
                lane.end(Broken(f"the worker process ended with {how}"))
            while self._stopping and lane.orders:
                lane.end(Broken("the worker process was asked to end"))
        except Exception as error:
            # An item that cannot be sent, or an answer that cannot be given: who waits for it is let go.
            failed = lane.orders[lane.sent] if lane.sent < len(lane.orders) else lane.orders[0]
            failed.future.set_exception(error)
            lane.orders.remove(failed)
            self._bury(lane.member)
            lane.member = None

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
            member.tasks.send(("answer", self._answer(value)))

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
    ahead: deque[Any] = deque()  # items that came while an answer was awaited

    def ask(message: Any) -> Any:
        replies.send(("ask", message))
        while True:
            kind, value = tasks.recv()
            if kind == "answer":
                return value
            ahead.append(value)

    try:
        with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
            while True:
                item = ahead.popleft() if ahead else tasks.recv()[1]
                replies.send(("result", _tried(work, item, ask)))
    finally:
        leave()


def _tried(work: Callable[[Any, Ask], Any], item: Any, ask: Ask) -> Any:
    try:
        return work(item, ask)
    except Exception as error:  # a fault in one item must not end the others
        return Broken(f"{type(error).__name__}: {error}", traceback.format_exc())
