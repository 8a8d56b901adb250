"""The ids of the runs of campaigns. Whatever has another form belongs to nobody and disturbs nobody."""

import re
from collections.abc import Iterable
from secrets import token_hex

_DELIVERY = re.compile(r"[^/]+/deliver-(\d+)(?:-[0-9a-f]+)?")


def next_delivery(campaign: str, ids: Iterable[str]) -> str:
    """An id for a delivery after all of these.

    The numbers are for people: those forgotten long ago may come again, the end of the id does not.
    """
    return f"{campaign}/deliver-{_highest(_DELIVERY, ids) + 1}-{token_hex(4)}"


def _highest(form: re.Pattern[str], ids: Iterable[str]) -> int:
    found = (form.fullmatch(run) for run in ids)
    return max((int(one[1]) for one in found if one), default=0)
