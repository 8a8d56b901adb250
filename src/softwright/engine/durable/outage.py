"""Telling that the database does not answer: in one line for all who find it so."""

import logging
import threading
from collections.abc import Callable
from time import monotonic

from softwright.core import SoftwrightError

log = logging.getLogger(__name__)

_AGAIN_S = 30.0


class Outage:
    """What this process knows of the database's absence. Any thread may tell it.

    A line is written when it begins, every half minute while it lasts, and when it is over.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._began: float | None = None
        self._told = 0.0

    def met(self, error: Exception) -> None:
        """The database did not answer."""
        with self._lock:
            now = self._clock()
            if self._began is None:
                self._began = now
            elif now - self._told < _AGAIN_S:
                return
            self._told = now
        log.warning("the database does not answer, waiting for it: %s", _first_line(error))

    def over(self) -> None:
        """The database answered."""
        with self._lock:
            began, self._began = self._began, None
        if began is not None:
            log.warning("the database answers again", extra={"seconds": round(self._clock() - began, 1)})


def _first_line(error: Exception) -> str:
    """What the server or its driver said, without the library's words around it."""
    said = error.message if isinstance(error, SoftwrightError) else str(getattr(error, "orig", None) or error)
    return next(iter(said.strip().splitlines()), type(error).__name__)


OUTAGE = Outage()
"""That of this process's database."""
