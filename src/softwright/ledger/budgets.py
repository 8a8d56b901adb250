"""Rates and budgets: reserve before a call, settle after it.

A bucket limits how fast (requests, tokens a minute), a budget how much (USD a month). A call is reserved
at its estimate from all of its buckets and budgets, or from none; settled at what it really was. The key
of a reservation names the attempt, so a replay finds what it reserved and never reserves twice.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from softwright.core import InvalidInput, SystemClock
from softwright.ledger.amounts import Amount, checked_period, from_units, period_start, to_units
from softwright.ledger.budget_rows import (
    add_sums,
    checked_name,
    close_reservation,
    found,
    known_reservation,
    level_of,
    locked,
    one_reservation,
    only_known,
    reservation_of,
    set_level,
    short_of_rate,
    short_of_sum,
    span_of,
)
from softwright.ledger.budget_values import (
    EXPIRED,
    RELEASED,
    RESERVED,
    SETTLED,
    Bucket,
    Budget,
    Refused,
    Reservation,
    Wait,
)
from softwright.ledger.connected import Connected
from softwright.ledger.schema import buckets, budget_periods, budgets, reservations


class Budgets:
    """Buckets, budgets and what is reserved from them. Every method is one transaction.

    Moments are those of the database server where there is one, so that machines need not agree.
    """

    def __init__(self, ledger: Connected) -> None:
        self._ledger = ledger

    def set_bucket(self, name: str, *, capacity: Amount, refill_per_s: Amount) -> Bucket:
        """Make a bucket, full, or change one; what has been taken from it stays taken."""
        checked_name(name)
        size = to_units(capacity, f"the capacity of the bucket `{name}`")
        refill = to_units(refill_per_s, f"the refill of the bucket `{name}`")
        with self._ledger.write() as connection:
            now = self._now(connection)
            row = locked(connection, buckets, [name]).get(name)
            fields = {"capacity": size, "refill_per_s": refill}
            if row is None:
                level = size
                connection.execute(insert(buckets).values(name=name, level=level, at=now, **fields))
            else:
                level = max(0, level_of(row, now) + size - row.capacity)
                query = update(buckets).where(buckets.c.name == name)
                connection.execute(query.values(level=level, at=max(now, row.at), **fields))
        return Bucket(name, from_units(size), from_units(refill), from_units(level))

    def set_budget(self, name: str, *, limit: Amount, unit: str = "USD", period: str = "") -> Budget:
        """Make a budget or change one; what is spent and reserved stays. `period`: "", hour, day, month."""
        checked_name(name)
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
            row = found(connection, buckets, [name])[name]
            level = from_units(level_of(row, now))
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
            checked_name(text)
        with self._ledger.write() as connection:
            rates = found(connection, buckets, wanted)
            sums = found(connection, budgets, costs)
            # Looked for under the locks: two that ask with one key are here one after the other.
            if (known := one_reservation(connection, key)) is not None:
                return reservation_of(known._asdict())
            now = self._now(connection)
            spans = {name: span_of(connection, sums[name], now) for name in sorted(costs)}
            no = short_of_sum(sums, spans, costs) or short_of_rate(rates, wanted, now)
            if no is not None:
                return no
            for name, units in wanted.items():
                set_level(connection, rates[name], level_of(rates[name], now) - units, now)
            for name, units in costs.items():
                add_sums(connection, name, spans[name].start, reserved=units)
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
        return reservation_of(row)

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
            row = known_reservation(connection, key)
            if row.state == SETTLED:
                return reservation_of(row._asdict())
            if row.state == RELEASED:
                raise InvalidInput(
                    f"the reservation `{key}` was released, so it cannot be settled",
                    hint="reserve under a new key before the call",
                )
            only_known(real, row.spend, f"the reservation `{key}` spends nothing of")
            only_known(taken, row.take, f"the reservation `{key}` takes nothing from")
            charged = {name: real.get(name, estimate) for name, (estimate, _) in row.spend.items()}
            self._charge(connection, row, charged)
            self._give_back(connection, {name: row.take[name] - units for name, units in taken.items()})
            return close_reservation(connection, row, SETTLED, charged)

    def release(self, key: str) -> Reservation:
        """Give everything back: the call was never made. Only for what is reserved; else changes nothing."""
        with self._ledger.write() as connection:
            row = known_reservation(connection, key)
            if row.state != RESERVED:
                return reservation_of(row._asdict())
            charged = dict.fromkeys(row.spend, 0)
            self._charge(connection, row, charged)
            self._give_back(connection, row.take)
            return close_reservation(connection, row, RELEASED, charged)

    def expire(self, *, older_than: datetime) -> list[Reservation]:
        """Charge at their estimates what was reserved before `older_than` and never settled."""
        query = select(reservations).where(reservations.c.state == RESERVED, reservations.c.at < older_than)
        with self._ledger.write() as connection:
            left = connection.execute(query.order_by(reservations.c.at).with_for_update()).all()
            done = []
            for row in left:
                charged = {name: estimate for name, (estimate, _) in row.spend.items()}
                self._charge(connection, row, charged)
                done.append(close_reservation(connection, row, EXPIRED, charged))
        return done

    def of_run(self, run: str) -> list[Reservation]:
        """Every reservation of a run, oldest first."""
        query = select(reservations).where(reservations.c.run == run)
        with self._ledger.read() as connection:
            found = connection.execute(query.order_by(reservations.c.at, reservations.c.key))
            return [reservation_of(row._asdict()) for row in found]

    def _now(self, connection: Connection) -> datetime:
        clock = self._ledger.clock
        if connection.dialect.name == "postgresql" and isinstance(clock, SystemClock):
            now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
            return now
        return clock.now()

    def _budget(self, connection: Connection, name: str) -> Budget:
        row = found(connection, budgets, [name])[name]
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
                add_sums(connection, name, since, spent=charged[name] - estimate)
            else:
                add_sums(connection, name, since, spent=charged[name], reserved=-estimate)

    def _give_back(self, connection: Connection, units: Mapping[str, int]) -> None:
        """Put units back into buckets; negative ones are taken, down to an empty bucket."""
        if not units:
            return
        rows = locked(connection, buckets, units)
        now = self._now(connection)
        for name, row in rows.items():
            level = min(row.capacity, max(0, level_of(row, now) + units[name]))
            set_level(connection, row, level, now)
