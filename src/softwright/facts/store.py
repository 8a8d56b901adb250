"""The one DuckDB file that holds the facts, and the connection to it."""

import contextlib
import re
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import duckdb
import pyarrow as pa

from softwright.core import OutsideFault
from softwright.facts.raw import RAW
from softwright.facts.schema import SCHEMA_VERSION, statements

_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "preserve_insertion_order": "true",
    # a checkpoint rewrites what the last one left half full: once at the end is cheaper than at every commit
    "checkpoint_threshold": "256MB",
}
_REBUILD = "delete the file: facts are derived, the next query makes them again"


class StoreInUse(OutsideFault):
    """Another process holds the fact store."""


class FactStore:
    """An open fact store. One process at a time may own it for writing."""

    def __init__(self, path: Path | None, connection: duckdb.DuckDBPyConnection) -> None:
        self.path = path
        self.connection = connection

    @classmethod
    def open(cls, path: Path | None, read_only: bool = False) -> "FactStore":
        """The store at `path`, created when absent; None keeps it in memory.

        A store made by another version of the schema is emptied. Raises StoreInUse when another process
        owns the file (naming it), OutsideFault when the file is damaged.
        """
        if path is None:
            store = cls(None, duckdb.connect(":memory:", config=_CONFIG))
        else:
            fresh = not path.exists()
            if fresh:
                path.parent.mkdir(parents=True, exist_ok=True)
                read_only = False
            store = cls(path, _connect(path, read_only))
        return store._ready(read_only)

    def _ready(self, read_only: bool) -> "FactStore":
        found = self._schema_version()
        if found == SCHEMA_VERSION:
            return self
        if read_only:
            self.close()
            raise OutsideFault(
                f"the facts were made by another version (schema {found}, this one is {SCHEMA_VERSION})",
                where=str(self.path),
                hint="run `softwright fleet sync`",
            )
        self._empty()
        return self

    def _schema_version(self) -> int | None:
        try:
            rows = self.connection.execute("SELECT schema_version FROM raw_meta").fetchall()
        except duckdb.CatalogException:
            return None
        return int(rows[0][0]) if rows else None

    def _empty(self) -> None:
        with Transaction(self.connection):
            listed = self.connection.execute(
                "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = 'main'"
            ).fetchall()
            for name, kind in sorted(listed, key=lambda row: row[1] != "VIEW"):
                self.connection.execute(f'DROP {"VIEW" if kind == "VIEW" else "TABLE"} "{name}"')
            for statement in statements():
                self.connection.execute(statement)

    def close(self) -> None:
        """Close the file; the store cannot be used afterwards."""
        self.connection.close()

    def __enter__(self) -> "FactStore":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Transaction:
    """`with Transaction(connection):` commits at the end, rolls back when an exception leaves the block."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def __enter__(self) -> duckdb.DuckDBPyConnection:
        self._connection.execute("BEGIN")
        return self._connection

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.execute("COMMIT" if kind is None else "ROLLBACK")


class Registered:
    """Arrow tables under names, for the length of a block."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, **tables: pa.Table) -> None:
        self._connection = connection
        self._tables = tables

    def __enter__(self) -> duckdb.DuckDBPyConnection:
        for name, table in self._tables.items():
            self._connection.register(name, table)
        return self._connection

    def __exit__(self, *error: object) -> None:
        for name in self._tables:
            with contextlib.suppress(duckdb.TransactionException):  # aborted: the error on its way says why
                self._connection.unregister(name)


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Append rows to a raw table."""
    marks = ", ".join("?" * len(RAW[table]))
    if len(rows) < 8:
        connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608
        return
    names = [name for name, _ in RAW[table]]
    arrow = pa.table({n: pa.array(c) for n, c in zip(names, zip(*rows, strict=True), strict=True)})
    with Registered(connection, rows_in=arrow):
        connection.execute(f"INSERT INTO {table} SELECT * FROM rows_in")  # noqa: S608


def _connect(path: Path, read_only: bool) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(str(path), read_only=read_only, config=_CONFIG)
    except duckdb.IOException as error:
        raise _explained(path, str(error)) from error
    except duckdb.Error as error:
        raise OutsideFault(
            f"the fact store cannot be opened: {_first_line(error)}", where=str(path), hint=_REBUILD
        ) from error


def _explained(path: Path, words: str) -> OutsideFault:
    if "lock" in words.lower():
        owner = re.search(r"held in (?P<program>.+?) \(PID (?P<pid>\d+)\)", words)
        who = f"process {owner['pid']} ({owner['program']})" if owner else "another process"
        return StoreInUse(
            f"the fact store is in use by {who}; one process at a time may write it",
            where=str(path),
            hint="wait until it has finished, or stop it, and run again",
        )
    full = "no space" in words.lower()
    return OutsideFault(
        f"the fact store cannot be opened: {_first_line(words)}",
        where=str(path),
        hint="free some space on this disk, then run again: nothing is lost" if full else _REBUILD,
    )


def _first_line(error: object) -> str:
    return str(error).strip().partition("\n")[0]
