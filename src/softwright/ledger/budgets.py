"""Rates and budgets: reserve before a call, settle after it.

A bucket limits how fast (requests, tokens a minute), a budget how much (USD a month). A call is reserved
at its estimate from all of its buckets and budgets, or from none; settled at what it really was. The key
of a reservation names the attempt, so a replay finds what it reserved and never reserves twice.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, Table, func, insert, select, update

from softwright.core import InvalidInput, SystemClock, nearest
from softwright.ledger.amounts import (
    Amount,
    checked_period,
    from_units,
    next_start,
    period_start,
    to_units,
)
from softwright.ledger.connected import Connected
from softwright.ledger.schema import buckets, budget_periods, budgets, reservations

RESERVED, SETTLED, RELEASED, EXPIRED = "reserved", "settled", "released", "expired"

_NAME_LIMIT = 200
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Reservation:
    """What a call may use: `take` by bucket, `spend` by budget, both as estimated.

    `state` is "reserved", "settled", "released" or "expired"; `spent` is what was charged in the end.
    """

    key: str
    state: str
    take: Mapping[str, Decimal]
    spend: Mapping[str, Decimal]
    at: datetime
    run: str = ""
    step: str = ""
    spent: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def difference(self) -> dict[str, Decimal]:
        """By budget, what was charged above the estimate; negative when it cost less."""
        return {name: charged - self.spend[name] for name, charged in self.spent.items()}


@dataclass(frozen=True, slots=True)
class Wait:
    """Not now, and nothing is reserved: `bucket` is full enough in `seconds` if nobody else takes from it."""

    seconds: float
    bucket: str


@dataclass(frozen=True, slots=True)
class Refused:
    """No: `reason` says which limit is reached; `until` when it begins anew, None when never."""

    reason: str
    name: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Bucket:
    """A rate: holds up to `capacity`, gains `refill_per_s` each second, `level` is there now."""

    name: str
    capacity: Decimal
    refill_per_s: Decimal
    level: Decimal


@dataclass(frozen=True, slots=True)
class Budget:
    """A sum for one `period` that began at `since`. `left` is what can still be reserved."""

    name: str
    unit: str
    limit: Decimal
    period: str
    since: datetime
    spent: Decimal
    reserved: Decimal

    @property
    def left(self) -> Decimal:
        """The limit less what is spent and reserved; never below zero."""
        return max(self.limit - self.spent - self.reserved, Decimal(0))


class Budgets:
    """Buckets, budgets and what is reserved from them. Every method is one transaction.

    Moments are those of the database server where there is one, so that machines need not agree.
    """

    def __init__(self, ledger: Connected) -> None:
        self._ledger = ledger

    def set_bucket(self, name: str, *, capacity: Amount, refill_per_s: Amount) -> Bucket:
        """Make a bucket, full, or change one; what has been taken from it stays taken."""
        _short(name)
        size = to_units(capacity, f"the capacity of the bucket `{name}`")
        refill = to_units(refill_per_s, f"the refill of the bucket `{name}`")
        with self._ledger.write() as connection:
            now = self._now(connection)
            row = _locked(connection, buckets, [name]).get(name)
            fields = {"capacity": size, "refill_per_s": refill, "at": now}
            if row is None:
                level = size
                connection.execute(insert(buckets).values(name=name, level=level, **fields))
            else:
                level = max(0, _level(row, now) + size - row.capacity)
                query = update(buckets).where(buckets.c.name == name)
                connection.execute(query.values(level=level, **fields))
        return Bucket(name, from_units(size), from_units(refill), from_units(level))

    def set_budget(self, name: str, *, limit: Amount, unit: str = "USD", period: str = "") -> Budget:
        """Make a budget or change one; what is spent and reserved stays. `period`: "", hour, day, month."""
        _short(name)
        ceiling = to_units(limit, f"the limit of the budget `{name}`")
        fields: dict[str, Any] = {"ceiling": ceiling, "unit": unit}
        fields["period"] = checked_period(period)
        with self._ledger.write() as connection:
            if not connection.execute(
                update(budgets).where(budgets.c.name == name).values(**fields)
            ).rowcount:
                connection.execute(insert(budgets).values(name=name, **fields))
            return self._budget(connection, name)

    def bucket(self, name: str) -> Bucket:
        """A bucket as it is now. Raises InvalidInput when there is none of that name."""
        with self._ledger.read() as connection:
            now = self._now(connection)
            row = _found(connection, buckets, [name])[name]
            level = from_units(_level(row, now))
        return Bucket(name, from_units(row.capacity), from_units(row.refill_per_s), level)

    def budget(self, name: str) -> Budget:
        """A budget in its present period. Raises InvalidInput when there is none of that name."""
        with self._ledger.read() as connection:
            return self._budget(connection, name)

    def reserve(
        self,
        key: str,
        *,
        take: Mapping[str, Amount] | None = None,
        spend: Mapping[str, Amount] | None = None,
        run: str = "",
        step: str = "",
    ) -> Reservation | Wait | Refused:
        """Reserve from buckets (`take`) and budgets (`spend`), by name: all of it or nothing.

        `key` names one attempt of one step of one run. The reservation under it is given again, whatever
        its state, and nothing is reserved anew. Raises InvalidInput for unknown names and odd amounts.
        """
        wanted = {name: to_units(n, f"what to take from `{name}`") for name, n in (take or {}).items()}
        costs = {name: to_units(n, f"what to spend of `{name}`") for name, n in (spend or {}).items()}
        for text in (key, run, step):
            _short(text)
        with self._ledger.write() as connection:
            rates = _found(connection, buckets, wanted)
            sums = _found(connection, budgets, costs)
            # Looked for under the locks: two that ask with one key are here one after the other.
            if (known := _one(connection, key)) is not None:
                return _reservation(known)
            now = self._now(connection)
            spans = {name: _span(connection, sums[name], now) for name in sorted(costs)}
            no = _why_not(rates, wanted, now) or _too_much(sums, spans, costs)
            if no is not None:
                return no
            for name, units in wanted.items():
                _set_level(connection, name, _level(rates[name], now) - units, now)
            for name, units in costs.items():
                _add(connection, name, spans[name].start, reserved=units)
            row = {
                "key": key,
                "state": RESERVED,
                "take": wanted,
                "spend": {name: [units, spans[name].start.isoformat()] for name, units in costs.items()},
                "spent": {},
                "run": run,
                "step": step,
                "at": now,
            }
            connection.execute(insert(reservations).values(**row))
            made = _one(connection, key)
        assert made is not None
        return _reservation(made)

    def settle(
        self, key: str, spent: Mapping[str, Amount] | None = None, *, used: Mapping[str, Amount] | None = None
    ) -> Reservation:
        """Charge what a call really cost, by budget, and give back what it took too much, by bucket.

        A name left out counts as estimated. Charged is the truth, also where it is above the estimate and
        the limit. A second call changes nothing, but the truth replaces what `expire` assumed. Raises
        InvalidInput when nothing is reserved under `key`.
        """
        real = {name: to_units(n, f"what was spent of `{name}`") for name, n in (spent or {}).items()}
        taken = {name: to_units(n, f"what was used of `{name}`") for name, n in (used or {}).items()}
        with self._ledger.write() as connection:
            row = _known(connection, key)
            if row.state == SETTLED:
                return _reservation(row)
            if row.state == RELEASED:
                raise InvalidInput(
                    f"the reservation `{key}` was released, so it cannot be settled",
                    hint="reserve under a new key before the call",
                )
            _only(real, row.spend, f"the reservation `{key}` spends nothing of")
            _only(taken, row.take, f"the reservation `{key}` takes nothing from")
            charged = {name: real.get(name, estimate) for name, (estimate, _) in row.spend.items()}
            self._charge(connection, row, charged)
            self._give_back(connection, {name: row.take[name] - units for name, units in taken.items()})
            return _close(connection, row, SETTLED, charged)

    def release(self, key: str) -> Reservation:
        """Give everything back: the call was never made. Only for what is reserved; else changes nothing."""
        with self._ledger.write() as connection:
            row = _known(connection, key)
            if row.state != RESERVED:
                return _reservation(row)
            charged = dict.fromkeys(row.spend, 0)
            self._charge(connection, row, charged)
            self._give_back(connection, row.take)
            return _close(connection, row, RELEASED, charged)

    def expire(self, *, older_than: datetime) -> list[Reservation]:
        """Charge at their estimates what was reserved before `older_than` and never settled."""
        query = select(reservations).where(reservations.c.state == RESERVED, reservations.c.at < older_than)
        with self._ledger.write() as connection:
            left = connection.execute(query.order_by(reservations.c.at).with_for_update()).all()
            done = []
            for row in left:
                charged = {name: estimate for name, (estimate, _) in row.spend.items()}
                self._charge(connection, row, charged)
                done.append(_close(connection, row, EXPIRED, charged))
        return done

    def of_run(self, run: str) -> list[Reservation]:
        """Every reservation of a run, oldest first."""
        query = select(reservations).where(reservations.c.run == run)
        with self._ledger.read() as connection:
            found = connection.execute(query.order_by(reservations.c.at, reservations.c.key))
            return [_reservation(row) for row in found]

    def _now(self, connection: Connection) -> datetime:
        clock = self._ledger.clock
        if connection.dialect.name == "postgresql" and isinstance(clock, SystemClock):
            now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
            return now
        return clock.now()

    def _budget(self, connection: Connection, name: str) -> Budget:
        row = _found(connection, budgets, [name])[name]
        since = period_start(row.period, self._now(connection))
        match = (budget_periods.c.name == name, budget_periods.c.start == since)
        span = connection.execute(select(budget_periods).where(*match)).one_or_none()
        spent, reserved = (span.spent, span.reserved) if span else (0, 0)
        return Budget(
            name,
            row.unit,
            from_units(row.ceiling),
            row.period,
            since,
            from_units(spent),
            from_units(reserved),
        )

    def _charge(self, connection: Connection, row: Row[Any], charged: Mapping[str, int]) -> None:
        """Move a reservation's sums from reserved (or from what `expire` charged) to what it cost."""
        for name in sorted(row.spend):
            estimate, start = row.spend[name]
            since = datetime.fromisoformat(start)
            if row.state == EXPIRED:
                _add(connection, name, since, spent=charged[name] - estimate)
            else:
                _add(connection, name, since, spent=charged[name], reserved=-estimate)

    def _give_back(self, connection: Connection, units: Mapping[str, int]) -> None:
        """Put units back into buckets; negative ones are taken, down to an empty bucket."""
        rows = _locked(connection, buckets, units)
        now = self._now(connection)
        for name, row in rows.items():
            level = min(row.capacity, max(0, _level(row, now) + units[name]))
            _set_level(connection, name, level, now)


def _short(text: str) -> None:
    if len(text) > _NAME_LIMIT or "\0" in text:
        raise InvalidInput(
            f"`{text[:40]}…` has {len(text)} characters; allowed are {_NAME_LIMIT}, and no NUL",
            hint="use a digest of the longer name",
        )


def _locked(connection: Connection, table: Table, names: Iterable[str]) -> dict[str, Row[Any]]:
    """Rows by name, locked until the transaction ends, always in one order: no two wait for each other."""
    wanted = sorted(names)
    if not wanted:
        return {}
    query = select(table).where(table.c.name.in_(wanted)).order_by(table.c.name).with_for_update()
    return {row.name: row for row in connection.execute(query)}


def _found(connection: Connection, table: Table, names: Iterable[str]) -> dict[str, Row[Any]]:
    wanted = set(names)
    query = select(table).where(table.c.name.in_(sorted(wanted))).order_by(table.c.name)
    if connection.get_execution_options().get("writes"):
        query = query.with_for_update()
    rows = {row.name: row for row in connection.execute(query)}
    if missing := sorted(wanted - rows.keys()):
        kind, known = table.name.removesuffix("s"), connection.execute(select(table.c.name)).scalars()
        raise InvalidInput(
            f"there is no {kind} `{missing[0]}`; {nearest(missing[0], known)}",
            hint=f"make it with `set_{kind}`",
        )
    return rows


def _span(connection: Connection, budget: Row[Any], now: datetime) -> Row[Any]:
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


def _level(bucket: Row[Any], now: datetime) -> int:
    """What is in a bucket now. A clock that went back adds nothing."""
    elapsed = max(0, (now - bucket.at) // _MICROSECOND)
    return int(min(bucket.capacity, bucket.level + elapsed * bucket.refill_per_s // 1_000_000))


def _why_not(rows: Mapping[str, Row[Any]], wanted: Mapping[str, int], now: datetime) -> Wait | Refused | None:
    """What stands against taking so much from the buckets; the longest wait of all."""
    waits = []
    for name, units in wanted.items():
        row, short = rows[name], units - _level(rows[name], now)
        if short <= 0:
            continue
        if units > row.capacity or not row.refill_per_s:
            most = row.capacity if row.refill_per_s else _level(row, now)
            reason = f"{from_units(units):f} asked of the bucket `{name}`, which never holds more than"
            return Refused(f"{reason} {from_units(most):f}", name)
        waits.append(Wait(short / row.refill_per_s, name))
    return max(waits, key=lambda wait: wait.seconds, default=None)


def _too_much(
    rows: Mapping[str, Row[Any]], spans: Mapping[str, Row[Any]], costs: Mapping[str, int]
) -> Refused | None:
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


def _set_level(connection: Connection, name: str, level: int, now: datetime) -> None:
    connection.execute(update(buckets).where(buckets.c.name == name).values(level=level, at=now))


def _add(connection: Connection, name: str, start: datetime, *, spent: int = 0, reserved: int = 0) -> None:
    match = (budget_periods.c.name == name, budget_periods.c.start == start)
    sums = {"spent": budget_periods.c.spent + spent, "reserved": budget_periods.c.reserved + reserved}
    connection.execute(update(budget_periods).where(*match).values(**sums))


def _one(connection: Connection, key: str) -> Row[Any] | None:
    query = select(reservations).where(reservations.c.key == key).with_for_update()
    return connection.execute(query).one_or_none()


def _known(connection: Connection, key: str) -> Row[Any]:
    row = _one(connection, key)
    if row is None:
        raise InvalidInput(f"nothing is reserved under `{key}`", hint="call `reserve` with this key first")
    return row


def _only(given: Mapping[str, int], known: Mapping[str, Any], said: str) -> None:
    for name in given.keys() - known.keys():
        raise InvalidInput(f"{said} `{name}`; {nearest(name, known)}")


def _close(connection: Connection, row: Row[Any], state: str, charged: Mapping[str, int]) -> Reservation:
    query = update(reservations).where(reservations.c.key == row.key)
    connection.execute(query.values(state=state, spent=dict(charged)))
    closed = _one(connection, row.key)
    assert closed is not None
    return _reservation(closed)


def _reservation(row: Row[Any]) -> Reservation:
    return Reservation(
        row.key,
        row.state,
        {name: from_units(units) for name, units in row.take.items()},
        {name: from_units(units) for name, (units, _) in row.spend.items()},
        row.at,
        row.run,
        row.step,
        {name: from_units(units) for name, units in row.spent.items()},
    )
