"""Threads for what may take long, none of which keeps a process from ending."""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from queue import SimpleQueue
from time import monotonic, sleep
from typing import Any, TypeVar

Result = TypeVar("Result")

_LOOK_S = 0.05

_Call = tuple["Future[Any]", Callable[[], Any]]


class DaemonThreads(Executor):
    """`most` threads, started as they are needed. Python waits for those of its own pools when it ends."""

    def __init__(self, most: int, name: str) -> None:
        self._most = most
        self._name = name
        self._calls: SimpleQueue[_Call] = SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._unfinished = 0

    def submit(self, fn: Callable[..., Result], /, *args: Any, **kwargs: Any) -> "Future[Result]":
        """The result of the call, to come."""
        future: Future[Result] = Future()
        self._calls.put((future, partial(fn, *args, **kwargs)))
        with self._lock:
            self._unfinished += 1
            if self._unfinished > self._threads < self._most:
                self._threads += 1
                threading.Thread(target=self._work, name=f"{self._name}-{self._threads}", daemon=True).start()
        return future

    def idle(self, within_s: float) -> bool:
        """True when nothing is left to be done, or nothing is within so many seconds."""
        until = monotonic() + within_s
        while self._unfinished and monotonic() < until:
            sleep(_LOOK_S)
        return not self._unfinished

    def _work(self) -> None:
        while True:
            _do(*self._calls.get())
            with self._lock:
                self._unfinished -= 1


def _do(future: "Future[Any]", call: Callable[[], Any]) -> None:
    if future.set_running_or_notify_cancel():
        try:
            result = call()
        except BaseException as error:  # it belongs to whoever asked
            future.set_exception(error)
        else:
            future.set_result(result)
