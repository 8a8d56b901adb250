"""Runs that are started by the clock."""

from dataclasses import dataclass
from datetime import UTC, datetime

from croniter import croniter

from softwright.core import InvalidInput

_HINT = (
    "minute, hour, day, month, weekday in UTC, with seconds before them if wished: "
    "`0 3 * * *` is every day at three"
)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A kind of run that is started again and again, at the moments of `cron`, in UTC.

    `fired` is the moment of the last start. A run has the id `sched-<name>-<moment>`. Moments at which no
    worker is up are passed over.
    """

    name: str
    kind: str
    cron: str
    args: object = None
    fired: datetime | None = None


def check_cron(cron: str) -> None:
    """Raises InvalidInput when `cron` is no cron expression, or one that never comes true."""
    if not croniter.is_valid(cron, second_at_beginning=True):
        raise InvalidInput(f"`{cron}` is no cron expression", hint=_HINT)
    try:
        next_moment(cron, datetime.now(UTC))
    except ValueError as error:
        raise InvalidInput(f"`{cron}` never comes", hint=_HINT) from error


def next_moment(cron: str, after: datetime) -> datetime:
    """The first moment of `cron` after another one."""
    found: datetime = croniter(cron, after, second_at_beginning=True).get_next(datetime)
    return found
