"""A worker process for the crash tests: `python jobs.py URL HOME TTL GRACE` runs jobs of five effects each.

An effect is a row in a table that takes a key once; every attempt is written down as well.
"""

import sys
import time
from pathlib import Path

import sqlalchemy as sa

from softwright.core import OutsideFault
from softwright.engine import Kind, Kinds, Queue, Work
from softwright.engine.durable import EngineDatabase, Leases, Worker

EFFECTS = 5
PACE_S = 0.02

metadata = sa.MetaData()
remote = sa.Table("remote", metadata, sa.Column("key", sa.Text, primary_key=True), sa.Column("by", sa.Text))
tries = sa.Table("tries", metadata, sa.Column("key", sa.Text), sa.Column("by", sa.Text))


def effect(url: str, key: str, by: str) -> str:
    """Look, then act: the remote takes a key once."""
    time.sleep(PACE_S)
    # A remote does not wait for a client that is frozen in the middle of telling it something.
    patience = {} if "sqlite" in url else {"options": "-c idle_in_transaction_session_timeout=1000"}
    engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args=patience)
    try:
        with engine.begin() as connection:
            connection.execute(sa.insert(tries).values(key=key, by=by))
            if connection.execute(sa.select(remote.c.key).where(remote.c.key == key)).scalar() is None:
                connection.execute(sa.insert(remote).values(key=key, by=by))
    except sa.exc.OperationalError as error:
        raise OutsideFault("the remote does not answer") from error
    return key


async def job(work: Work, url: str) -> int:
    """Five effects, one after the other."""
    for number in range(EFFECTS):
        await work.step(f"effect-{number}", effect, url, f"{work.run}#{number}", BY[0], attempts=5)
    return EFFECTS


def hold(folder: str) -> str:
    """Go on once the folder says so; gives who did."""
    (Path(folder) / "begun").touch()
    while not (Path(folder) / "go").exists():
        time.sleep(PACE_S)
    return BY[0]


async def slow(work: Work, folder: str) -> str:
    """One step that takes as long as the test likes."""
    return await work.step("hold", hold, folder)


async def gate(work: Work, _args: object) -> object:
    """Waits for a person."""
    return await work.wait("approval", timeout_s=14 * 86_400)


BY = ["?"]
KINDS = Kinds(
    [Queue("jobs", per_worker=8, poll_s=0.1), Queue("gates", per_worker=1_000, poll_s=0.2)],
    [Kind("job", "jobs", job), Kind("slow", "jobs", slow), Kind("gate", "gates", gate)],
)


def main(url: str, home: str, ttl_s: str, grace_s: str = "10") -> None:
    """Work until asked to go."""
    database = EngineDatabase(url)

    def cut_off() -> None:
        """Lets what is held in the home go on, and writes down how the lease was."""
        [state] = [lease.state for lease in Leases(database).all() if lease.id == BY[0]]
        (Path(home) / "cut").write_text(state)
        (Path(home) / "go").touch()

    worker = Worker(database, KINDS, home=Path(home), ttl_s=float(ttl_s), cut_off=cut_off)
    BY[0] = worker.identity
    with worker:
        sys.stdout.write(f"{worker.identity}\n")
        sys.stdout.flush()
        worker.wait()
        worker.close(timeout_s=float(grace_s))


if __name__ == "__main__":
    main(*sys.argv[1:])
