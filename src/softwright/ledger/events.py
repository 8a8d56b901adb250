"""What happened, in order. Rows are only ever added."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select

from softwright.core import Event
from softwright.ledger.connected import Connected
from softwright.ledger.schema import events


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """An event with its place in the order and its moment."""

    id: int
    at: datetime
    event: Event


class Events:
    """The log of events."""

    def __init__(self, ledger: Connected) -> None:
        self._ledger = ledger

    def append(self, *happened: Event) -> None:
        """Add events, all with the same moment, in this order."""
        if not happened:
            return
        now = self._ledger.clock.now()
        rows = [
            {"at": now, "kind": e.kind, "run": e.run, "step": e.step, "repo": e.repo, "data": dict(e.data)}
            for e in happened
        ]
        with self._ledger.write() as connection:
            connection.execute(insert(events), rows)

    def last(self) -> int:
        """The id of the newest event, 0 when there is none."""
        with self._ledger.read() as connection:
            return int(connection.execute(select(func.max(events.c.id))).scalar() or 0)

    def count(self, kind: str, *, run: str) -> int:
        """How many events of a kind a run has."""
        query = select(func.count()).where(events.c.run == run, events.c.kind == kind).select_from(events)
        with self._ledger.read() as connection:
            return int(connection.execute(query).scalar_one())

    def since(
        self, after: int = 0, *, run: str = "", repo: str = "", limit: int = 1000
    ) -> Sequence[RecordedEvent]:
        """Events with an id above `after`, oldest first; `run` and `repo` narrow when given."""
        query = select(events).where(events.c.id > after).order_by(events.c.id).limit(limit)
        if run:
            query = query.where(events.c.run == run)
        if repo:
            query = query.where(events.c.repo == repo)
        with self._ledger.read() as connection:
            return [
                RecordedEvent(row.id, row.at, Event(row.kind, row.repo, row.run, row.step, row.data))
                for row in connection.execute(query)
            ]
