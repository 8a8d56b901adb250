"""What we ask of the table of runs ourselves, where the library has no verb for it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from softwright.core import InvalidInput
from softwright.engine.durable.database import EngineDatabase
from softwright.engine.run import ACTIVE, RunState

STATES: Mapping[str, RunState] = {
    "DELAYED": RunState.QUEUED,
    "ENQUEUED": RunState.QUEUED,
    "PENDING": RunState.RUNNING,
    "SUCCESS": RunState.DONE,
    "ERROR": RunState.FAILED,
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": RunState.POISONED,
    "CANCELLED": RunState.CANCELLED,
}
_IDS_AT_ONCE = 1000
_TEXTS = (
    ("workflow_status", "inputs"),
    ("workflow_status", "output"),
    ("workflow_input", "inputs"),
    ("workflow_output", "output"),
    ("operation_outputs", "output"),
)
_ACTIVE = tuple(name for name, state in STATES.items() if state in ACTIVE)


def is_active(connection: sa.Connection, runs: sa.TableClause, run: str) -> bool:
    """True while the run has not ended; its row is held until the transaction ends."""
    query = sa.select(runs.c.status).where(runs.c.workflow_uuid == run).with_for_update(read=True)
    return connection.execute(query).scalar() in _ACTIVE


def present(connection: sa.Connection, runs: sa.TableClause, ids: Sequence[str]) -> set[str]:
    """Those of the ids that have a run."""
    query = sa.select(runs.c.workflow_uuid).where(runs.c.workflow_uuid.in_(ids))
    return set(connection.execute(query).scalars())


class RunRows:
    """Reading, and moving between versions, over many runs at once."""

    def __init__(self, database: EngineDatabase) -> None:
        self._database = database
        self._runs = database.runs
        self._id = self._plain(self._runs.c.workflow_uuid)
        # In SQLite the library may write times in whole seconds.
        self._tie: sa.ColumnElement[Any] = sa.literal_column("rowid") if database.is_sqlite else self._id

    def _plain(self, name: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
        """Ids are compared byte by byte, whatever the order of words in the database's language is."""
        return name if self._database.is_sqlite else sa.collate(name, "C")

    def _within(self, run: str, name: sa.ColumnElement[str] | None = None) -> sa.ColumnElement[bool]:
        """The run itself and everything under it: `0` comes right after `/`."""
        name = self._id if name is None else name
        return sa.or_(name == run, sa.and_(name > f"{run}/", name < f"{run}0"))

    def _filtered(
        self, query: sa.Select[tuple[str]], under: str, kinds: Sequence[str], states: Sequence[RunState]
    ) -> sa.Select[tuple[str]]:
        if under:
            query = query.where(self._within(under))
        if kinds:
            query = query.where(self._runs.c.name.in_(list(kinds)))
        if states:
            query = query.where(
                self._runs.c.status.in_([name for name, state in STATES.items() if state in states])
            )
        return query

    def ids(
        self,
        *,
        under: str = "",
        kinds: Sequence[str] = (),
        states: Sequence[RunState] = (),
        limit: int | None = None,
        newest_first: bool = True,
    ) -> list[str]:
        """Ids of runs, in the order of their creation."""
        query = self._filtered(sa.select(self._runs.c.workflow_uuid), under, kinds, states)
        order = [self._runs.c.created_at, self._tie]
        query = query.order_by(*([part.desc() for part in order] if newest_first else order)).limit(limit)
        with self._database.read() as connection:
            return [str(run) for run in connection.execute(query).scalars()]

    def counts(self, under: str, kinds: Sequence[str]) -> dict[RunState, int]:
        """How many runs are in each state."""
        query = sa.select(self._runs.c.status, sa.func.count()).group_by(self._runs.c.status)
        if under:
            query = query.where(self._within(under))
        if kinds:
            query = query.where(self._runs.c.name.in_(list(kinds)))
        counts: dict[RunState, int] = {}
        with self._database.read() as connection:
            for status, count in connection.execute(query):
                state = STATES[status]
                counts[state] = counts.get(state, 0) + count
        return counts

    def held(self, ids: Sequence[str], executor: str) -> set[str]:
        """Those of the runs that this executor runs."""
        found: set[str] = set()
        query = sa.select(self._runs.c.workflow_uuid).where(
            self._runs.c.status == "PENDING", self._runs.c.executor_id == executor
        )
        with self._database.read() as connection:
            for i in range(0, len(ids), _IDS_AT_ONCE):
                some = query.where(self._runs.c.workflow_uuid.in_(ids[i : i + _IDS_AT_ONCE]))
                found.update(connection.execute(some).scalars())
        return found

    def held_by_one(self, executor: str) -> set[str]:
        """All runs that this executor runs."""
        query = sa.select(self._runs.c.workflow_uuid).where(
            self._runs.c.status == "PENDING", self._runs.c.executor_id == executor
        )
        with self._database.read() as connection:
            return set(connection.execute(query).scalars())

    def active(self, ids: Sequence[str]) -> set[str]:
        """Those of the runs that have not ended. Raises InvalidInput when one is not there."""
        query = sa.select(self._runs.c.workflow_uuid, self._runs.c.status).where(
            self._runs.c.workflow_uuid.in_(list(ids))
        )
        with self._database.read() as connection:
            found = {str(run): str(status) for run, status in connection.execute(query)}
        for run in ids:
            if run not in found:
                raise InvalidInput(f"there is no run `{run}` to wait for")
        return {run for run, status in found.items() if status in _ACTIVE}

    def ended_before(self, moment: datetime, *, limit: int | None, keep: Sequence[str]) -> list[str]:
        """Ids of runs that ended before a moment, oldest first, none under an id of `keep`."""
        milliseconds = int(moment.timestamp() * 1000)
        ended = sa.func.coalesce(self._runs.c.completed_at, self._runs.c.updated_at)
        query = sa.select(self._runs.c.workflow_uuid).where(
            self._runs.c.status.not_in(_ACTIVE),
            ended < milliseconds,
            *(sa.not_(self._within(run)) for run in keep),
        )
        with self._database.read() as connection:
            return list(connection.execute(query.order_by(ended, self._tie).limit(limit)).scalars())

    def held_by(self) -> dict[str, int]:
        """How many running runs each executor holds."""
        query = sa.select(self._runs.c.executor_id, sa.func.count()).where(self._runs.c.status == "PENDING")
        with self._database.read() as connection:
            rows = connection.execute(query.group_by(self._runs.c.executor_id))
            return {str(executor): count for executor, count in rows}

    def versions(self) -> dict[str, int]:
        """How many active runs there are of each version of the code."""
        query = sa.select(self._runs.c.application_version, sa.func.count()).where(
            self._runs.c.status.in_(_ACTIVE)
        )
        with self._database.read() as connection:
            rows = connection.execute(query.group_by(self._runs.c.application_version))
            return {str(version): count for version, count in rows}

    def tally(self) -> dict[tuple[str, str, RunState], int]:
        """How many runs there are of each queue, kind and state, those done aside: they may be very many."""
        query = (
            sa.select(self._runs.c.queue_name, self._runs.c.name, self._runs.c.status, sa.func.count())
            .where(
                self._runs.c.status.in_([name for name, state in STATES.items() if state != RunState.DONE])
            )
            .group_by(self._runs.c.queue_name, self._runs.c.name, self._runs.c.status)
        )
        found: dict[tuple[str, str, RunState], int] = {}
        with self._database.read() as connection:
            for queue, kind, status, count in connection.execute(query):
                key = (str(queue or ""), str(kind), STATES[status])
                found[key] = found.get(key, 0) + count
        return found

    def words(self, run: str) -> Iterator[str]:
        """What is recorded of a run and of those under it: arguments, results, results of steps, as texts."""
        for table, column in _TEXTS:
            place = sa.table(
                table,
                sa.column("workflow_uuid", sa.Text),
                sa.column(column, sa.Text),
                schema=self._runs.schema,
            )
            text = place.c[column]
            name = self._plain(place.c.workflow_uuid)
            query = sa.select(text).where(text.is_not(None), self._within(run, name))
            with self._database.read() as connection:
                yield from connection.execution_options(yield_per=_IDS_AT_ONCE).execute(query).scalars()

    def move(self, old: str, new: str) -> int:
        """Hand active runs of code version `old` to workers of version `new`; gives how many."""
        change = (
            sa.update(self._runs)
            .where(self._runs.c.status.in_(_ACTIVE), self._runs.c.application_version == old)
            .values(application_version=new)
        )
        with self._database.write() as connection:
            return connection.execute(change).rowcount
