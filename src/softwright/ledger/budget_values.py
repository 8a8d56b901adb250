"""What callers of budgets see."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

RESERVED, SETTLED, RELEASED, EXPIRED = "reserved", "settled", "released", "expired"
"""States of a reservation: open, charged as it was, given back, charged as estimated."""


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
