"""Workers: processes that run runs, any number on PostgreSQL, one on a home of files."""

import logging
import os
import signal
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from types import FrameType, TracebackType
from typing import NoReturn

from softwright.app.metrics import Here, Looked, WorkerMetrics
from softwright.app.wiring import House
from softwright.campaigns.runs.outside import declared_kinds
from softwright.campaigns.runs.station import Station
from softwright.core import InvalidInput, nearest
from softwright.engine import JsonLines, PlainLines
from softwright.engine.durable import (
    LOCAL,
    LOCK,
    VERSION,
    DurableEngine,
    EngineDatabase,
    Leases,
    StoreOfRuns,
    holder,
)

log = logging.getLogger("softwright.worker")

_LOOK_S = 0.2
_ALIVE = ("live", "draining")


@dataclass(frozen=True, slots=True)
class WorkerWish:
    """How a worker is to be: it serves `queues` (all when empty) with `jobs` processes (None: the setting).

    It ends when it is asked to, and gives steps that are running `grace_s` seconds. No metrics with port 0.
    """

    queues: tuple[str, ...] = ()
    jobs: int | None = None
    grace_s: float = 30.0
    metrics_port: int = 0
    metrics_address: str = "127.0.0.1"
    migrate: bool = True
    allow_unsandboxed: bool = False


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """A worker: `silent_s` since it last beat, `runs` that it holds. Of the one of a folder less is known."""

    id: str
    state: str
    host: str
    pid: int
    version: str
    queues: tuple[str, ...]
    runs: int
    silent_s: float | None
    began: datetime | None


def set_up_logging(*, as_json: bool, level: str = "info") -> None:
    """Log lines on stderr: ours from `level` on, those of libraries only when something is wrong."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if as_json else PlainLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("softwright").setLevel(level.upper())


def work(house: House, wish: WorkerWish) -> int:
    """Run runs until SIGTERM, SIGINT or `worker drain`; gives how many steps were cut off.

    Must be called in the main thread, before this process starts threads. A second signal ends the process
    at once. Raises InvalidInput for a queue that is none, OutsideFault when the home has an executor already.
    """
    _check_queues(wish.queues)
    metrics = WorkerMetrics() if wish.metrics_port else None
    with _Leaving() as leaving:
        station = Station(
            house,
            size=wish.jobs or house.settings.workers,
            listen=wish.queues or None,
            watcher=metrics,
            migrate=wish.migrate,
            allow_unsandboxed=wish.allow_unsandboxed,
        )
        with station:
            if metrics is not None:
                _serve(house, station, metrics, wish)
            _introduce(house, station, wish)
            while not leaving.asked and not station.worker.wait(_LOOK_S):
                pass
            log.info("draining", extra={"steps": station.worker.busy, "grace_s": wish.grace_s})
            left = station.close(timeout_s=wish.grace_s)
    if left:
        log.warning("ended; others take up the steps that were cut off", extra={"steps": left})
    else:
        log.info("ended")
    return left


def leave() -> NoReturn:
    """End this process now: others have what it was at, so nothing in it may go on for a moment more."""
    logging.shutdown()
    sys.stdout.flush()
    os._exit(0)


def list_workers(house: House) -> tuple[WorkerRow, ...]:
    """Workers, the newest first; those dead for long are forgotten by `gc`."""
    database = EngineDatabase(house.engine_url)
    try:
        if database.is_sqlite:
            return _lone_worker(house, database)
        held = _held(database)
        return tuple(
            WorkerRow(
                lease.id,
                lease.state,
                lease.host,
                lease.pid,
                lease.version,
                lease.queues,
                held.get(lease.id, 0),
                lease.silent_s,
                lease.began,
            )
            for lease in Leases(database).all()
        )
    finally:
        database.close()


def drain_workers(house: House, ids: Sequence[str], *, all_of_them: bool = False) -> list[str]:
    """Ask workers to end what they are at and go; gives those asked that were not asked before.

    Raises InvalidInput when there is no such worker, or when the home has no workers to be asked.
    """
    if bool(ids) == all_of_them:
        raise InvalidInput("name the workers to drain, or give --all", hint="`softwright worker list`")
    database = EngineDatabase(house.engine_url)
    try:
        if database.is_sqlite:
            said = holder(house.folder(".") / LOCK) or "none at present"
            raise InvalidInput(
                f"this home is a folder: it has one executor at most ({said})",
                hint="end it with Ctrl-C, or kill -TERM its pid",
            )
        leases = Leases(database)
        known = {lease.id: lease.state for lease in leases.all()}
        for name in ids:
            if name not in known:
                alive = [one for one, state in known.items() if state in _ALIVE]
                near = nearest(name, alive) if alive else "none is at work"
                raise InvalidInput(f"there is no worker `{name}`; {near}")
            if known[name] not in _ALIVE:
                raise InvalidInput(
                    f"worker `{name}` is {known[name]}", hint="its runs are taken up by whoever is at work"
                )
        return leases.drain(None if all_of_them else ids) if known else []
    finally:
        database.close()


def migrate(house: House, *, artefacts: bool = False) -> list[str]:
    """Make or bring up to date every table; gives what there is now. Safe to run at any time, anywhere.

    With `artefacts` the runs of the database are kept with the artefact store of this home from now on.
    """
    database = EngineDatabase(house.engine_url)
    if artefacts and database.is_sqlite:
        raise InvalidInput(
            "this home is a folder: no other machine has to find its artefact store",
            hint="run `softwright migrate` without --artefacts",
        )
    house.ledger.close()
    try:
        database.prepare()
        done = ["the ledger", "the record of runs"]
        if not database.is_sqlite:
            Leases(database).prepare()
            done.append("leases")
            StoreOfRuns(database).prepare()
            if artefacts:
                StoreOfRuns(database).replace(house.artefacts)
                done.append(f"the artefact store is {house.artefacts.where}")
        return done
    finally:
        database.close()


class _Leaving:
    """While entered, a signal sets `asked`, and a second one ends the process."""

    def __init__(self) -> None:
        self.asked = False

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            os._exit(128 + number)
        self.asked = True

    def __enter__(self) -> "_Leaving":
        self._before = {n: signal.signal(n, self._on_signal) for n in (signal.SIGTERM, signal.SIGINT)}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)


def _check_queues(queues: Sequence[str]) -> None:
    known = declared_kinds().queues
    for queue in queues:
        if queue not in known:
            raise InvalidInput(f"there is no queue `{queue}`; {nearest(queue, known)}")


def _introduce(house: House, station: Station, wish: WorkerWish) -> None:
    worker = station.worker
    what = f"the one executor of {house.settings.home}" if worker.is_alone else f"worker {worker.identity}"
    words: dict[str, object] = {"version": VERSION, "processes": station.crew[0]}
    words["queues"] = ",".join(wish.queues) or "all"
    if wish.metrics_port:
        words["metrics"] = f"http://{wish.metrics_address}:{wish.metrics_port}/metrics"
    log.info("%s is at work", what, extra=words)


def _serve(house: House, station: Station, metrics: WorkerMetrics, wish: WorkerWish) -> None:
    database = EngineDatabase(house.engine_url, pool=1)
    engine = DurableEngine(database, declared_kinds())
    worker = station.worker

    def here() -> Here:
        size, busy = station.crew
        return Here(worker.busy, size, busy, worker.lease_age_s)

    def look() -> Looked:
        states = ["live"] if database.is_sqlite else [str(lease.state) for lease in Leases(database).all()]
        return Looked(engine.tally(), Counter(states))

    metrics.watch(here, look)
    metrics.serve(wish.metrics_address, wish.metrics_port)


def _held(database: EngineDatabase) -> dict[str, int]:
    if not database.ready():
        return {}
    engine = DurableEngine(database, declared_kinds())
    try:
        return engine.held_by()
    finally:
        engine.close()


def _lone_worker(house: House, database: EngineDatabase) -> tuple[WorkerRow, ...]:
    said = holder(house.folder(".") / LOCK)
    if not said:
        return ()
    pid = said.removeprefix("pid ").partition(",")[0]
    number = int(pid) if pid.isdigit() else 0
    runs = _held(database).get(LOCAL, 0)
    return (WorkerRow(LOCAL, "live", os.uname().nodename, number, VERSION, (), runs, None, None),)
