"""A process that runs runs."""

import logging
from collections.abc import Awaitable, Collection
from functools import partial
from time import monotonic
from types import TracebackType
from typing import Any

from dbos import DBOS, DBOSConfig
from dbos._error import DBOSInitializationError

from softwright.core import InvalidInput, OutsideFault, SoftwrightError, nearest
from softwright.engine.durable.client import VERSION, DurableEngine
from softwright.engine.durable.database import IDLE_S, EngineDatabase
from softwright.engine.durable.drain import drain, put_back
from softwright.engine.durable.ends import EndsHere
from softwright.engine.durable.gate import StepGate
from softwright.engine.durable.notices import look_together
from softwright.engine.durable.orphans import Orphans
from softwright.engine.durable.prompt import Prompt
from softwright.engine.durable.rows import RunRows
from softwright.engine.durable.serializer import PayloadSerializer
from softwright.engine.durable.waiting import WaitingRoom
from softwright.engine.durable.work import DurableWork
from softwright.engine.kind import Kind, Kinds
from softwright.engine.log import bound
from softwright.engine.run import RunState
from softwright.engine.watcher import Unwatched, Watcher

log = logging.getLogger(__name__)

LOCAL = "local"
"""The identity of the one executor of an embedded database: at its start it takes up what it left behind."""

_NOTICE_S = 0.1
_POOL = 8
_THREADS = 8
_THREADS_OF_A_FILE = 4
"""Threads that write the record of runs. More only get in each other's way: they share one interpreter, and
in a file one writer at a time. Whatever may take long, such as a step, has threads elsewhere."""


class Executor:
    """Takes runs from queues and runs them in this process, on one event loop; at most one a process.

    `identity` names this executor. In an embedded database it is always `LOCAL`; on PostgreSQL it must be
    new with every start of a process, and a `Lease` must watch over it: runs of an executor that died are
    otherwise taken up by nobody. `schedules_poll_s` is how soon a changed schedule is noticed, `lost_after_s`
    when a run that ended here without a record of it is begun again.
    """

    def __init__(
        self,
        database: EngineDatabase,
        kinds: Kinds,
        *,
        listen: Collection[str] | None = None,
        identity: str = LOCAL,
        version: str = VERSION,
        gate: StepGate | None = None,
        watcher: Watcher | None = None,
        migrate: bool = True,
        schedules_poll_s: float = 5.0,
        lost_after_s: float = 20.0,
    ) -> None:
        self._database = database
        self._kinds = kinds
        self._identity = identity
        self._version = version
        self._gate = gate or StepGate()
        self._watcher = watcher or Unwatched()
        self._migrate = migrate
        self._schedules_poll_s = schedules_poll_s
        self._lost_after_s = lost_after_s
        self._listen = sorted(kinds.queues if listen is None else listen)
        for name in self._listen:
            if name not in kinds.queues:
                raise InvalidInput(f"there is no queue `{name}`; {nearest(name, kinds.queues)}")

    def launch(self) -> None:
        """Begin. What this identity left behind, if anything, is taken up first."""
        if self._migrate:
            self._database.prepare()
        elif not self._database.ready():
            raise _unprepared("the record of runs has no tables")
        self._prompt = Prompt()
        self._engine = DurableEngine(
            self._database, self._kinds, version=self._version, started=self._prompt.wake
        )
        self._rows = RunRows(self._database)
        self._room = WaitingRoom(self._rows, self._identity)
        self._ends = EndsHere()
        self._orphans = Orphans(
            self._rows,
            self._identity,
            lambda run: put_back(run, self._identity),
            after_s=self._lost_after_s,
        )
        self._engine.declare_queues()  # before launch: queues seen only later are first polled a second later
        _silence_library()
        DBOS(config=self._config())
        for kind in self._kinds:
            self._register(kind)
        DBOS.listen_queues(self._listen)
        self._prompt.install()
        try:
            with self._database.explained():
                DBOS.launch()
        except DBOSInitializationError as error:  # it was told not to migrate, and the tables are old
            self._engine.close()
            DBOS.destroy(workflow_completion_timeout_sec=0, destroy_registry=True)
            raise _unprepared(f"the record of runs is that of an older version: {error}") from error
        self._orphans.start()

    @property
    def engine(self) -> DurableEngine:
        """The engine on the same database, once launched."""
        return self._engine

    def _config(self) -> DBOSConfig:
        config = DBOSConfig(
            name="softwright",
            application_version=self._version,
            executor_id=self._identity,
            serializer=PayloadSerializer(),
            run_migrations=False,
            log_level="CRITICAL",
            notification_listener_polling_interval_sec=_NOTICE_S,
            scheduler_polling_interval_sec=self._schedules_poll_s,
        )
        if self._database.is_sqlite:
            look_together()
            config["system_database_engine"] = self._database.engine
            config["max_executor_threads"] = _THREADS_OF_A_FILE
        else:
            config["system_database_url"] = self._database.library_url
            config["sys_db_pool_size"] = _POOL
            config["max_executor_threads"] = _THREADS
            config["sys_db_idle_transaction_timeout_sec"] = IDLE_S
        return config

    def _register(self, kind: Kind) -> None:
        async def run(*given: Any) -> object:  # the arguments; before them the moment, when scheduled
            name, args = str(DBOS.workflow_id), given[-1]
            with bound(run=name):
                self._orphans.begun(name)
                self._room.begin(name)
                told = partial(self._watcher.step_ended, kind.name)
                work = DurableWork(
                    name,
                    self._engine,
                    self._rows,
                    gate=self._gate,
                    room=self._room,
                    ends=self._ends,
                    told=told,
                )
                try:
                    return await self._watched(kind.name, kind.function(work, args))
                finally:
                    self._orphans.ended(name)
                    self._ends.ended(name)
                    self._gate.end(name)

        DBOS.workflow(name=kind.name, max_recovery_attempts=kind.attempts)(run)

    async def _watched(self, kind: str, run: Awaitable[object]) -> object:
        began = monotonic()
        state = RunState.FAILED
        try:
            result = await run
            state = RunState.DONE
        except SoftwrightError as error:
            log.warning("run failed: %s", error.message)
            raise
        except Exception:
            log.exception("run failed")
            raise
        except BaseException:  # cancelled, or taken over by another worker: it has not ended here
            state = RunState.CANCELLED
            raise
        else:
            log.info("run done", extra={"kind": kind, "seconds": round(monotonic() - began, 3)})
            return result
        finally:
            if state is not RunState.CANCELLED:
                self._watcher.run_ended(kind, state, monotonic() - began)

    def close(self, *, timeout_s: float = 0.0) -> int:
        """Stop: no step begins any more, those running are waited for; gives how many did not end in time.

        No run is taken from a queue any more, and on PostgreSQL those that only wait are put back, so that
        others have them meanwhile. What was not finished stays recorded and is taken up by the next executor.
        """
        self._prompt.end()
        self._orphans.stop()
        alone = self._identity == LOCAL
        give_back = None if alone else lambda run: put_back(run, self._identity)
        left = drain(self._gate, self._room, give_back, timeout_s=timeout_s)
        DBOS.destroy(workflow_completion_timeout_sec=0, destroy_registry=True)
        self._engine.close()
        return left

    def __enter__(self) -> "Executor":
        self.launch()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _unprepared(what: str) -> OutsideFault:
    return OutsideFault(what, hint="bring it up to date with `softwright migrate`")


def _silence_library() -> None:
    """Take the library's log handler away: we tell what matters, and its stream may be closed by now."""
    library = logging.getLogger("dbos")
    for handler in list(library.handlers):
        library.removeHandler(handler)
