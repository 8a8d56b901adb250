"""Asking a database that may be away for a moment."""

from collections.abc import Callable
from time import monotonic, sleep
from typing import TypeVar

from softwright.core import OutsideFault

Answer = TypeVar("Answer")

_PAUSE_S = 0.5

AWAY = "the database does not answer: waiting for it"


def patiently(
    ask: Callable[[], Answer], *, within_s: float, told: Callable[[], object] = lambda: None
) -> Answer:
    """What `ask` gives, asked again after a fault from outside; `told` is called each time.

    Raises the last OutsideFault when there is no answer for so many seconds.
    """
    until = monotonic() + within_s
    while True:
        try:
            return ask()
        except OutsideFault:
            if monotonic() > until:
                raise
        told()
        sleep(_PAUSE_S)
