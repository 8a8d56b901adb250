"""Decisions of people, bound to the digest of exactly the edits they were shown."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select

from softwright.ledger.connected import Connected
from softwright.ledger.schema import approvals


@dataclass(frozen=True, slots=True)
class Approval:
    """One decision: `decision` is "approved" or "rejected", `shown` the digest of the edits it is about."""

    campaign: str
    repo: str
    shown: str
    decision: str
    reason: str = ""
    who: str = ""
    at: datetime | None = None


class Approvals:
    """Every decision, the newest last. Nothing is overwritten."""

    def __init__(self, ledger: Connected) -> None:
        self._ledger = ledger

    def add(self, decisions: Iterable[Approval]) -> None:
        """Record decisions."""
        now = self._ledger.clock.now()
        names = ("campaign", "repo", "shown", "decision", "reason", "who")
        rows = [{name: getattr(d, name) for name in names} | {"at": now} for d in decisions]
        if rows:
            with self._ledger.write() as connection:
                connection.execute(insert(approvals), rows)

    def latest(self, campaign: str) -> dict[str, Approval]:
        """The newest decision about each repository."""
        query = select(approvals).where(approvals.c.campaign == campaign).order_by(approvals.c.id)
        with self._ledger.read() as connection:
            return {
                row.repo: Approval(
                    row.campaign, row.repo, row.shown, row.decision, row.reason, row.who, row.at
                )
                for row in connection.execute(query)
            }
