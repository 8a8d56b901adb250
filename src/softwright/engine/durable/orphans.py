"""Runs that the record holds to be run here, and are not: how they ended could not be written down.

What the library cannot record, and does not try again (a server that only reads for a while, a full disk),
ends the execution of a run and leaves its row as it was. Its executor lives, so no other takes it over: the
executor itself puts such runs back into their queues.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable
from time import monotonic

from sqlalchemy.exc import SQLAlchemyError

from softwright.core import OutsideFault
from softwright.engine.durable.outage import OUTAGE
from softwright.engine.durable.rows import RunRows

log = logging.getLogger(__name__)

_LOOK_S = 5.0


class Orphans:
    """Finds them. `begun` and `ended` tell of every execution in this process; any thread may tell it.

    A run must be missing here for `after_s` seconds: one that was just taken from its queue has not begun
    yet, and of one that just ended the end is still being written down.
    """

    def __init__(
        self,
        rows: RunRows,
        executor: str,
        give_back: Callable[[str], object],
        *,
        after_s: float,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._rows = rows
        self._executor = executor
        self._give_back = give_back
        self._look_s = min(_LOOK_S, after_s / 2)
        self._after_s = after_s
        self._clock = clock
        self._lock = threading.Lock()
        self._here: Counter[str] = Counter()
        self._missing: dict[str, float] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="orphans", daemon=True)

    def begun(self, run: str) -> None:
        """The run's function begins here."""
        with self._lock:
            self._here[run] += 1

    def ended(self, run: str) -> None:
        """It is over here, however it ended."""
        with self._lock:
            self._here[run] -= 1
            if self._here[run] <= 0:
                del self._here[run]

    def start(self) -> None:
        """Look from now on, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(self._look_s)

    def look(self) -> list[str]:
        """Put back what has been missing for long; gives their ids."""
        held = self._rows.held_by_one(self._executor)
        now = self._clock()
        with self._lock:
            missing = held - self._here.keys()
        self._missing = {run: self._missing.get(run, now) for run in missing}
        lost = [run for run, since in self._missing.items() if now - since >= self._after_s]
        for run in lost:
            self._give_back(run)
            del self._missing[run]
            log.warning("run %s ended here, and that could not be recorded: it is begun again", run)
        return lost

    def _watch(self) -> None:
        while not self._over.wait(self._look_s):
            try:
                self.look()
            except (OutsideFault, SQLAlchemyError) as error:
                OUTAGE.met(error)
            except Exception:
                log.exception("looking for lost runs failed, it is tried again")
