"""Opening the fact store when another process may hold it for a moment."""

import time
from collections.abc import Callable
from pathlib import Path

from softwright.facts.store import FactStore, StoreInUse

WAIT_S = 5.0
"""How long to wait: a query is over sooner as a rule, an indexing of a whole fleet is not."""

_LOOK_S = 0.1

OnWait = Callable[[str], None]
"""Is told once who holds the store."""


def open_when_free(
    path: Path, *, wait_s: float = WAIT_S, on_wait: OnWait = lambda message: None
) -> FactStore:
    """The store for writing; while another process holds it, it is asked for again during `wait_s` seconds.

    Raises StoreInUse naming the holder when it is not free by then, and OutsideFault as `FactStore.open`.
    """
    until = time.monotonic() + wait_s
    told = False
    while True:
        try:
            return FactStore.open(path)
        except StoreInUse as fault:
            if time.monotonic() >= until:
                raise
            if not told:
                on_wait(f"{fault.message}; waiting up to {wait_s:.0f} s for it")
                told = True
        time.sleep(_LOOK_S)
