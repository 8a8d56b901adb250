"""A clock that goes only when told."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 1, tzinfo=UTC)


class FakeClock:
    """A `core.Clock` that stands still until `advance` moves it."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._elapsed = 0.0

    def now(self) -> datetime:
        """The moment it was moved to."""
        return self._now

    def monotonic(self) -> float:
        """Seconds it was moved by so far."""
        return self._elapsed

    def advance(self, seconds: float) -> None:
        """Move on by `seconds`; raises ValueError for a negative number."""
        if seconds < 0:
            raise ValueError(f"time does not go back: {seconds} seconds")
        self._now += timedelta(seconds=seconds)
        self._elapsed += seconds
