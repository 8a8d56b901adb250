"""Facts of many blobs as columns: what a worker fills and sends.

Rows are kept as tuples of numbers and of indices into small tables of distinct values, because building a
Python string per cell costs more than parsing the file did; Arrow spreads them out again in native code.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import pyarrow as pa

from softwright.facts.raw import RAW
from softwright.facts.words import column


class Callee(NamedTuple):
    """What a call names; the first `receiver_length` characters of `callee` are the receiver.

    `level` and `resolved` are as in `raw_calls`: see `packages` there.
    """

    callee: str
    receiver_length: int
    name: str
    level: int = 0
    resolved: str | None = None


class SymbolRow(NamedTuple):
    """A row of `raw_symbols`."""

    unit: int
    name: str
    qualified_name: str
    kind: str
    line: int
    end_line: int
    parent: str
    is_public: bool
    decorators: Sequence[str]
    bases: Sequence[str]
    signature: str
    docstring_lines: int


class ImportRow(NamedTuple):
    """A row of `raw_imports`."""

    unit: int
    ordinal: int
    line: int
    module: str
    name: str
    alias: str
    level: int
    is_type_checking: bool


class CallRow(NamedTuple):
    """A call in numbers: `callee` and `scope` are indices into the batch's tables."""

    unit: int
    line: int
    end_line: int
    start_byte: int
    end_byte: int
    arguments: int
    callee: int
    scope: int


class UnitRow(NamedTuple):
    """A row of `raw_units` without what the caller knows (blob, reader, version)."""

    unit: int
    lines: int | None
    is_generated: bool
    parse_error: str | None


class DependencyRow(NamedTuple):
    """A row of `raw_dependencies`."""

    unit: int
    ecosystem: str
    name: str
    specifier: str
    scope: str


@dataclass(slots=True)
class Batch:
    """Facts of the units of one chunk; units are numbered from 0 within it."""

    units: list[UnitRow] = field(default_factory=list)
    symbols: list[SymbolRow] = field(default_factory=list)
    imports: list[ImportRow] = field(default_factory=list)
    calls: list[tuple[int, ...]] = field(default_factory=list)
    callees: list[Callee] = field(default_factory=list)
    scopes: list[str] = field(default_factory=list)
    keywords: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """Index of a call -> its keywords; calls without any are absent."""
    words: list[tuple[int, "array[int]"]] = field(default_factory=list)
    """Unit and what `hashes_of` gives of it."""
    dependencies: list[DependencyRow] = field(default_factory=list)
    includes: list[tuple[int, str]] = field(default_factory=list)
    owner_rules: list[tuple[int, int, str, list[str]]] = field(default_factory=list)

    def mark(self) -> tuple[int, ...]:
        """Where the batch stands, for `back_to`."""
        return tuple(len(part) for part in self._lists())

    def back_to(self, mark: tuple[int, ...]) -> None:
        """Forget everything added since `mark`."""
        for part, length in zip(self._lists(), mark, strict=True):
            del part[length:]
        for call in [call for call in self.keywords if call >= len(self.calls)]:
            del self.keywords[call]

    def _lists(self) -> tuple[list[object], ...]:
        return (  # type: ignore[return-value]
            self.units,
            self.symbols,
            self.imports,
            self.calls,
            self.callees,
            self.scopes,
            self.words,
            self.dependencies,
            self.includes,
            self.owner_rules,
        )

    def tables(self) -> dict[str, pa.RecordBatch]:
        """Raw table -> rows as Arrow, only tables that have any; `raw_units` lacks the caller's columns."""
        rows: dict[str, Sequence[Sequence[object]]] = {
            "raw_symbols": self.symbols,
            "raw_imports": self.imports,
            "raw_dependencies": self.dependencies,
            "raw_includes": self.includes,
            "raw_owner_rules": self.owner_rules,
        }
        out = {name: _batch(name, listed) for name, listed in rows.items() if listed}
        out["raw_units"] = pa.RecordBatch.from_arrays(
            [pa.array(c, t) for c, t in zip(_turned(self.units, 4), _UNIT_TYPES, strict=True)],
            names=list(UnitRow._fields),
        )
        if self.calls:
            out["raw_calls"] = self._calls()
        if self.words:
            units, hashes = zip(*self.words, strict=True)
            out["raw_words"] = pa.RecordBatch.from_arrays(
                [pa.array(units, pa.int32()), column(hashes)], names=["unit", "words"]
            )
        return out

    def _calls(self) -> pa.RecordBatch:
        small = pa.int32()
        numbers = dict(
            zip(
                CallRow._fields,
                (pa.array(column, small) for column in zip(*self.calls, strict=True)),
                strict=True,
            )
        )
        which, scope = numbers.pop("callee"), numbers.pop("scope")
        columns: dict[str, pa.Array] = numbers
        callees = list(zip(*self.callees, strict=True))
        for at, name in enumerate(Callee._fields):
            values = pa.array(callees[at], small if name in ("level", "receiver_length") else pa.string())
            columns[name] = values.take(which)
        columns["in_symbol"] = pa.array(self.scopes, pa.string()).take(scope)
        columns["keywords"] = self._keywords()
        return pa.RecordBatch.from_arrays(
            [columns[name] for name, _ in RAW["raw_calls"]], names=[name for name, _ in RAW["raw_calls"]]
        )

    def _keywords(self) -> pa.Array:
        distinct: dict[tuple[str, ...], int] = {(): 0}
        which = [0] * len(self.calls)
        for call, names in self.keywords.items():
            which[call] = distinct.setdefault(names, len(distinct))
        return pa.array(list(distinct), pa.list_(pa.string())).take(pa.array(which, pa.int32()))


_TYPES = {
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "BOOLEAN": pa.bool_(),
    "VARCHAR": pa.string(),
    "VARCHAR[]": pa.list_(pa.string()),
}
_UNIT_TYPES = (pa.int32(), pa.int32(), pa.bool_(), pa.string())


def _turned(rows: Sequence[Sequence[object]], width: int) -> list[tuple[object, ...]]:
    return list(zip(*rows, strict=True)) if rows else [()] * width


def _batch(table: str, rows: Sequence[Sequence[object]]) -> pa.RecordBatch:
    columns = RAW[table]
    arrays = [
        pa.array(c, _TYPES[kind]) for c, (_, kind) in zip(_turned(rows, len(columns)), columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, names=[name for name, _ in columns])
