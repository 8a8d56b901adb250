"""Who is alive: leases of executors on the database's clock, and the adoption of what a dead one left behind.

The library never notices that an executor died. Here every executor beats on a row. A row whose beat is older
than its time to live is declared dead in one statement, and whoever holds that row's lock queues the dead
one's runs again; an adopter that dies itself leaves the row declared dead for the next.
"""

import os
import socket
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from softwright.engine.durable.database import EngineDatabase

TTL_S = 30.0
"""Seconds without a beat after which an executor counts as dead."""

_LOCK = 0x736F6674  # makes the creation of the table one at a time
_SCHEMA = "softwright_engine"

_metadata = sa.MetaData(schema=_SCHEMA)
_leases = sa.Table(
    "leases",
    _metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("queues", postgresql.ARRAY(sa.Text), nullable=False),
    sa.Column("ttl_s", sa.Float, nullable=False),
    sa.Column("began", sa.DateTime(timezone=True), nullable=False),
    sa.Column("beat", sa.DateTime(timezone=True), nullable=False),
    sa.Column("state", sa.String(10), nullable=False),  # a LeaseState
)
_now = sa.func.clock_timestamp()

LeaseState = Literal["live", "draining", "dead", "adopted"]
"""`draining`: lives, ends what it is at and takes nothing new. `adopted`: dead, and nothing is left of it."""

_ALIVE = ("live", "draining")
_silent_s = sa.extract("epoch", _now - _leases.c.beat)
_lives = sa.and_(_leases.c.state.in_(_ALIVE), _silent_s <= _leases.c.ttl_s)


@dataclass(frozen=True, slots=True)
class LeaseInfo:
    """One executor: `silent_s` is how long ago it last beat, on the database's clock."""

    id: str
    version: str
    host: str
    pid: int
    queues: tuple[str, ...]
    state: LeaseState
    began: datetime
    silent_s: float


class Leases:
    """The table of leases in a PostgreSQL database."""

    def __init__(self, database: EngineDatabase) -> None:
        self._database = database

    def prepare(self) -> None:
        """Make the table where it is missing; many processes may do so at once."""
        with self._database.write() as connection:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            connection.execute(sa.schema.CreateSchema(_SCHEMA, if_not_exists=True))
            _metadata.create_all(connection)

    def ready(self) -> bool:
        """True when the table is there."""
        with self._database.read() as connection:
            return sa.inspect(connection).has_table("leases", schema=_SCHEMA)

    def all(self) -> list[LeaseInfo]:
        """Executors, the newest first; those adopted are forgotten after a while.

        Whose lease ran out is dead, although nobody may be left to declare it so.
        """
        state = sa.case(
            (sa.or_(_lives, _leases.c.state.not_in(_ALIVE)), _leases.c.state), else_=sa.literal("dead")
        )
        names = ("id", "version", "host", "pid", "queues")
        columns = (*(_leases.c[name] for name in names), state, _leases.c.began, _silent_s)
        if not self.ready():
            return []
        with self._database.read() as connection:
            rows = connection.execute(sa.select(*columns).order_by(_leases.c.began.desc())).all()
        return [LeaseInfo(r[0], r[1], r[2], r[3], tuple(r[4]), r[5], r[6], float(r[7])) for r in rows]

    def take(self, identity: str, *, version: str, queues: Collection[str], ttl_s: float) -> None:
        """Enter a new executor as live."""
        row = {"id": identity, "version": version, "host": socket.gethostname(), "pid": os.getpid()}
        with self._database.write() as connection:
            connection.execute(
                sa.insert(_leases).values(
                    **row, queues=sorted(queues), ttl_s=ttl_s, began=_now, beat=_now, state="live"
                )
            )

    def beat(self, identity: str) -> LeaseState | None:
        """Show that the executor lives; gives its state, None when it is dead: then it stays so."""
        mine = sa.update(_leases).where(_leases.c.id == identity, _lives)
        with self._database.engine.begin() as connection:
            state: LeaseState | None = connection.execute(
                mine.values(beat=_now).returning(_leases.c.state)
            ).scalar()
        return state

    def drain(self, identities: Collection[str] | None = None) -> list[str]:
        """Ask executors, all of them by default, to end what they are at and go; gives those asked."""
        wanted = sa.update(_leases).where(_leases.c.state == "live", _lives)
        if identities is not None:
            wanted = wanted.where(_leases.c.id.in_(list(identities)))
        with self._database.write() as connection:
            asked = connection.execute(wanted.values(state="draining").returning(_leases.c.id))
            return sorted(asked.scalars())

    def release(self, identity: str) -> None:
        """Declare an executor dead that ends in order, so that others take over its runs at once."""
        mine = sa.update(_leases).where(_leases.c.id == identity, _leases.c.state.in_(_ALIVE))
        with self._database.write() as connection:
            connection.execute(mine.values(state="dead"))

    def adopt(self, take_up: Callable[[str], None]) -> list[str]:
        """Have the runs of every dead executor taken up; gives the executors of which nothing is left.

        `take_up` queues the runs of one executor again, and may be called for the same one more than once.
        """
        adopted = []
        with self._database.engine.begin() as connection:
            self._declare(connection)
            dead = sa.select(_leases.c.id).where(_leases.c.state == "dead").with_for_update(skip_locked=True)
            # Locked until its runs are queued: if this process dies, the lock goes and another follows.
            for identity in connection.execute(dead).scalars().all():
                take_up(identity)
                if not self._left(connection, identity):
                    done = sa.update(_leases).where(_leases.c.id == identity).values(state="adopted")
                    connection.execute(done)
                    adopted.append(identity)
        return adopted

    def _declare(self, connection: sa.Connection) -> None:
        expired = sa.update(_leases).where(_leases.c.state.in_(_ALIVE), sa.not_(_lives))
        connection.execute(expired.values(state="dead"))
        self._enter_unknown(connection)

    def _enter_unknown(self, connection: sa.Connection) -> None:
        """Enter executors that hold runs and have no lease, as dead ones: nobody else watches over them."""
        runs = self._database.runs
        unknown = (
            sa.select(runs.c.executor_id, runs.c.application_version)
            .where(runs.c.status == "PENDING", runs.c.executor_id.is_not(None))
            .where(runs.c.executor_id.not_in(sa.select(_leases.c.id)))
            .ext(postgresql.distinct_on(runs.c.executor_id))
        )
        for identity, version in connection.execute(unknown).all():
            row = postgresql.insert(_leases).values(
                id=identity,
                version=version or "",
                host="",
                pid=0,
                queues=[],
                ttl_s=0,
                began=_now,
                beat=_now,
                state="dead",
            )
            connection.execute(row.on_conflict_do_nothing())

    def _left(self, connection: sa.Connection, identity: str) -> int:
        runs = self._database.runs
        query = sa.select(sa.func.count()).where(runs.c.status == "PENDING", runs.c.executor_id == identity)
        return int(connection.execute(query).scalar_one())

    def forget(self, *, older_than_s: float) -> int:
        """Remove adopted leases that last beat so long ago."""
        old = _silent_s > older_than_s
        with self._database.write() as connection:
            return connection.execute(sa.delete(_leases).where(_leases.c.state == "adopted", old)).rowcount
