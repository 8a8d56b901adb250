"""What the facts tell before a file is opened: where the calls are that a pattern of calls may match."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb
import pyarrow as pa

from softwright.facts.extract.readers import version_of
from softwright.facts.query.calls import Call
from softwright.facts.query.search import Wanted
from softwright.facts.store import Registered
from softwright.facts.structure import called_name


@dataclass(frozen=True, slots=True)
class Told:
    """`wanted` must be read, some with the places to look at; `ruled_out` hold no match."""

    wanted: Sequence[Wanted]
    ruled_out: Sequence[str] = ()


def told(connection: duckdb.DuckDBPyConnection, call: Call, wanted: Sequence[Wanted]) -> Told:
    """Split the blobs wanted for a call by what is known of their calls.

    Facts of files that were read without any remark count; all others are wanted whole.
    """
    names = {called_name(pattern) for pattern in call.patterns}
    if not wanted or None in names:
        return Told(wanted)
    asked = pa.table({"blob": pa.array([one.blob for one in wanted], pa.string())})
    with Registered(connection, _asked=asked):
        rows = connection.execute(
            "SELECT u.blob, list((x.start_byte, x.end_byte)) FILTER (x.unit IS NOT NULL) "
            "FROM _asked a JOIN raw_units u ON u.blob = a.blob AND u.reader = ? AND u.version = ? "
            "AND u.parse_error IS NULL "
            "LEFT JOIN raw_calls x ON x.unit = u.unit AND x.name IN (SELECT unnest(?)) GROUP BY u.blob",
            [call.language, version_of(call.language), sorted(name for name in names if name)],
        ).fetchall()
    places = {blob: tuple(found or ()) for blob, found in rows}
    rest = [one for one in wanted if places.get(one.blob) != ()]
    return Told(
        [replace(one, places=places[one.blob]) if one.blob in places else one for one in rest],
        [one.blob for one in wanted if places.get(one.blob) == ()],
    )
