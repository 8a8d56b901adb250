"""What was pushed where, and what the remote said.

An intent is recorded before the push and the answer after it. So after a crash in between, the
commit is known as ours and the remote itself tells whether it arrived.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select

from softwright.ledger.connected import Connected
from softwright.ledger.schema import deliveries

INTENDED = "intended"
"""State of a delivery between the decision to push and the remote's answer."""

ARRIVED = frozenset({"created", "updated", "already"})
"""Answers of a remote after which it holds the commit."""

DELETED = "deleted"
"""State after we took the branch back from the remote."""

GONE = "gone"
"""State after the remote was seen without the branch, which somebody else removed there."""

REFUSED = "closed"
"""State after a person closed the change request; the branch may still be there."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One push: `state` is "intended" or the remote's answer in one word, `answer` its own words."""

    campaign: str
    repo: str
    url: str
    branch: str
    commit_sha: str
    state: str
    answer: str = ""
    at: datetime | None = None


def standing(deliveries: Iterable[Delivery]) -> list[Delivery]:
    """Of every branch that may still be on its remote the last delivery, in the order of the first ones.

    `deliveries` are those of one campaign, oldest first. A push whose answer is not known counts.
    """
    there: dict[tuple[str, str, str], Delivery] = {}
    asked: dict[tuple[str, str, str], Delivery] = {}
    for delivery in deliveries:
        key = (delivery.repo, delivery.url, delivery.branch)
        if delivery.state in ARRIVED:
            there[key] = delivery
            asked.pop(key, None)
        elif delivery.state == INTENDED:
            asked[key] = delivery
        elif delivery.state in (DELETED, GONE):
            there.pop(key, None)
            asked.pop(key, None)
        elif delivery.state not in ("unreachable", REFUSED):
            asked.pop(key, None)
    return list((asked | there).values())


class Deliveries:
    """Every intent and every answer, the newest last."""

    def __init__(self, ledger: Connected) -> None:
        self._ledger = ledger

    def add(self, delivery: Delivery) -> None:
        """Record an intent or an answer."""
        names = ("campaign", "repo", "url", "branch", "commit_sha", "state", "answer")
        row = {name: getattr(delivery, name) for name in names}
        with self._ledger.write() as connection:
            connection.execute(insert(deliveries).values(**row, at=self._ledger.clock.now()))

    def of(self, campaign: str, repo: str = "") -> list[Delivery]:
        """Deliveries of a campaign (of one repository), oldest first."""
        query = select(deliveries).where(deliveries.c.campaign == campaign).order_by(deliveries.c.id)
        if repo:
            query = query.where(deliveries.c.repo == repo)
        with self._ledger.read() as connection:
            return [
                Delivery(r.campaign, r.repo, r.url, r.branch, r.commit_sha, r.state, r.answer, r.at)
                for r in connection.execute(query)
            ]

    def ours(self, campaign: str, repo: str) -> frozenset[str]:
        """Every commit that the campaign ever pushed, or meant to push, to this repository.

        What another campaign pushed is not to be overwritten either, and not in it.
        """
        match = (deliveries.c.campaign == campaign, deliveries.c.repo == repo)
        with self._ledger.read() as connection:
            return frozenset(connection.execute(select(deliveries.c.commit_sha).where(*match)).scalars())

    def campaign_of(self, repo: str, commit: str) -> str:
        """The campaign that pushed a commit to the repository, "" when none did."""
        match = (deliveries.c.repo == repo, deliveries.c.commit_sha == commit)
        with self._ledger.read() as connection:
            found = connection.execute(select(deliveries.c.campaign).where(*match).limit(1)).scalar()
        return found or ""
