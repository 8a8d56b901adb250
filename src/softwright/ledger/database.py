"""Opening the database: pragmas, migrations, and errors in words."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

from softwright.core import InvalidInput, OutsideFault, RecordAway, SoftwrightError, no_answer
from softwright.ledger import postgres

REVISION = "0006"
"""The newest migration; a test compares it with the files."""

BUSY_S = 30.0
"""Seconds a writer waits for another process's transaction before it gives up."""


def open_engine(url: str, *, busy_s: float = BUSY_S, migrate: bool = True) -> Engine:
    """An engine on a database that has the tables of this version.

    A fresh database is made, an older one migrated; many processes may do so at once. Raises
    InvalidInput for a URL that is none, and OutsideFault when the database is newer than this program,
    corrupt, locked, full or unreachable, or without `migrate` when it is not of this version.
    """
    try:
        parsed = make_url(postgres.with_driver(url))
    except (ArgumentError, ValueError) as error:
        raise InvalidInput(
            "what was given is not a database URL",
            hint="for example postgresql://user:password@host/database or sqlite:////home/me/ledger.db",
        ) from error
    if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
        _make_folder(Path(str(parsed.database)).parent)
    if parsed.drivername == postgres.DRIVER:
        arguments = postgres.connect_arguments(parsed)
        engine = create_engine(parsed, pool_pre_ping=True, connect_args=arguments)
        postgres.prepare(engine, busy_s)
    elif parsed.drivername in ("sqlite", "sqlite+pysqlite"):
        engine = create_engine(parsed)
        _prepare_sqlite(engine, busy_s)
    else:
        raise InvalidInput(
            f"no driver for the database `{parsed.drivername}`", hint="allowed: sqlite, postgresql"
        )
    with explained(engine):
        if migrate:
            _bring_up_to_date(engine)
        elif (revision := _revision(engine)) != REVISION:
            raise OutsideFault(
                f"the ledger is at revision {revision or 'none'}; this Softwright needs {REVISION}",
                hint="bring it up to date with `softwright migrate`",
                where=_where(engine),
            )
    return engine


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutsideFault(
            f"cannot make the folder {folder}: {error.strerror}",
            hint="set SOFTWRIGHT_HOME to a writable folder",
        ) from error


def _prepare_sqlite(engine: Engine, busy_s: float) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # transactions begin where we say, see on_begin
        connection.execute(f"PRAGMA busy_timeout = {int(busy_s * 1000)}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def reading(engine: Engine) -> dict[str, Any]:
    """Options of a connection that sees one state of the database, whatever is written meanwhile."""
    return postgres.READING if engine.dialect.name == "postgresql" else {}


def _bring_up_to_date(engine: Engine) -> None:
    if _revision(engine) == REVISION:
        return
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            postgres.make_schema(connection)
        migrate(connection)


def _revision(engine: Engine) -> str:
    """The revision the database is at, "" when it has none yet."""
    with engine.connect() as connection:
        if not engine.dialect.has_table(connection, "alembic_version"):
            return ""
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return str(found or "")


def migrate(connection: Connection) -> None:
    """Bring the tables behind `connection` to `REVISION`, inside its transaction."""
    # Imported here: only a fresh or an old database pays for alembic.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise OutsideFault(
            f"the ledger was written by a newer Softwright: {error}; this one knows revision {REVISION}",
            hint="upgrade Softwright, or set SOFTWRIGHT_HOME to another folder",
            where=_where(connection.engine),
        ) from error


@contextmanager
def explained(engine: Engine) -> Iterator[None]:
    """Turns the driver's errors inside the block into an OutsideFault that says what to do."""
    try:
        yield
    except SoftwrightError:
        raise
    except (DBAPIError, sqlite3.Error) as error:
        raise _fault(engine, str(getattr(error, "orig", error)), away=_away(engine, error)) from error
    except SQLAlchemyError as error:
        raise _fault(engine, str(error)) from error


_CURES = (
    ("locked", "another process is writing: wait for it, or stop it, then run again"),
    ("malformed", "the file is damaged: restore it from a copy, or move it away to start anew"),
    ("not a database", "the file is damaged: restore it from a copy, or move it away to start anew"),
    ("disk is full", "free some space and run again: what was recorded so far is kept"),
    ("disk I/O", "look at the disk; what was recorded so far is kept"),
    ("readonly", "make the file and its folder writable for you"),
    ("unable to open", "make its folder readable and writable for you"),
)


def _away(engine: Engine, error: Exception) -> bool:
    """True when there is a server, and it did not answer."""
    if engine.dialect.name != "postgresql" or not isinstance(error, (OperationalError, InterfaceError)):
        return False
    return no_answer(getattr(error.orig, "sqlstate", None))


def _fault(engine: Engine, said: str, *, away: bool = False) -> OutsideFault:
    on_server = engine.dialect.name == "postgresql"
    hint = next((cure for sign, cure in (postgres.CURES if on_server else _CURES) if sign in said), "")
    kind = RecordAway if away else OutsideFault
    return kind(f"the ledger cannot be used: {said.strip()}", hint=hint, where=_where(engine))


def _where(engine: Engine) -> str:
    if engine.dialect.name == "postgresql":
        return postgres.place(engine.url)
    return str(engine.url.database or engine.url)
