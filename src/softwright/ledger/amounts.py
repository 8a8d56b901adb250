"""Amounts and periods of budgets. Amounts are whole billionths in the tables, so that sums are exact."""

from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, Decimal, InvalidOperation

from softwright.core import InvalidInput, nearest

Amount = int | float | Decimal
"""What callers give: USD, tokens, requests, seconds."""

_SCALE = 10**9
_MOST = (2**63 - 1) // _SCALE // 2  # sums of two fit as well

PERIODS = ("", "hour", "day", "month")
"""How often a budget begins anew, by the UTC calendar; "" for never."""

FOREVER = datetime(1970, 1, 1, tzinfo=UTC)
"""The beginning of a budget that never begins anew."""


def to_units(amount: Amount, what: str) -> int:
    """Whole billionths, rounded up; `what` names the amount in messages. Raises InvalidInput."""
    try:
        exact = Decimal(str(amount))
        if not exact.is_finite() or not 0 <= exact <= _MOST:
            raise InvalidOperation
        return int((exact * _SCALE).to_integral_value(ROUND_CEILING))
    except InvalidOperation as error:
        raise InvalidInput(f"{what} is `{amount}`; allowed: a number from 0 to {_MOST:,}") from error


def from_units(units: int) -> Decimal:
    """The amount that so many billionths are."""
    return (Decimal(units) / _SCALE).normalize() + 0


def checked_period(period: str) -> str:
    """The same, when it is one of `PERIODS`. Raises InvalidInput."""
    if period not in PERIODS:
        raise InvalidInput(f"`{period}` is no period of a budget; {nearest(period, PERIODS)}")
    return period


def period_start(period: str, now: datetime) -> datetime:
    """When the period that `now` lies in began."""
    if not period:
        return FOREVER
    start = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    if period == "hour":
        return start
    return start.replace(hour=0) if period == "day" else start.replace(hour=0, day=1)


def next_start(period: str, start: datetime) -> datetime | None:
    """When the period after the one that began at `start` begins; None when never."""
    lengths = {"hour": timedelta(hours=1), "day": timedelta(days=1), "month": timedelta(days=31)}
    return period_start(period, start + lengths[period]) if period else None
