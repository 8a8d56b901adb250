"""Workers that die, freeze, drain or lose the database: real processes on a real PostgreSQL."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url
from tests.crash.processes import family
from tests.engine import jobs

from softwright.core import OutsideFault
from softwright.engine import RunState, Start
from softwright.engine.durable import DurableEngine, EngineDatabase, Leases, Worker, attended
from softwright.engine.durable.keeper import CUT_OFF, DECLARED_DEAD
from softwright.testing import PostgresServer

TTL_S = 2.0
JOBS = 60


class Workers:
    """Worker processes on one database."""

    def __init__(self, url: str, home: Path, ttl_s: float = TTL_S) -> None:
        self.url = url
        self._home = home
        self._ttl_s = ttl_s
        self._all: list[subprocess.Popen[str]] = []

    def start(self, *, grace_s: float = 10) -> subprocess.Popen[str]:
        """A worker that has begun to work."""
        words = [self.url, str(self._home), str(self._ttl_s), str(grace_s)]
        command = [sys.executable, "-m", "tests.engine.jobs", *words]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, stderr=subprocess.DEVNULL)
        self._all.append(process)
        assert process.stdout is not None
        assert process.stdout.readline().strip(), "the worker did not begin"
        return process

    def end(self) -> None:
        """No process is left."""
        for process in self._all:
            if process.poll() is None:
                os.kill(process.pid, signal.SIGCONT)
                process.kill()
            process.wait()


@contextmanager
def workers_on(url: str, home: Path, ttl_s: float = TTL_S) -> Iterator[tuple[Workers, DurableEngine]]:
    """Workers, and the engine to give them work."""
    database = EngineDatabase(url)
    database.prepare()
    jobs.metadata.create_all(database.engine)
    engine = DurableEngine(database, jobs.KINDS)
    workers = Workers(url, home, ttl_s)
    try:
        yield workers, engine
    finally:
        workers.end()
        engine.close()
        database.close()


def give_jobs(engine: DurableEngine, url: str, count: int = JOBS) -> list[str]:
    """Jobs, waiting to be run."""
    engine.start_many([Start("job", f"job-{n}", url) for n in range(count)])
    return [f"job-{n}" for n in range(count)]


def until(true: Callable[[], object], *, within_s: float = 60.0) -> float:
    """Seconds until something is true."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < within_s, "it did not come true in time"
        time.sleep(0.05)
    return time.monotonic() - began


def effects(url: str) -> tuple[int, int, set[str]]:
    """How many effects the remote took, how many were tried, and by whom."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        taken = connection.execute(sa.select(sa.func.count()).select_from(jobs.remote)).scalar_one()
        rows = connection.execute(sa.select(jobs.tries.c.by)).scalars().all()
    engine.dispose()
    return taken, len(rows), set(rows)


def all_done(engine: DurableEngine, count: int = JOBS) -> Callable[[], bool]:
    """Whether every job is done."""
    return lambda: engine.counts(kinds=["job"]).get(RunState.DONE, 0) == count


def test_runs_of_a_killed_worker_are_taken_over_and_no_effect_is_done_twice(
    postgres: str, tmp_path: Path
) -> None:
    """Of three workers one is killed: its runs end in other hands, within two leases, every effect once."""
    with workers_on(postgres, tmp_path) as (workers, engine):
        first, _, _ = (workers.start() for _ in range(3))
        give_jobs(engine, postgres)
        until(lambda: effects(postgres)[0] > 20)
        first.kill()
        first.wait()
        until(lambda: not dead_hold(postgres), within_s=2 * TTL_S + 2)
        until(all_done(engine))
        taken, tried, by = effects(postgres)
        assert taken == JOBS * jobs.EFFECTS
        assert taken <= tried <= taken + 8  # at most the steps in flight at the kill
        assert len(by) == 3


def dead_hold(url: str) -> int:
    """Runs in the hands of executors that do not live."""
    database = EngineDatabase(url)
    dead = [lease.id for lease in Leases(database).all() if lease.silent_s > TTL_S or lease.state == "dead"]
    with database.read() as connection:
        runs = database.runs
        query = sa.select(sa.func.count()).where(runs.c.status == "PENDING", runs.c.executor_id.in_(dead))
        count = int(connection.execute(query).scalar_one())
    gone = {lease.state for lease in Leases(database).all()} - {"live", "adopted"}
    database.close()
    return count + len(gone)


def test_a_frozen_worker_that_wakes_does_nothing(postgres: str, tmp_path: Path) -> None:
    """Stopped for longer than its lease, a worker ends as soon as it goes on, without another effect."""
    with workers_on(postgres, tmp_path) as (workers, engine):
        zombie, _ = workers.start(), workers.start()
        give_jobs(engine, postgres)
        until(lambda: effects(postgres)[0] > 20)
        os.kill(zombie.pid, signal.SIGSTOP)
        until(all_done(engine))
        before = effects(postgres)
        os.kill(zombie.pid, signal.SIGCONT)
        assert zombie.wait(20) in (DECLARED_DEAD, CUT_OFF)
        # What it was in the middle of when it froze may end: it looks, and finds the effect there.
        assert effects(postgres)[0] == before[0] == JOBS * jobs.EFFECTS


def test_a_worker_that_drains_ends_what_it_is_at_and_leaves_the_rest(postgres: str, tmp_path: Path) -> None:
    """Asked to go, it ends with 0, no effect is tried twice, and another worker does what was left."""
    with workers_on(postgres, tmp_path) as (workers, engine):
        worker = workers.start()
        give_jobs(engine, postgres)
        until(lambda: effects(postgres)[0] > 10)
        assert len(Leases(engine._database).drain()) == 1
        assert worker.wait(20) == 0
        assert not all_done(engine)()
        workers.start()
        until(all_done(engine))
        taken, tried, _ = effects(postgres)
        assert taken == tried == JOBS * jobs.EFFECTS


def test_a_worker_that_drains_takes_nothing_new_and_hands_on_what_waits(
    postgres: str, tmp_path: Path
) -> None:
    """While a step of it goes on, another worker does what comes, and has the runs that only wait."""
    with workers_on(postgres, tmp_path) as (workers, engine):
        leaving = workers.start(grace_s=600)
        engine.start_many([Start("slow", "slow", str(tmp_path)), Start("gate", "gate", None)])
        until((tmp_path / "begun").exists)
        until(lambda: [step.name for step in engine.steps("gate")] == ["wait"])
        [asked] = Leases(engine._database).drain()
        give_jobs(engine, postgres, 30)
        workers.start()
        until(all_done(engine, 30))
        engine.signal("gate", "approval", "yes")
        assert engine.ending("gate", timeout_s=60).result == "yes"
        assert leaving.poll() is None
        (tmp_path / "go").touch()
        assert leaving.wait(60) == 0
        assert engine.ending("slow", timeout_s=60).result == asked
        taken, tried, _ = effects(postgres)
        assert taken == tried == 30 * jobs.EFFECTS


def test_a_step_that_is_cut_off_has_ended_before_others_have_its_run(postgres: str, tmp_path: Path) -> None:
    """What it gave in the end is not recorded; it is done again by another worker."""
    with workers_on(postgres, tmp_path) as (workers, engine):
        worker = workers.start(grace_s=0.2)
        engine.start(Start("slow", "slow", str(tmp_path)))
        until((tmp_path / "begun").exists)
        [asked] = Leases(engine._database).drain()
        assert worker.wait(60) == 0
        assert (tmp_path / "cut").read_text() == "draining"
        assert engine.steps("slow") == []
        workers.start()
        assert engine.ending("slow", timeout_s=60).result not in ("", asked)


def test_a_step_that_cannot_be_ended_does_not_keep_its_process(postgres: str, tmp_path: Path) -> None:
    """The lease is not given back then: nobody has the run before it runs out."""
    (tmp_path / "deaf").mkdir()
    with workers_on(postgres, tmp_path) as (workers, engine):
        worker = workers.start(grace_s=0.2)
        engine.start(Start("slow", "slow", str(tmp_path / "deaf")))
        until((tmp_path / "deaf" / "begun").exists)
        leases = Leases(engine._database)
        [asked] = leases.drain()
        assert worker.wait(60) == 0
        with engine._database.read() as connection:
            states = connection.execute(sa.text("SELECT state FROM softwright_engine.leases")).scalars().all()
        assert states == ["draining"]
        (tmp_path / "deaf" / "go").touch()
        workers.start()
        assert engine.ending("slow", timeout_s=60).result not in ("", asked)


def test_runs_of_an_executor_without_lease_are_adopted(postgres: str, tmp_path: Path) -> None:
    """A row held by nobody that is known, as an older program may leave it, is taken over too."""
    with workers_on(postgres, tmp_path) as (workers, engine):
        give_jobs(engine, postgres, 1)
        with engine._database.write() as connection:
            connection.execute(
                sa.update(engine._database.runs).values(status="PENDING", executor_id="nobody")
            )
        workers.start()
        until(all_done(engine, 1))


def test_an_adopter_that_dies_leaves_the_dead_to_the_next(postgres: str, tmp_path: Path) -> None:
    """An error in the middle of an adoption leaves the lease declared dead, and the next one takes it."""
    database = EngineDatabase(postgres)
    database.prepare()
    leases = Leases(database)
    leases.prepare()
    leases.take("gone", version="1", queues=["jobs"], ttl_s=0.01)
    time.sleep(0.05)

    def dies(identity: str) -> None:
        raise KeyboardInterrupt(identity)

    with pytest.raises(KeyboardInterrupt):
        leases.adopt(dies)
    taken: list[str] = []
    assert leases.adopt(taken.append) == taken == ["gone"]
    assert leases.adopt(taken.append) == []
    assert [lease.state for lease in leases.all()] == ["adopted"]
    assert leases.forget(older_than_s=0) == 1
    database.close()


def test_a_lease_that_ran_out_is_a_dead_one_although_nobody_is_left_to_say_so(postgres: str) -> None:
    """It is shown as dead, nobody counts on it, it cannot be asked to go, and it does not come back."""
    database = EngineDatabase(postgres)
    database.prepare()
    leases = Leases(database)
    leases.prepare()
    leases.take("gone", version="1", queues=["jobs"], ttl_s=0.01)
    leases.take("here", version="2", queues=["jobs"], ttl_s=600)
    time.sleep(0.05)
    assert {lease.id: lease.state for lease in leases.all()} == {"gone": "dead", "here": "live"}
    assert attended(database, Path())
    assert leases.drain() == ["here"]
    assert leases.beat("gone") is None
    assert leases.beat("here") == "draining"
    assert not attended(database, Path())
    database.close()


def test_two_adopters_never_take_the_same(postgres: str, tmp_path: Path) -> None:
    """While one adopts, the row is locked, and another passes it by."""
    database, other = EngineDatabase(postgres), EngineDatabase(postgres)
    database.prepare()
    Leases(database).prepare()
    Leases(database).take("gone", version="1", queues=[], ttl_s=0.01)
    time.sleep(0.05)
    inner: list[str] = []
    outer: list[str] = []

    def while_held(identity: str) -> None:
        outer.append(identity)
        with other.engine.connect() as connection:  # the second adopter's own look, past the declaration
            query = sa.text(
                "SELECT id FROM softwright_engine.leases WHERE state = 'dead' FOR UPDATE SKIP LOCKED"
            )
            inner.extend(connection.execute(query).scalars())

    Leases(database).adopt(while_held)
    assert (outer, inner) == (["gone"], [])
    database.close()
    other.close()


def test_the_database_may_crash_and_come_back(tmp_path: Path) -> None:
    """Workers ride out an outage shorter than their lease, or end and are started again; nothing is lost."""
    with PostgresServer() as server:
        url = server.fresh_database()
        with workers_on(url, tmp_path, ttl_s=6.0) as (workers, engine):
            processes = [workers.start(), workers.start()]
            give_jobs(engine, url)
            until(lambda: effects(url)[0] > 20)
            server.stop(immediate=True)
            time.sleep(1.5)
            server.start()

            def done_by_somebody() -> bool:
                ended = [process for process in processes if process.poll() is not None]
                for process in ended:
                    assert process.returncode in (DECLARED_DEAD, CUT_OFF)
                    processes[processes.index(process)] = workers.start()
                return engine_says(all_done(engine))

            until(done_by_somebody)
            assert effects(url)[0] == JOBS * jobs.EFFECTS


def engine_says(question: Callable[[], bool]) -> bool:
    """The answer, False while the database does not answer."""
    try:
        return question()
    except OutsideFault:
        return False


def test_a_worker_cut_off_from_its_database_ends(tmp_path: Path) -> None:
    """Before its lease runs out, so that nobody else holds its runs while it does."""
    with PostgresServer() as server, workers_on(server.fresh_database(), tmp_path) as (workers, _engine):
        worker = workers.start()
        server.stop(immediate=True)
        assert worker.wait(TTL_S * 3) == CUT_OFF
        server.start()


def test_a_worker_whose_database_freezes_ends(tmp_path: Path) -> None:
    """A question that is never answered is no sign of life either: nobody has to come back for it to end."""
    with PostgresServer() as server, workers_on(server.fresh_database(), tmp_path) as (workers, _engine):
        worker = workers.start()
        assert server._process is not None
        frozen = family(server._process.pid)
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
        try:
            assert worker.wait(60) == CUT_OFF
        finally:
            for pid in frozen:
                os.kill(pid, signal.SIGCONT)


def test_every_connection_gives_up_on_a_server_that_went_away(postgres: str) -> None:
    """Ours and the library's are told how long to wait for it; what the URL says itself counts more."""
    ours, theirs = EngineDatabase(postgres, answer_s=7.0), EngineDatabase(f"{postgres}?tcp_user_timeout=99")
    with ours.read() as connection:
        told = connection.connection.dbapi_connection.info.get_parameters()
    assert (told["tcp_user_timeout"], told["connect_timeout"]) == ("7000", "7")
    assert make_url(ours.library_url).query["tcp_user_timeout"] == "7000"
    assert make_url(theirs.library_url).query["tcp_user_timeout"] == "99"
    for database in (ours, theirs):
        database.close()


def test_a_second_worker_of_an_embedded_home_is_told_so(tmp_path: Path) -> None:
    """It names the process that holds the home, and a killed holder frees it."""
    url = f"sqlite:///{tmp_path / 'engine.db'}"
    with workers_on(url, tmp_path) as (workers, engine):
        first = workers.start()
        with pytest.raises(
            OutsideFault, match=f"another process is running the runs of this home: pid {first.pid}"
        ):
            Worker(EngineDatabase(url), jobs.KINDS, home=tmp_path).launch()
        give_jobs(engine, url, 5)
        until(lambda: effects(url)[0] > 3)
        first.kill()
        first.wait()
        workers.start()
        until(all_done(engine, 5))
        assert effects(url)[0] == 5 * jobs.EFFECTS
