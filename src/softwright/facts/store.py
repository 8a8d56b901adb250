"""The one DuckDB file that holds the facts, and the connection to it."""

import re
from pathlib import Path
from types import TracebackType

import duckdb

from softwright.core import OutsideFault
from softwright.facts.schema import SCHEMA_VERSION, statements

_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "preserve_insertion_order": "true",
}
_REBUILD = "delete the file: facts are derived, the next `softwright fleet sync` makes them again"


class FactStore:
    """An open fact store. One process at a time may own it for writing."""

    def __init__(self, path: Path | None, connection: duckdb.DuckDBPyConnection) -> None:
        self.path = path
        self.connection = connection

    @classmethod
    def open(cls, path: Path | None, read_only: bool = False) -> "FactStore":
        """The store at `path`, created when absent; None keeps it in memory.

        A store made by another version of the schema is emptied. Raises OutsideFault when another
        process owns the file (naming it) or the file is damaged.
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
            row = self.connection.execute("SELECT schema_version FROM raw_meta").fetchone()
        except duckdb.CatalogException:
            return None
        return int(row[0]) if row else None

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
        return OutsideFault(
            f"the fact store is in use by {who}; one process at a time may write it",
            where=str(path),
            hint="wait until it has finished, or stop it, and run again",
        )
    return OutsideFault(
        f"the fact store cannot be opened: {_first_line(words)}", where=str(path), hint=_REBUILD
    )


def _first_line(error: object) -> str:
    return str(error).strip().partition("\n")[0]
