"""The gate that every step of this process passes."""

import asyncio
import threading
from collections.abc import Callable


class StepGate:
    """Counts the steps that are running; shut, it lets no new one begin.

    `still_ours` is asked before each step: it ends the process when its lease ran out.
    """

    def __init__(self, still_ours: Callable[[], None] = lambda: None) -> None:
        self._still_ours = still_ours
        self._lock = threading.Lock()
        self._inside = 0
        self._between: set[str] = set()
        self._turned_away: list[str] = []
        self._shut = False

    async def enter(self, run: str) -> None:
        """Go in with a run's step; in a closing process, wait for its end."""
        self._still_ours()
        with self._lock:
            self._between.discard(run)
            if not self._shut:
                self._inside += 1
                return
            self._turned_away.append(run)
        await asyncio.Event().wait()

    def leave(self, run: str) -> None:
        """Go out: what the step gave is still to be written down."""
        with self._lock:
            self._inside -= 1
            self._between.add(run)

    def end(self, run: str) -> None:
        """The run has ended, or goes on to wait for something."""
        with self._lock:
            self._between.discard(run)

    @property
    def inside(self) -> int:
        """How many steps are running."""
        return self._inside

    @property
    def between(self) -> int:
        """How many runs have ended a step and not come to the next."""
        return len(self._between)

    def shut(self) -> None:
        """Let no step begin any more."""
        with self._lock:
            self._shut = True

    def turned_away(self) -> list[str]:
        """Runs that came to the shut gate since this was asked last."""
        with self._lock:
            found, self._turned_away = self._turned_away, []
        return found
