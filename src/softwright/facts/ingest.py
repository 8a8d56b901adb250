"""Facts on their way into the store."""

from collections import defaultdict
from types import TracebackType

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from softwright.core import OutsideFault
from softwright.facts.extract.readers import version_of
from softwright.facts.raw import RAW
from softwright.facts.store import FactStore, Registered
from softwright.facts.worker import ReadResult, ReadTask


class Ingest:
    """Facts on their way in: written and committed when there are enough of them or when asked.

    Many tasks are written by one statement, which costs a third less than one by one. Leaving the block by
    an exception takes back what was not committed.
    """

    def __init__(self, store: FactStore, commit_above: int) -> None:
        self._connection = store.connection
        self._commit_above = commit_above
        self._pending = 0
        self._tables: dict[str, list[pa.Table]] = defaultdict(list)
        self._open = False

    def add(self, task: ReadTask, result: ReadResult) -> None:
        """The facts of one task."""
        for name, stream in result.tables.items():
            table = pa.ipc.open_stream(stream).read_all()
            if name == "raw_units":
                table = self._units(task, table)
            units = pc.add(table.column("unit"), pa.scalar(task.first_unit, pa.int32()))
            self._tables[name].append(table.set_column(table.schema.get_field_index("unit"), "unit", units))
            self._pending += len(table)
        if self._pending >= self._commit_above:
            self.commit()

    def write(self) -> None:
        """Let queries of this connection see everything added so far."""
        tables, self._tables = self._tables, defaultdict(list)
        for name, parts in tables.items():
            self._begin()
            columns = ", ".join(f'"{column}"' for column, _ in RAW[name])
            with Registered(self._connection, incoming=pa.concat_tables(parts)):
                self._connection.execute(f"INSERT INTO {name} SELECT {columns} FROM incoming")  # noqa: S608

    @staticmethod
    def _units(task: ReadTask, table: pa.Table) -> pa.Table:
        numbers = table.column("unit").to_pylist()
        readers = [task.units[n][2] for n in numbers]
        added = {
            "blob": [task.units[n][1] for n in numbers],
            "reader": readers,
            "version": pa.array([version_of(reader) for reader in readers], pa.int32()),
        }
        for name, values in added.items():
            table = table.append_column(name, pa.array(values) if isinstance(values, list) else values)
        return table

    def add_reason(self, unit: int, blob: str, reader: str, reason: str) -> None:
        """A unit without facts, and why."""
        self._begin()
        self._connection.execute(
            "INSERT INTO raw_units VALUES (?, ?, ?, ?, NULL, false, ?)",
            [unit, blob, reader, version_of(reader), reason],
        )

    def _begin(self) -> None:
        if not self._open:
            self._connection.execute("BEGIN")
            self._open = True

    def commit(self) -> None:
        """Make everything added so far last. Raises OutsideFault when it cannot be written."""
        try:
            self.write()
            if self._open:
                self._open = False
                self._connection.execute("COMMIT")
        except duckdb.Error as error:
            raise OutsideFault(
                f"the facts cannot be written: {str(error).partition(chr(10))[0]}",
                hint="is the disk full? what was written before is kept; run again",
            ) from error
        self._pending = 0

    def __enter__(self) -> "Ingest":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.commit()
        elif self._open:
            self._connection.execute("ROLLBACK")
