"""What the facts tell before a file is opened: which files lack a word that a pattern demands, and where the
calls are that a pattern of calls may match.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb
import pyarrow as pa

from softwright.facts.extract.readers import version_of
from softwright.facts.query.calls import Call
from softwright.facts.query.search import Wanted
from softwright.facts.store import Registered
from softwright.facts.structure import called_name, lies_within
from softwright.facts.words import hash_of

_MOST = 64
"""Alternatives of one demand that are asked for; a longer one is not."""


@dataclass(frozen=True, slots=True)
class Told:
    """`wanted` must be read, some with the places to look at; `ruled_out` hold no match."""

    wanted: Sequence[Wanted]
    ruled_out: Sequence[str] = ()


def told(connection: duckdb.DuckDBPyConnection, call: Call, wanted: Sequence[Wanted]) -> Told:
    """Split the blobs wanted for a call by what is known of their words and calls.

    Facts of files that were read without any remark count; all others are wanted whole.
    """
    if not wanted:
        return Told(wanted)
    without = _without_words(connection, call, wanted)
    rest = [one for one in wanted if one.blob not in without]
    places = _places(connection, call, rest) if rest else {}
    without |= {blob for blob, found in places.items() if not found}
    lines = _definitions(connection, call, rest) if rest and not places else {}
    return Told(
        [
            replace(one, places=places.get(one.blob), definitions=lines.get(one.blob))
            for one in rest
            if one.blob not in without
        ],
        [one.blob for one in wanted if one.blob in without],
    )


def _without_words(connection: duckdb.DuckDBPyConnection, call: Call, wanted: Sequence[Wanted]) -> set[str]:
    """Blobs in which every pattern lacks a word that it demands."""
    demands = [[group for group in pattern.words if len(group) <= _MOST] for pattern in call.patterns]
    if not all(demands):
        return set()
    held = " OR ".join(" AND ".join(map(_any_of, groups)) for groups in demands)
    rows = _asked(
        connection,
        call,
        wanted,
        select="SELECT u.blob",
        rest=f"JOIN raw_words w ON w.unit = u.unit WHERE NOT ({held})",
    )
    return {blob for (blob,) in rows}


def _any_of(words: Collection[bytes]) -> str:
    # `list_has_any` would be shorter; it takes twenty times as long
    tests = (f"list_contains(w.words, {hash_of(word)}::USMALLINT)" for word in sorted(words))
    return f"({' OR '.join(tests)})"


def _places(
    connection: duckdb.DuckDBPyConnection, call: Call, wanted: Sequence[Wanted]
) -> dict[str, tuple[tuple[int, int], ...]]:
    """Where known, the calls of a blob that the patterns may match; {} when they may match other things."""
    names = {called_name(pattern) for pattern in call.patterns}
    if None in names:
        return {}
    rows = _asked(
        connection,
        call,
        wanted,
        select="SELECT u.blob, list((x.start_byte, x.end_byte)) FILTER (x.unit IS NOT NULL)",
        rest="LEFT JOIN raw_calls x ON x.unit = u.unit AND x.name IN (SELECT unnest(?)) GROUP BY u.blob",
        values=[sorted(name for name in names if name)],
    )
    return {blob: tuple(found or ()) for blob, found in rows}


def _definitions(
    connection: duckdb.DuckDBPyConnection, call: Call, wanted: Sequence[Wanted]
) -> dict[str, tuple[tuple[int, int], ...]]:
    """Where known, the lines of a blob's definitions; {} when the patterns may match outside of them."""
    if not all(lies_within(pattern) for pattern in call.patterns):
        return {}
    rows = _asked(
        connection,
        call,
        wanted,
        select="SELECT u.blob, list(s.line), list(s.end_line)",
        rest="JOIN raw_symbols s ON s.unit = u.unit GROUP BY u.blob",
    )
    return {blob: tuple(zip(first, last, strict=True)) for blob, first, last in rows}


def _asked(
    connection: duckdb.DuckDBPyConnection,
    call: Call,
    wanted: Sequence[Wanted],
    *,
    select: str,
    rest: str,
    values: Sequence[object] = (),
) -> list[tuple[Any, ...]]:
    """Rows about wanted blobs `a`, each with its unit `u`, when that was read without any remark."""
    asked = pa.table({"blob": pa.array([one.blob for one in wanted], pa.string())})
    with Registered(connection, _asked=asked):
        return connection.execute(
            f"{select} FROM _asked a JOIN raw_units u ON u.blob = a.blob AND u.reader = ? "
            f"AND u.version = ? AND u.parse_error IS NULL {rest}",
            [call.language, version_of(call.language), *values],
        ).fetchall()
