"""Queues that are looked at as soon as this process puts something into one.

The library looks at its queues at intervals, which is all it can do for what others put in. What is started
here, and run here, need not wait for that.
"""

import threading
from collections.abc import Collection

from dbos import DBOS, _dbos
from dbos._queue import queue_thread

_GATHER_S = 0.01  # what is started one by one is taken up together
_THREAD = "queue-worker-"  # and the queue's name: how the library calls the thread that looks at a queue


class Prompt:
    """Stands between the library's queue threads and the event that ends them."""

    def __init__(self) -> None:
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._woken: dict[str, threading.Event] = {}

    def install(self) -> None:
        """Have the library's queue threads wait here. Before the executor is launched."""

        def begin(stop: threading.Event, dbos: DBOS) -> None:
            queue_thread(_Stop(stop, self), dbos)  # type: ignore[arg-type]

        _dbos.queue_thread = begin  # type: ignore[attr-defined,assignment]

    def wake(self, queues: Collection[str]) -> None:
        """Have these queues looked at now."""
        for queue in queues:
            self._event(_THREAD + queue).set()

    def end(self) -> None:
        """Have all who wait here end. The library's own event only would be noticed an interval later."""
        self._ended.set()
        with self._lock:
            for event in self._woken.values():
                event.set()

    def ended(self) -> bool:
        """True after `end`."""
        return self._ended.is_set()

    def wait(self, timeout_s: float | None) -> None:
        """Wait as the thread of a queue: until it is woken, or for so long."""
        woken = self._event(threading.current_thread().name)
        if not self.ended() and woken.wait(timeout_s):
            woken.clear()
            self._ended.wait(_GATHER_S)

    def _event(self, thread: str) -> threading.Event:
        with self._lock:
            return self._woken.setdefault(thread, threading.Event())


class _Stop:
    """What the queue threads take for the event that ends them."""

    def __init__(self, stop: threading.Event, prompt: Prompt) -> None:
        self._stop = stop
        self._prompt = prompt

    def is_set(self) -> bool:
        return self._prompt.ended() or self._stop.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        self._prompt.wait(timeout)
        return self.is_set()
