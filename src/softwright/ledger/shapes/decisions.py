"""Decisions of people about single edits, each bound to the digest of exactly the edit that was shown."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, insert, select

from softwright.ledger.connected import Connected
from softwright.ledger.schema import edit_decisions

ACCEPTED, REJECTED, CORRECTED, UNDECIDED = "accepted", "rejected", "corrected", "undecided"


@dataclass(frozen=True, slots=True)
class EditDecision:
    """One decision. `edit` is the digest of the edit, `shape` the key of its shape; `correction` is what a
    person wants there instead. `undecided` takes an earlier decision back."""

    campaign: str
    repo: str
    path: str
    edit: str
    shape: str
    decision: str
    correction: str = ""
    reason: str = ""
    who: str = ""
    at: datetime | None = None


_NAMES = ("campaign", "repo", "path", "edit", "shape", "decision", "correction", "reason", "who")


class EditDecisions:
    """Every decision, the newest last. Nothing is overwritten."""

    def __init__(self, ledger: Connected) -> None:
        self._ledger = ledger

    def add(self, decisions: Iterable[EditDecision]) -> None:
        """Record decisions."""
        now = self._ledger.clock.now()
        rows = [{name: getattr(each, name) for name in _NAMES} | {"at": now} for each in decisions]
        if rows:
            with self._ledger.write() as connection:
                connection.execute(insert(edit_decisions), rows)

    def latest(self, campaign: str, *, repo: str = "") -> dict[str, EditDecision]:
        """The newest decision about each edit, by its digest; those taken back are left out."""
        query = select(edit_decisions).where(edit_decisions.c.campaign == campaign)
        if repo:
            query = query.where(edit_decisions.c.repo == repo)
        found: dict[str, EditDecision] = {}
        with self._ledger.read() as connection:
            for row in connection.execute(query.order_by(edit_decisions.c.id)):
                found.pop(row.edit, None)
                if row.decision != UNDECIDED:
                    found[row.edit] = _decision(row)
        return found


def _decision(row: Row[tuple[object, ...]]) -> EditDecision:
    return EditDecision(**{name: getattr(row, name) for name in (*_NAMES, "at")})
