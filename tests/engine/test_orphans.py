"""Runs whose end could not be recorded are not lost in the worker that held them."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.engine import make_url

from softwright.engine import Kind, Kinds, Queue, RunState, Start, Work
from softwright.engine.durable import DurableEngine, EngineDatabase, Executor

_LONG_S = 60.0


class Job:
    """A run with a step that waits until it may go on."""

    def __init__(self) -> None:
        self.begun, self.go_on, self.times = threading.Event(), threading.Event(), 0
        self.kinds = Kinds([Queue("jobs", per_worker=4, poll_s=0.1)], [Kind("job", "jobs", self.run)])

    async def run(self, work: Work, args: object) -> str:
        """Its one step."""
        del args
        return await work.step("do", self.do)

    def do(self) -> str:
        """Begun, and done when told."""
        self.times += 1
        self.begun.set()
        assert self.go_on.wait(_LONG_S)
        return "done"


@contextmanager
def reading_only(url: str) -> Iterator[None]:
    """The server takes nothing for a while, as one does that is being replaced; all connections break."""
    at = make_url(url).set(drivername="postgresql")
    with psycopg.connect(at.render_as_string(hide_password=False), autocommit=True) as admin:
        others = "FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
        end = f"SELECT pg_terminate_backend(pid) {others}"
        admin.execute(f'ALTER DATABASE "{at.database}" SET default_transaction_read_only = on')
        admin.execute(end, [at.database])
        yield
        admin.execute(f'ALTER DATABASE "{at.database}" SET default_transaction_read_only = off')
        admin.execute(end, [at.database])


def test_a_run_whose_end_is_not_recorded_is_begun_again(postgres: str) -> None:
    """The step ends while the server only reads: nothing can be written down, and nobody else may take it."""
    job = Job()
    database = EngineDatabase(postgres)
    database.prepare()
    engine = DurableEngine(database, job.kinds)
    with Executor(database, job.kinds, identity="worker-1", lost_after_s=1.0):
        engine.start(Start("job", "job/1", None))
        assert job.begun.wait(_LONG_S)
        with reading_only(postgres):
            job.go_on.set()
            time.sleep(3)
        until = time.monotonic() + _LONG_S
        while (info := engine.info("job/1")) is None or not info.state.ended:
            assert time.monotonic() < until, "it is lost"
            time.sleep(0.2)
    assert (info.state, engine.ending("job/1").result) == (RunState.DONE, "done")
    assert job.times >= 2
    engine.close()


def test_what_is_at_work_is_not_begun_again(postgres: str) -> None:
    """However long a step takes, its run is here."""
    job, lost_after_s = Job(), 0.5
    database = EngineDatabase(postgres)
    database.prepare()
    engine = DurableEngine(database, job.kinds)
    with Executor(database, job.kinds, identity="worker-1", lost_after_s=lost_after_s):
        engine.start(Start("job", "job/1", None))
        assert job.begun.wait(_LONG_S)
        time.sleep(4 * lost_after_s)
        job.go_on.set()
        assert engine.ending("job/1").result == "done"
    assert job.times == 1
    engine.close()
