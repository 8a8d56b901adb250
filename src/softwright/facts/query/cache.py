"""Matches that were found before, by (patterns, blob): a blob is searched once for a pattern, ever."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import duckdb
import pyarrow as pa

from softwright.facts.query.calls import Call
from softwright.facts.schema import Column
from softwright.facts.store import Transaction

MATCH_COLUMNS: tuple[Column, ...] = (
    Column("repo", "VARCHAR", "Name of the repository in the fleet."),
    Column("path", "VARCHAR", "Path of the file from the root of the repository, with `/`."),
    Column("blob", "VARCHAR", "Git's hash of the content: equal blobs are equal files."),
    Column("line", "INTEGER", "First line of the match, from 1."),
    Column("column", "INTEGER", "Column of its first byte, from 1, in bytes."),
    Column("end_line", "INTEGER", "Last line, inclusive."),
    Column("start_byte", "BIGINT", "Offset of the match in the file, in bytes."),
    Column("end_byte", "BIGINT", "Offset of its end, exclusive, in bytes."),
    Column("text", "VARCHAR", "The matched source."),
    Column(
        "bindings", "MAP(VARCHAR, VARCHAR)", "Metavariable -> its source: `bindings['NAME']`, without `$`."
    ),
)
"""Columns of `matches(...)`, documented as the stored tables are."""

_KEPT = 200
_STATEMENTS = (
    """CREATE TABLE IF NOT EXISTS raw_patterns (
        id INTEGER, digest VARCHAR, given VARCHAR, language VARCHAR, used_at TIMESTAMPTZ,
        bytes BIGINT, seconds DOUBLE)""",
    "CREATE TABLE IF NOT EXISTS raw_searched (pattern INTEGER, blob VARCHAR)",
    "CREATE TABLE IF NOT EXISTS raw_unreadable (pattern INTEGER, blob VARCHAR, reason VARCHAR)",
    """CREATE TABLE IF NOT EXISTS raw_matches (
        pattern INTEGER, blob VARCHAR, line INTEGER, "column" INTEGER, end_line INTEGER,
        start_byte BIGINT, end_byte BIGINT, text VARCHAR, bindings MAP(VARCHAR, VARCHAR))""",
)
_ROW = pa.schema(
    [
        ("pattern", pa.int32()),
        ("blob", pa.string()),
        ("line", pa.int32()),
        ("column", pa.int32()),
        ("end_line", pa.int32()),
        ("start_byte", pa.int64()),
        ("end_byte", pa.int64()),
        ("text", pa.string()),
        ("bindings", pa.map_(pa.string(), pa.string())),
    ]
)

MatchRow = tuple[str, int, int, int, int, int, str, list[tuple[str, str]]]
"""(blob, line, column, end_line, start_byte, end_byte, text, bindings)."""


@dataclass(slots=True)
class Searched:
    """What one worker found: the blobs it has searched, their matches, bytes read and wall seconds.

    `unreadable` are blobs among them that might hold a match and are not text, each with why.
    """

    blobs: list[str]
    rows: list[MatchRow]
    bytes: int = 0
    seconds: float = 0.0
    unreadable: list[tuple[str, str]] = field(default_factory=list)


class MatchCache:
    """The cache inside of a fact store; `connection` may write it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        for statement in _STATEMENTS:
            connection.execute(statement)

    def key(self, call: Call) -> int:
        """The number of the call's patterns, given on first use; patterns long unused are forgotten."""
        execute = self._connection.execute
        with Transaction(self._connection):
            row = execute("SELECT id FROM raw_patterns WHERE digest = ?", [call.digest]).fetchone()
            now = datetime.now(UTC)
            if row:
                execute("UPDATE raw_patterns SET used_at = ? WHERE id = ?", [now, row[0]])
                return int(row[0])
            last = execute("SELECT coalesce(max(id), 0) FROM raw_patterns").fetchone()
            key = int(last[0]) + 1 if last else 1
            row_values = [key, call.digest, call.given, call.language, now]
            execute("INSERT INTO raw_patterns VALUES (?, ?, ?, ?, ?, 0, 0)", row_values)
            stale = execute(
                "SELECT id FROM raw_patterns ORDER BY used_at DESC, id DESC OFFSET ?", [_KEPT]
            ).fetchall()
            for (old,) in stale:
                for table, column in (
                    ("raw_matches", "pattern"),
                    ("raw_searched", "pattern"),
                    ("raw_unreadable", "pattern"),
                    ("raw_patterns", "id"),
                ):
                    execute(f"DELETE FROM {table} WHERE {column} = ?", [old])  # noqa: S608 - our own names
        return key

    def known(self, call: Call) -> int | None:
        """The number of the call's patterns, None when they were never searched for."""
        row = self._connection.execute(
            "SELECT id FROM raw_patterns WHERE digest = ?", [call.digest]
        ).fetchone()
        return int(row[0]) if row else None

    def add(self, key: int, found: Iterable[Searched]) -> None:
        """Keep what was found, in one transaction."""
        parts = list(found)
        blobs = [blob for part in parts for blob in part.blobs]
        columns = list(zip(*(row for part in parts for row in part.rows), strict=True))
        unreadable = [one for part in parts for one in part.unreadable]
        with Transaction(self._connection):
            self._insert("raw_searched", {"pattern": [key] * len(blobs), "blob": blobs}, None)
            if unreadable:
                passed_over = {
                    "pattern": [key] * len(unreadable),
                    "blob": [blob for blob, _ in unreadable],
                    "reason": [reason for _, reason in unreadable],
                }
                self._insert("raw_unreadable", passed_over, None)
            if columns:
                named = dict(zip(_ROW.names[1:], columns, strict=True))
                self._insert("raw_matches", {"pattern": [key] * len(columns[0]), **named}, _ROW)
            self._connection.execute(
                "UPDATE raw_patterns SET bytes = bytes + ?, seconds = seconds + ? WHERE id = ?",
                [sum(part.bytes for part in parts), sum(part.seconds for part in parts), key],
            )

    def pace(self) -> float | None:
        """Bytes that one worker searched per second so far; None before there was enough to tell."""
        row = self._connection.execute("SELECT sum(bytes), sum(seconds) FROM raw_patterns").fetchone()
        if row is None or not row[0] or row[1] < 0.5:
            return None
        return float(row[0]) / float(row[1])

    def _insert(self, table: str, columns: dict[str, object], schema: pa.Schema | None) -> None:
        name = f"_new_{table}"
        self._connection.register(name, pa.table(columns, schema=schema))
        try:
            self._connection.execute(f"INSERT INTO {table} SELECT * FROM {name}")  # noqa: S608 - our own names
        finally:
            self._connection.unregister(name)
