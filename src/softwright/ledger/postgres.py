"""What the ledger needs to know of PostgreSQL. Its tables have a schema of their own, beside those of others.

Writers wait for one another, as they do on SQLite: what a transaction read is still true when it writes,
two of them never lock each other out, and rows become visible in the order of their counters.
"""

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, Engine, event, text

if TYPE_CHECKING:
    from psycopg import (
        Connection as DriverConnection,
    )  # the driver is slow to import, and most homes are files

SCHEMA = "softwright"
"""The schema of every table."""

DRIVER = "postgresql+psycopg"
"""The driver, as URLs name it."""

_TURN = 0x736F667477726967
"""The advisory lock that a writer holds until its transaction ends: "softwrig" in ASCII."""

_IDLE_S = 20
"""Seconds a transaction may be silent, before the server ends it for the sake of those who wait."""

_GONE_S = 15
"""Seconds after which a server that says nothing, not even that it heard, counts as gone."""

READING: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""Options of a connection for a consistent view."""

CURES = (
    ("onnection refused", "start the server, or mend host and port in SOFTWRIGHT_DATABASE_URL"),
    ("resolve host", "mend the host in SOFTWRIGHT_DATABASE_URL"),
    ("timeout expired", "is the server reachable from here? If not, mend SOFTWRIGHT_DATABASE_URL"),
    ("timed out", "is the server reachable from here? If not, mend SOFTWRIGHT_DATABASE_URL"),
    ("password authentication failed", "mend user and password in SOFTWRIGHT_DATABASE_URL"),
    ("no password supplied", "write it so: SOFTWRIGHT_DATABASE_URL=postgresql://user:password@host/database"),
    ("no pg_hba.conf entry", "the server does not let this user in from here: ask its administrator"),
    ("permission denied", f"let an administrator run: CREATE SCHEMA {SCHEMA} AUTHORIZATION <the user>"),
    ('role "', "mend the user in SOFTWRIGHT_DATABASE_URL"),
    ('database "', "make it with createdb, or mend its name in SOFTWRIGHT_DATABASE_URL"),
    ("lock timeout", "another process is writing: wait for it, or stop it, then run again"),
    ("too many clients", "use fewer workers, or raise the server's max_connections"),
    ("remaining connection slots", "use fewer workers, or raise the server's max_connections"),
    ("No space left", "free some space on the server and run again: what was recorded so far is kept"),
    ("read-only transaction", "this server is a copy that only reads: name the one that takes writes"),
    ("starting up", "the server is just starting: run again in a moment"),
    ("connection", "the server was stopped or restarted: run again; what was recorded so far is kept"),
    ("shutting down", "the server is being stopped: run again when it is back"),
)
"""What to do, by a part of what the server or its driver said; the first that fits."""


def with_driver(url: str) -> str:
    """The URL with our driver in it, where it is one of PostgreSQL that names none."""
    return re.sub(r"^postgres(ql)?://", f"{DRIVER}://", url)


def place(url: URL) -> str:
    """Where a database is, without any secret."""
    host = url.host or str(url.query.get("host", "")) or "local socket"
    return f"{host}{f':{url.port}' if url.port else ''}/{url.database or ''}"


def connect_arguments(url: URL) -> dict[str, Any]:
    """What the driver is told besides the URL; the URL's own word counts more."""
    wanted = {
        "connect_timeout": 10,
        "tcp_user_timeout": _GONE_S * 1000,
        "keepalives_idle": _GONE_S // 2,
        "keepalives_interval": 3,
        "keepalives_count": 3,
        "application_name": "softwright",
    }
    return {name: value for name, value in wanted.items() if name not in url.query}


def prepare(engine: Engine, busy_s: float) -> None:
    """Have each new connection find our schema and wait at most `busy_s` for its turn to write."""

    @event.listens_for(engine, "connect")
    def on_connect(connection: "DriverConnection[Any]", _record: object) -> None:
        connection.execute(f"SET search_path TO {SCHEMA}")
        connection.execute(f"SET lock_timeout TO {max(1, int(busy_s * 1000))}")
        connection.execute(f"SET idle_in_transaction_session_timeout TO '{_IDLE_S}s'")
        connection.commit()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        if connection.get_execution_options().get("writes", False):
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_TURN})")


def make_schema(connection: Connection) -> None:
    """Make our schema unless it is there; only then is the right to make one needed."""
    found = connection.execute(text("SELECT to_regnamespace(:name)"), {"name": SCHEMA}).scalar()
    if found is None:
        connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))
