"""Rows of buckets, budgets and reservations: found, locked, changed."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Table, insert, select, update

from softwright.core import InvalidInput, nearest
from softwright.ledger.amounts import from_units, next_start, period_start
from softwright.ledger.budget_values import Refused, Reservation, Wait
from softwright.ledger.schema import buckets, budget_periods, reservations

_NAME_LIMIT = 200
_MICROSECOND = timedelta(microseconds=1)


def checked_name(text: str) -> None:
    """Raises InvalidInput for a name that a column cannot keep."""
    if len(text) > _NAME_LIMIT or "\0" in text:
        raise InvalidInput(
            f"`{text[:40]}…` has {len(text)} characters; allowed are {_NAME_LIMIT}, and no NUL",
            hint="use a digest of the longer name",
        )


def locked(connection: Connection, table: Table, names: Iterable[str]) -> dict[str, Row[Any]]:
    """Rows by name that are there; locked, always in one order, so that no two wait for each other."""
    wanted = sorted(names)
    if not wanted:
        return {}
    query = select(table).where(table.c.name.in_(wanted)).order_by(table.c.name)
    if connection.get_execution_options().get("writes"):
        query = query.with_for_update()
    return {row.name: row for row in connection.execute(query)}


def found(connection: Connection, table: Table, names: Iterable[str]) -> dict[str, Row[Any]]:
    """Rows by name, locked inside of `write()`. Raises InvalidInput for a name that is not there."""
    wanted = set(names)
    rows = locked(connection, table, wanted)
    if missing := sorted(wanted - rows.keys()):
        kind, known = table.name.removesuffix("s"), connection.execute(select(table.c.name)).scalars()
        raise InvalidInput(
            f"there is no {kind} `{missing[0]}`; {nearest(missing[0], known)}",
            hint=f"make it with `set_{kind}`",
        )
    return rows


def span_of(connection: Connection, budget: Row[Any], now: datetime) -> Row[Any]:
    """The row of the budget's present period, made when the period is new."""
    start = period_start(budget.period, now)
    match = (budget_periods.c.name == budget.name, budget_periods.c.start == start)
    query = select(budget_periods).where(*match).with_for_update()
    row = connection.execute(query).one_or_none()
    if row is None:
        first = {"name": budget.name, "start": start, "spent": 0, "reserved": 0}
        connection.execute(insert(budget_periods).values(**first))
        row = connection.execute(query).one()
    return row


def level_of(bucket: Row[Any], now: datetime) -> int:
    """What is in a bucket now. A clock that went back adds nothing."""
    elapsed = max(0, (now - bucket.at) // _MICROSECOND)
    return int(min(bucket.capacity, bucket.level + elapsed * bucket.refill_per_s // 1_000_000))


def set_level(connection: Connection, bucket: Row[Any], level: int, now: datetime) -> None:
    """Record what is in a bucket now. A clock that went back does not count the same time twice."""
    query = update(buckets).where(buckets.c.name == bucket.name)
    connection.execute(query.values(level=level, at=max(now, bucket.at)))


def add_sums(
    connection: Connection, name: str, start: datetime, *, spent: int = 0, reserved: int = 0
) -> None:
    """Add to the sums of a budget's period."""
    match = (budget_periods.c.name == name, budget_periods.c.start == start)
    sums = {"spent": budget_periods.c.spent + spent, "reserved": budget_periods.c.reserved + reserved}
    connection.execute(update(budget_periods).where(*match).values(**sums))


def one_reservation(connection: Connection, key: str) -> Row[Any] | None:
    """The reservation under `key`, locked."""
    query = select(reservations).where(reservations.c.key == key).with_for_update()
    return connection.execute(query).one_or_none()


def known_reservation(connection: Connection, key: str) -> Row[Any]:
    """The reservation under `key`, locked. Raises InvalidInput when there is none."""
    row = one_reservation(connection, key)
    if row is None:
        raise InvalidInput(f"nothing is reserved under `{key}`", hint="call `reserve` with this key first")
    return row


def only_known(given: Mapping[str, int], known: Mapping[str, Any], said: str) -> None:
    """Raises InvalidInput when `given` has a name that `known` has not."""
    for name in given.keys() - known.keys():
        raise InvalidInput(f"{said} `{name}`; {nearest(name, known)}")


def close_reservation(
    connection: Connection, row: Row[Any], state: str, charged: Mapping[str, int]
) -> Reservation:
    """Record how a reservation ended."""
    ended = {"state": state, "spent": dict(charged)}
    connection.execute(update(reservations).where(reservations.c.key == row.key).values(**ended))
    return reservation_of(row._asdict() | ended)


def reservation_of(row: Mapping[str, Any]) -> Reservation:
    """The reservation that a row holds."""
    return Reservation(
        row["key"],
        row["state"],
        {name: from_units(units) for name, units in row["take"].items()},
        {name: from_units(units) for name, (units, _) in row["spend"].items()},
        row["at"],
        row["run"],
        row["step"],
        {name: from_units(units) for name, units in row["spent"].items()},
    )


def short_of_rate(
    rows: Mapping[str, Row[Any]], wanted: Mapping[str, int], now: datetime
) -> Wait | Refused | None:
    """What stands against taking so much from the buckets; the longest wait of all."""
    waits = []
    for name, units in wanted.items():
        row, short = rows[name], units - level_of(rows[name], now)
        if short <= 0:
            continue
        if units > row.capacity or not row.refill_per_s:
            most = row.capacity if row.refill_per_s else level_of(row, now)
            reason = f"{from_units(units):f} asked of the bucket `{name}`, which never holds more than"
            return Refused(f"{reason} {from_units(most):f}", name)
        waits.append(Wait(short / row.refill_per_s, name))
    return max(waits, key=lambda wait: wait.seconds, default=None)


def short_of_sum(
    rows: Mapping[str, Row[Any]], spans: Mapping[str, Row[Any]], costs: Mapping[str, int]
) -> Refused | None:
    """What stands against spending so much: the first budget that has less left."""
    for name, units in costs.items():
        row, span = rows[name], spans[name]
        left = row.ceiling - span.spent - span.reserved
        if units > left:
            left_shown, cap = from_units(max(0, left)), from_units(row.ceiling)
            reason = (
                f"{from_units(units):f} {row.unit} asked of the budget `{name}`, which has {left_shown:f}"
            )
            until = next_start(row.period, span.start)
            return Refused(f"{reason} of {cap:f} {row.unit} left", name, until)
    return None
