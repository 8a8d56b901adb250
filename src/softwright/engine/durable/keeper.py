"""Keeping one's lease and looking after the dead, in threads beside the executor.

A process that finds itself declared dead, or cannot reach the database for most of its time to live, ends at
once, so that no run is in two hands.
"""

import contextlib
import logging
import os
import threading
from collections.abc import Callable, Collection
from time import monotonic

from dbos import DBOS
from sqlalchemy.exc import SQLAlchemyError

from softwright.core import OutsideFault
from softwright.engine.durable.leases import TTL_S, Leases
from softwright.engine.durable.outage import OUTAGE

log = logging.getLogger(__name__)

DECLARED_DEAD = 70
"""Exit code of a process that found its lease taken away."""

CUT_OFF = 71
"""Exit code of a process that could not reach the database for too long."""

_BEATS = 4  # per time to live
_LOOKS = 20  # at the lease's age, per time to live
_PATIENCE = 0.8  # of the time to live, before a process that is cut off ends itself


class LeaseKeeper:
    """Keeps this process's lease and looks after the dead ones. A third thread watches over the first two.

    `lost` is called with an exit code when the lease is lost, and must end the process without delay;
    `drained` when somebody asked this executor to go.
    """

    def __init__(
        self,
        leases: Leases,
        identity: str,
        *,
        version: str,
        queues: Collection[str],
        ttl_s: float = TTL_S,
        lost: Callable[[int], object] = os._exit,
        drained: Callable[[], object] = lambda: None,
        migrate: bool = True,
    ) -> None:
        self._leases = leases
        self._identity = identity
        self._version = version
        self._queues = queues
        self._ttl_s = ttl_s
        self._lost = lost
        self._drained = drained
        self._migrate = migrate
        self._stop = threading.Event()
        self._over = threading.Event()
        self._seen = monotonic()
        self._threads: list[threading.Thread] = []

    def begin(self) -> None:
        """Take the lease. Before the executor is launched: no run may be in the hands of one who has none."""
        if self._migrate:
            self._leases.prepare()
        elif not self._leases.ready():
            raise OutsideFault(
                "there is no table of leases", hint="bring it up to date with `softwright migrate`"
            )
        self._leases.take(self._identity, version=self._version, queues=self._queues, ttl_s=self._ttl_s)
        self._seen = monotonic()
        self._start(self._beat_on, "lease")
        # Not among those that are waited for: it watches until the lease has been given back.
        threading.Thread(target=self._watch_on, name="lease-watch", daemon=True).start()

    def watch(self) -> None:
        """Begin to adopt. After the executor is launched."""
        self._start(self._adopt_on, "adoption")

    def _start(self, target: Callable[[], None], name: str) -> None:
        thread = threading.Thread(target=target, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    @property
    def age_s(self) -> float:
        """Seconds since the last beat that arrived was sent."""
        return monotonic() - self._seen

    def still_ours(self) -> None:
        """End the process if it was frozen or cut off for too long: others may have its runs."""
        if monotonic() - self._seen > self._ttl_s * _PATIENCE and not self._over.is_set():
            self._fence(CUT_OFF, "the database could not be reached for most of the lease")

    def _beat_on(self) -> None:
        while not self._stop.wait(self._ttl_s / _BEATS):
            sent = monotonic()
            try:
                state = self._leases.beat(self._identity)
            except SQLAlchemyError as error:
                OUTAGE.met(error)
                self.still_ours()
                continue
            OUTAGE.over()
            if state is None:
                self._fence(DECLARED_DEAD, "the lease was taken away")
            if state == "draining":
                self._drained()
            self._seen = sent  # when it was sent: the answer may have waited in a frozen process

    def _watch_on(self) -> None:
        """Whatever the beat waits for, a frozen server or a network that swallows all, it is judged."""
        while not self._over.wait(self._ttl_s / _LOOKS):
            self.still_ours()

    def _fence(self, code: int, why: str) -> None:
        log.critical("lease lost, ending: %s", why)
        for handler in logging.getLogger().handlers:
            with contextlib.suppress(Exception):
                handler.flush()
        self._lost(code)

    def _adopt_on(self) -> None:
        while True:  # at once: a worker may begin because others ended
            try:
                for identity in self._leases.adopt(take_up):
                    log.info("adopted the runs of %s", identity)
            except (SQLAlchemyError, OutsideFault) as error:
                OUTAGE.met(error)
            if self._stop.wait(self._ttl_s / _BEATS):
                return

    def end(self, *, release: bool = True) -> None:
        """Let go of the lease, so that others take over at once; without `release` when it runs out."""
        self._stop.set()
        for thread in self._threads:
            thread.join(self._ttl_s)
        with contextlib.suppress(OutsideFault):
            if release:
                self._leases.release(self._identity)
        self._over.set()


def take_up(identity: str) -> None:
    """Queue the running runs of a dead executor again, those of this process's version of the code.

    Twice does no harm: a run that a live executor took meanwhile is left with it. Keeps queue and partition.
    """
    DBOS._recover_pending_workflows([identity])
