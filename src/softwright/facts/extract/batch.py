"""Facts of many blobs as columns: what a worker fills and sends.

Rows are kept as numbers and as indices into small tables of distinct values, because building a Python
string per cell costs more than parsing the file did; Arrow spreads them out again in native code.
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


_CALL_NUMBERS = ("line", "end_line", "start_byte", "end_byte", "arguments")
CALL_WIDTH = len(_CALL_NUMBERS) + 2
"""Numbers that make a call: those of `raw_calls`, then the indices of its callee and of its scope."""


@dataclass(slots=True)
class Batch:
    """Facts of the units of one chunk; units are numbered from 0 within it."""

    units: list[UnitRow] = field(default_factory=list)
    symbols: list[SymbolRow] = field(default_factory=list)
    imports: list[ImportRow] = field(default_factory=list)
    calls: "array[int]" = field(default_factory=lambda: array("i"))
    """`CALL_WIDTH` numbers each, end to end."""
    call_units: "array[int]" = field(default_factory=lambda: array("i"))
    """The unit of each call."""
    callees: list[Callee] = field(default_factory=list)
    scopes: list[str] = field(default_factory=list)
    keywords: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """Index of a call -> its keywords; calls without any are absent."""
    words: list[tuple[int, "array[int]"]] = field(default_factory=list)
    """Unit and what `hashes_of` gives of it."""
    dependencies: list[DependencyRow] = field(default_factory=list)
    includes: list[tuple[int, str]] = field(default_factory=list)
    owner_rules: list[tuple[int, int, str, list[str]]] = field(default_factory=list)

    @property
    def n_calls(self) -> int:
        """Number of calls."""
        return len(self.call_units)

    def add_calls(self, unit: int, numbers: list[int]) -> None:
        """Add the calls of a unit, `CALL_WIDTH` numbers each."""
        self.calls.extend(array("i", numbers))
        self.call_units.extend(array("i", [unit]) * (len(numbers) // CALL_WIDTH))

    def scope(self, name: str) -> int:
        """Index of a new scope: the qualified name of a definition whose calls are to come."""
        self.scopes.append(name)
        return len(self.scopes) - 1

    def mark(self) -> tuple[int, ...]:
        """Where the batch stands, for `back_to`."""
        return tuple(len(part) for part in self._lists())

    def back_to(self, mark: tuple[int, ...]) -> None:
        """Forget everything added since `mark`."""
        for part, length in zip(self._lists(), mark, strict=True):
            del part[length:]
        for call in [call for call in self.keywords if call >= self.n_calls]:
            del self.keywords[call]

    def _lists(self) -> tuple[list[object], ...]:
        return (  # type: ignore[return-value]
            self.units,
            self.symbols,
            self.imports,
            self.calls,
            self.call_units,
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
        numbers = [_numbers(self.calls[at::CALL_WIDTH]) for at in range(CALL_WIDTH)]
        scope, which = numbers.pop(), numbers.pop()
        columns: dict[str, pa.Array] = {"unit": _numbers(self.call_units)}
        columns.update(zip(_CALL_NUMBERS, numbers, strict=True))
        callees = list(zip(*self.callees, strict=True))
        for at, name in enumerate(Callee._fields):
            kind = pa.int32() if name in ("level", "receiver_length") else pa.string()
            columns[name] = pa.array(callees[at], kind).take(which)
        columns["in_symbol"] = pa.array(self.scopes, pa.string()).take(scope)
        columns["keywords"] = self._keywords()
        return pa.RecordBatch.from_arrays(
            [columns[name] for name, _ in RAW["raw_calls"]], names=[name for name, _ in RAW["raw_calls"]]
        )

    def _keywords(self) -> pa.Array:
        distinct: dict[tuple[str, ...], int] = {(): 0}
        which = array("i", [0]) * self.n_calls
        for call, names in self.keywords.items():
            which[call] = distinct.setdefault(names, len(distinct))
        return pa.array(list(distinct), pa.list_(pa.string())).take(_numbers(which))


_TYPES = {
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "BOOLEAN": pa.bool_(),
    "VARCHAR": pa.string(),
    "VARCHAR[]": pa.list_(pa.string()),
}
_UNIT_TYPES = (pa.int32(), pa.int32(), pa.bool_(), pa.string())


def _numbers(values: "array[int]") -> pa.Array:
    """The same memory as an Arrow array."""
    return pa.Array.from_buffers(pa.int32(), len(values), [None, pa.py_buffer(values)])


def _turned(rows: Sequence[Sequence[object]], width: int) -> list[tuple[object, ...]]:
    return list(zip(*rows, strict=True)) if rows else [()] * width


def _batch(table: str, rows: Sequence[Sequence[object]]) -> pa.RecordBatch:
    columns = RAW[table]
    arrays = [
        pa.array(c, _TYPES[kind]) for c, (_, kind) in zip(_turned(rows, len(columns)), columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, names=[name for name, _ in columns])
