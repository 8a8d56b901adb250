"""A process that runs runs, with what keeps two processes from running the same one."""

import contextlib
import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Collection
from pathlib import Path
from types import TracebackType

from softwright.engine.artefacts import Artefacts
from softwright.engine.durable.alone import OnlyOne, is_held
from softwright.engine.durable.client import VERSION, DurableEngine
from softwright.engine.durable.database import EngineDatabase
from softwright.engine.durable.executor import LOCAL, Executor
from softwright.engine.durable.gate import StepGate
from softwright.engine.durable.keeper import LeaseKeeper
from softwright.engine.durable.leases import TTL_S, Leases
from softwright.engine.durable.store import StoreOfRuns
from softwright.engine.kind import Kinds
from softwright.engine.trying import cut_short
from softwright.engine.watcher import Watcher

log = logging.getLogger(__name__)

_PATIENCE_S = 10.0  # with steps that were cut off

LOCK = "engine.lock"


def attended(database: EngineDatabase, home: Path) -> bool:
    """True while some process runs runs: the one of an embedded home, or any with a lease."""
    if database.is_sqlite:
        return is_held(home / LOCK)
    return any(lease.state == "live" for lease in Leases(database).all())


class Worker:
    """Runs runs in this process until `close`.

    In SQLite it is the only one, kept so by the lock file in `home`. In PostgreSQL it is one of any number,
    on any number of machines, and holds a lease of `ttl_s` seconds. `lost` ends the process at once
    when that lease is lost, and `cut_off` whatever its steps wait for outside of it, when it closes before
    they have ended. With `artefacts` it makes sure that the others use the same store. Without `migrate`
    the tables must be there already.
    """

    def __init__(
        self,
        database: EngineDatabase,
        kinds: Kinds,
        *,
        home: Path,
        listen: Collection[str] | None = None,
        version: str = VERSION,
        ttl_s: float = TTL_S,
        lost: Callable[[int], object] = os._exit,
        cut_off: Callable[[], object] = lambda: None,
        watcher: Watcher | None = None,
        artefacts: Artefacts | None = None,
        migrate: bool = True,
    ) -> None:
        self._database = database
        self._cut_off = cut_off
        self._artefacts = artefacts
        self._migrate = migrate
        self._stack = contextlib.ExitStack()
        self._leave = threading.Event()
        self._closed = False
        self._keeper: LeaseKeeper | None = None
        self._lock: OnlyOne | None = None
        self.identity = LOCAL
        if database.is_sqlite:
            self._lock = OnlyOne(home / LOCK)
        else:
            self.identity = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
            self._keeper = LeaseKeeper(
                Leases(database),
                self.identity,
                version=version,
                queues=kinds.queues if listen is None else listen,
                ttl_s=ttl_s,
                lost=lost,
                drained=self._leave.set,
                migrate=migrate,
            )
        self.gate = StepGate(self._keeper.still_ours) if self._keeper else StepGate()
        self._executor = Executor(
            database,
            kinds,
            listen=listen,
            identity=self.identity,
            version=version,
            gate=self.gate,
            watcher=watcher,
            migrate=migrate,
        )

    @property
    def engine(self) -> DurableEngine:
        """The engine of the launched worker."""
        return self._executor.engine

    @property
    def is_alone(self) -> bool:
        """True when this is the one process that may run the runs of an embedded home."""
        return self._lock is not None

    @property
    def busy(self) -> int:
        """How many steps are running."""
        return self.gate.inside

    @property
    def lease_age_s(self) -> float:
        """Seconds since the database last heard of this worker; 0 where there are no leases."""
        return self._keeper.age_s if self._keeper else 0.0

    def launch(self) -> None:
        """Begin.

        Raises OutsideFault when another process runs the runs of an embedded home, InvalidInput when the
        runs of the database are kept with another artefact store.
        """
        try:
            if self._lock is not None:
                self._stack.enter_context(self._lock)
            self._check_store()
            if self._keeper is not None:
                self._keeper.begin()
            self._executor.launch()
        except BaseException:
            self._end()
            raise
        if self._keeper is not None:
            self._keeper.watch()

    def _check_store(self) -> None:
        if self._artefacts is not None and not self._database.is_sqlite:
            store = StoreOfRuns(self._database)
            if self._migrate:
                store.prepare()
            store.check(self._artefacts)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until somebody asks this worker to go; False when nobody did within `timeout_s`."""
        return self._leave.wait(timeout_s)

    def close(self, *, timeout_s: float = 0.0) -> int:
        """End: no step begins any more, those running are waited for; gives how many did not end in time.

        What is unfinished is taken over at once by another worker, or by the next in an embedded home. A
        second time nothing happens.
        """
        if self._closed:
            return 0
        self._closed = True
        left = self._executor.close(timeout_s=timeout_s)
        # Only now: what a step says when it is cut off must not be recorded as what it gave.
        ended = not left or cut_short(self._cut_off, patience_s=_PATIENCE_S)
        if not ended:
            log.critical("a step cannot be ended: its run is taken over when the lease runs out")
        self._end(release=ended)
        return left

    def _end(self, *, release: bool = True) -> None:
        if self._keeper is not None:
            self._keeper.end(release=release)
        self._stack.close()
        self._database.close()

    def __enter__(self) -> "Worker":
        self.launch()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
