"""The database that runs are kept in: how it is opened, made, and what of its tables we touch ourselves."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import sqlalchemy as sa
from dbos import DBOS
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

from softwright.core import InvalidInput, OutsideFault, RecordAway, SoftwrightError, no_answer

BUSY_S = 30.0
"""Seconds a writer waits for another process's transaction."""

IDLE_S = 10.0
"""Seconds after which a server ends a transaction whose process says nothing: a frozen one locks no rows."""

ANSWER_S = 15.0
"""Seconds after which a server that says nothing, not even that it heard, counts as gone."""

_SCHEMA = "dbos"


class EngineDatabase:
    """SQLite or PostgreSQL, prepared for runs.

    SQLite is opened in WAL mode with `synchronous = NORMAL`: fourteen times the throughput of the default.
    A power cut may lose the last commits, never corrupt the file; lost steps are repeated.

    A connection to PostgreSQL ends when the other side was not to be heard for `answer_s` seconds.
    """

    def __init__(self, url: str, *, pool: int = 10, answer_s: float = ANSWER_S) -> None:
        try:
            self.url = make_url(url)
        except (ArgumentError, ValueError) as error:
            raise InvalidInput(
                "what was given is not a database URL", hint="for example sqlite:////home/me/engine.db"
            ) from error
        name = self.url.get_backend_name()
        if name not in ("sqlite", "postgresql"):
            raise InvalidInput(f"runs cannot be kept in `{name}`", hint="allowed: sqlite, postgresql")
        self.is_sqlite = name == "sqlite"
        self._patience = {} if self.is_sqlite else _patience(answer_s, self.url)
        self.engine = self._sqlite() if self.is_sqlite else self._postgresql(pool)
        self.runs = _run_table(None if self.is_sqlite else _SCHEMA)

    def _sqlite(self) -> sa.Engine:
        Path(str(self.url.database)).parent.mkdir(parents=True, exist_ok=True)
        engine = sa.create_engine(self.url)

        @event.listens_for(engine, "connect")
        def on_connect(connection: sqlite3.Connection, _record: object) -> None:
            connection.isolation_level = "IMMEDIATE"
            connection.execute(f"PRAGMA busy_timeout = {int(BUSY_S * 1000)}")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")

        return engine

    def _postgresql(self, pool: int) -> sa.Engine:
        self.url = self.url.set(drivername="postgresql+psycopg")
        engine = sa.create_engine(
            self.url, pool_size=pool, max_overflow=5, pool_pre_ping=True, connect_args=self._patience
        )

        @event.listens_for(engine, "connect")
        def on_connect(connection: psycopg.Connection, _record: object) -> None:
            connection.execute(f"SET idle_in_transaction_session_timeout TO '{IDLE_S:g}s'")
            connection.commit()

        return engine

    @property
    def library_url(self) -> str:
        """The URL as the library is told it, with the password."""
        url = self.url.set(drivername="postgresql") if not self.is_sqlite else self.url
        return url.update_query_dict(self._patience).render_as_string(hide_password=False)

    def prepare(self) -> None:
        """Make or migrate the tables; many processes may do so at once. Raises OutsideFault."""
        with self.explained():
            DBOS.migrate(self.library_url, schema=_SCHEMA)

    def ready(self) -> bool:
        """True when the tables are there. Makes nothing, not even the file. Raises OutsideFault."""
        if self.is_sqlite and not Path(str(self.url.database)).is_file():
            return False
        with self.read() as connection:
            return sa.inspect(connection).has_table(self.runs.name, schema=self.runs.schema)

    def compact(self) -> int:
        """Give what deleted runs took back to the disk; gives how many bytes. A server does so by itself."""
        if not self.is_sqlite:
            return 0
        before = self._bytes()
        with self.explained(), self.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.exec_driver_sql("VACUUM")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return max(0, before - self._bytes())

    def _bytes(self) -> int:
        path = Path(str(self.url.database))
        files = (path, path.with_name(f"{path.name}-wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turns the driver's errors inside the block into an OutsideFault that shows no password."""
        try:
            yield
        except SoftwrightError:
            raise
        except (DBAPIError, sqlite3.Error) as error:
            raise self._fault(str(getattr(error, "orig", error)), away=self._away(error)) from error
        except SQLAlchemyError as error:
            raise self._fault(str(error)) from error

    def _away(self, error: Exception) -> bool:
        """True when there is a server, and it did not answer."""
        if self.is_sqlite or not isinstance(error, (OperationalError, InterfaceError)):
            return False
        return no_answer(getattr(error.orig, "sqlstate", None))

    def _fault(self, said: str, *, away: bool = False) -> OutsideFault:
        if self.is_sqlite:
            hint, where = "the file may be damaged or held by another process", str(self.url.database)
        else:
            hint = "start the server, or mend address, user and password in SOFTWRIGHT_DATABASE_URL"
            where = f"{self.url.host or 'local socket'}:{self.url.port or 5432}/{self.url.database or ''}"
        kind = RecordAway if away else OutsideFault
        return kind(f"the record of runs cannot be used: {said.strip()}", hint=hint, where=where)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A connection to read with."""
        with self.explained(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction."""
        with self.explained(), self.engine.begin() as connection:
            if self.is_sqlite:
                # Left to itself the driver begins at the first change, so that what was read before may
                # have become untrue by then.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection

    def close(self) -> None:
        """Let go of the connections."""
        self.engine.dispose()


def _patience(answer_s: float, url: sa.URL) -> dict[str, str]:
    """What the driver is told of waiting; the URL's own word counts more."""
    wanted = {
        "connect_timeout": max(2, round(answer_s)),
        "tcp_user_timeout": round(answer_s * 1000),  # for what was sent and nobody took
        "keepalives_idle": max(1, round(answer_s / 2)),  # for what is awaited
        "keepalives_interval": max(1, round(answer_s / 6)),
        "keepalives_count": 3,
    }
    return {name: str(value) for name, value in wanted.items() if name not in url.query}


def _run_table(schema: str | None) -> sa.TableClause:
    """The few columns of the table of runs that are read or written here."""
    return sa.table(
        "workflow_status",
        sa.column("workflow_uuid", sa.Text),
        sa.column("status", sa.Text),
        sa.column("name", sa.Text),
        sa.column("queue_name", sa.Text),
        sa.column("executor_id", sa.Text),
        sa.column("application_version", sa.Text),
        sa.column("created_at", sa.BigInteger),
        sa.column("updated_at", sa.BigInteger),
        sa.column("completed_at", sa.BigInteger),
        schema=schema,
    )
