"""The ids of the runs of campaigns. Whatever has another form belongs to nobody and disturbs nobody."""

import re
from collections.abc import Iterable
from secrets import token_hex

_RUN = re.compile(r"[^/]+/(\d+)-[0-9a-f]+")
_DELIVERY = re.compile(r"[^/]+/deliver-(\d+)(?:-[0-9a-f]+)?")
_GATE = re.compile(r"[^/]+/(?!deliver-\d)[^/]+/(?:\d{4,}|kept-[0-9a-f]+)/(.+)/gate")
_GATE_PUSH = re.compile(f"{_GATE.pattern}/push")
_DELIVERY_PUSH = re.compile(r"[^/]+/[^/]+/(.+)")
_WORD = re.compile(r"\w[\w.-]*", re.ASCII)


def next_run(campaign: str, mark: str, ids: Iterable[str]) -> str:
    """An id for a run of a campaign after all of these; it ends with the `mark` of the campaign's file."""
    return f"{campaign}/{_highest(_RUN, ids) + 1}{mark}"


def next_delivery(campaign: str, ids: Iterable[str]) -> str:
    """An id for a delivery after all of these.

    The numbers are for people: those forgotten long ago may come again, the end of the id does not.
    """
    return f"{campaign}/deliver-{_highest(_DELIVERY, ids) + 1}-{token_hex(4)}"


def gated_repo(gate: str) -> str:
    """The repository that a gate is for, "" when that cannot be told."""
    found = _GATE.fullmatch(gate)
    return found[1] if found else ""


def pushed_repo(push: str) -> str:
    """The repository that the run of a push is for, "" when that cannot be told."""
    found = _GATE_PUSH.fullmatch(push) or _DELIVERY_PUSH.fullmatch(push)
    return found[1] if found else ""


def is_root(run: str) -> bool:
    """True for ids of the form that runs have which no other run started."""
    campaign, _, word = run.partition("/")
    return bool(campaign and _WORD.fullmatch(word))


def _highest(form: re.Pattern[str], ids: Iterable[str]) -> int:
    found = (form.fullmatch(run) for run in ids)
    return max((int(one[1]) for one in found if one), default=0)
