"""Which artefact store the runs of a database are kept with: its mark is in both.

A worker with another store would look for what it needs in vain, and fail runs that are in good order.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from softwright.core import InvalidInput, OutsideFault
from softwright.engine.artefacts import Artefacts
from softwright.engine.durable.database import EngineDatabase

_LOCK = 0x736F6675  # makes the creation of the table one at a time, and that of the mark
_SCHEMA = "softwright_engine"

_metadata = sa.MetaData(schema=_SCHEMA)
_store = sa.Table(
    "store",
    _metadata,
    sa.Column("one", sa.Boolean, sa.CheckConstraint("one"), primary_key=True),
    sa.Column("mark", sa.Text, nullable=False),
    sa.Column("place", sa.Text, nullable=False),  # how whoever entered it called it: for messages
)


class StoreOfRuns:
    """The artefact store that belongs to a PostgreSQL database."""

    def __init__(self, database: EngineDatabase) -> None:
        self._database = database

    def prepare(self) -> None:
        """Make the table where it is missing; many processes may do so at once."""
        with self._database.write() as connection:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            connection.execute(sa.schema.CreateSchema(_SCHEMA, if_not_exists=True))
            _metadata.create_all(connection)

    def check(self, artefacts: Artefacts) -> None:
        """Enter the store if none is entered yet. Raises InvalidInput when another one is."""
        mark = artefacts.mark()  # before the transaction: it may be far away
        with self._database.write() as connection:
            if not sa.inspect(connection).has_table(_store.name, schema=_SCHEMA):
                raise OutsideFault(
                    "there is no table of the artefact store",
                    hint="bring it up to date with `softwright migrate`",
                )
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            if not _known(connection):
                _enter(connection, artefacts)
            elif said := _fault(connection, artefacts.where, mark):
                raise InvalidInput(
                    said,
                    hint="name that one in SOFTWRIGHT_ARTEFACTS; if it was moved without its mark, or is "
                    "lost, `softwright migrate --artefacts` enters this one in its place",
                )

    def fault(self, artefacts: Artefacts) -> str:
        """Why this is not the store of the database's runs, "" when it is, or none is entered yet."""
        mark = artefacts.mark()
        with self._database.read() as connection:
            if not sa.inspect(connection).has_table(_store.name, schema=_SCHEMA):
                return ""
            return _fault(connection, artefacts.where, mark)

    def replace(self, artefacts: Artefacts) -> None:
        """Enter this store, whichever was entered before."""
        with self._database.write() as connection:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            _enter(connection, artefacts)


def _known(connection: sa.Connection) -> tuple[str, str] | None:
    row = connection.execute(sa.select(_store.c.mark, _store.c.place)).first()
    return None if row is None else (row[0], row[1])


def _fault(connection: sa.Connection, place: str, mark: str) -> str:
    known = _known(connection)
    if known is None or mark == known[0]:
        return ""
    return (
        f"the artefact store {place} is not the one that the runs of this database are kept with: "
        f"that was called {known[1]}"
    )


def _enter(connection: sa.Connection, artefacts: Artefacts) -> None:
    row = {"mark": artefacts.mark() or artefacts.make_mark(), "place": artefacts.where}
    entry = postgresql.insert(_store).values(one=True, **row)
    connection.execute(entry.on_conflict_do_update(index_elements=["one"], set_=row))
