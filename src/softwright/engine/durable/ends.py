"""Runs that end in this process: who waits for them hears of it, and asks the database less often."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


class EndsHere:
    """All on one event loop. What ends in another process is not heard of here."""

    def __init__(self) -> None:
        self._expected: dict[str, tuple[set[str], asyncio.Event]] = {}

    @contextmanager
    def expect(self, runs: Sequence[str]) -> Iterator[asyncio.Event]:
        """An event that is set when all of these have ended in this process."""
        left, all_ended = set(runs), asyncio.Event()
        for run in runs:
            self._expected[run] = (left, all_ended)
        try:
            yield all_ended
        finally:
            for run in runs:
                self._expected.pop(run, None)

    def ended(self, run: str) -> None:
        """A run's function has returned; that it ended may yet have to be written down."""
        left, all_ended = self._expected.get(run, (set(), None))
        left.discard(run)
        if all_ended is not None and not left:
            all_ended.set()
