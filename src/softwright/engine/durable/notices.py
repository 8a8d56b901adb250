"""Signals in SQLite: one question for all runs that wait.

A file cannot tell who waits that something came, so the library looks, for each of them by itself: 500 that
wait would keep a core busy. PostgreSQL tells, and needs none of this.
"""

from collections.abc import Collection
from time import sleep

import sqlalchemy as sa
from dbos._sys_db import SystemDatabase
from dbos._sys_db_sqlite import SQLiteSystemDatabase
from sqlalchemy.exc import SQLAlchemyError

from softwright.engine.durable.outage import OUTAGE

_AT_ONCE = 500  # names in a question


def look_together() -> None:
    """Have the library look for signals by `listen`. Before the executor is launched; again does no harm."""
    SQLiteSystemDatabase._notification_listener = listen  # type: ignore[assignment,method-assign]


def listen(system: SystemDatabase) -> None:
    """Wake those that a signal came for, until the library ends. Nothing is asked while nobody waits.

    Signals are all that a run of ours waits for in this way: progress and endings are asked for.
    """
    while system._run_background_processes:
        sleep(system._notification_listener_polling_interval_sec)
        waiting = system.notifications_map.snapshot()
        try:
            came = signalled(system.engine, [place[0] for _, place, _ in waiting])
        except SQLAlchemyError as error:
            OUTAGE.met(error)
            continue
        OUTAGE.over()
        for _, (run, topic, _), event in waiting:
            if (run, topic) in came:
                event.set()


def signalled(engine: sa.Engine, runs: Collection[str]) -> set[tuple[str, str]]:
    """Those of the runs that a signal is there for, each with its topic."""
    signals = sa.table(
        "notifications",
        sa.column("destination_uuid", sa.Text),
        sa.column("topic", sa.Text),
        sa.column("consumed", sa.Boolean),
    )
    names = sorted(set(runs))
    found: set[tuple[str, str]] = set()
    for i in range(0, len(names), _AT_ONCE):
        query = sa.select(signals.c.destination_uuid, signals.c.topic).where(
            signals.c.destination_uuid.in_(names[i : i + _AT_ONCE]), signals.c.consumed.is_(sa.false())
        )
        with engine.connect() as connection:
            found.update((str(run), str(topic)) for run, topic in connection.execute(query))
    return found
