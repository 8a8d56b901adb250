"""The gate that every step of this process passes."""

import asyncio
import threading
from collections.abc import Callable
from time import monotonic, sleep


class StepGate:
    """Counts the steps that are running; closed, it lets no new one begin.

    `still_ours` is asked before each step: it ends the process when its lease ran out.
    """

    def __init__(self, still_ours: Callable[[], None] = lambda: None) -> None:
        self._still_ours = still_ours
        self._lock = threading.Lock()
        self._inside = 0
        self._closed = False

    async def enter(self) -> None:
        """Go in; in a closing process, wait for its end."""
        self._still_ours()
        with self._lock:
            if not self._closed:
                self._inside += 1
                return
        await asyncio.Event().wait()

    def leave(self) -> None:
        """Go out."""
        with self._lock:
            self._inside -= 1

    @property
    def inside(self) -> int:
        """How many steps are running."""
        return self._inside

    def close(self, *, timeout_s: float) -> int:
        """Let no step begin any more and wait for those inside; gives how many did not end in time."""
        with self._lock:
            self._closed = True
        until = monotonic() + timeout_s
        while self._inside and monotonic() < until:
            sleep(0.02)
        return self._inside
