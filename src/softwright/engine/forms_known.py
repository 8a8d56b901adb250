"""The classes that every payload may hold: Python's own values and those of `core`."""

import base64
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import PosixPath, PurePosixPath
from uuid import UUID

from softwright import core
from softwright.engine.forms import Unfit, allow, allow_as


def _moment(value: datetime) -> str:
    """ISO text with its offset; a named zone comes back as the offset it had at that moment."""
    if value.utcoffset() is None:
        raise Unfit("is a datetime without a time zone", "make it aware, as `datetime.now(UTC)` is")
    return value.isoformat()


def register() -> None:
    """Register them all."""
    allow_as(tuple, "tuple", list, tuple)
    allow_as(set, "set", list, set)
    allow_as(frozenset, "frozenset", list, frozenset)
    allow_as(
        bytes, "bytes", lambda b: base64.b64encode(b).decode(), lambda t: base64.b64decode(t, validate=True)
    )
    allow_as(datetime, "datetime", _moment, datetime.fromisoformat)
    allow_as(date, "date", date.isoformat, date.fromisoformat)
    allow_as(timedelta, "timedelta", lambda d: [d.days, d.seconds, d.microseconds], lambda v: timedelta(*v))
    allow_as(Decimal, "decimal", str, Decimal)
    allow_as(UUID, "uuid", str, UUID)
    allow_as(PosixPath, "path", str, PosixPath)
    allow_as(PurePosixPath, "pure-path", str, PurePosixPath)
    allow(core.Cost, core.Delete, core.Edit, core.Entry, core.Event, core.Evidence, core.Fleet, core.Outcome)
    allow(core.Patch, core.Position, core.Repo, core.Site, core.Snapshot, core.Span, core.Verdict, core.Write)
