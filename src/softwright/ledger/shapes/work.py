"""Who did which sites, and what it took: what the cost of a campaign is made of."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import insert, select

from softwright.ledger.connected import Connected
from softwright.ledger.schema import site_work


@dataclass(frozen=True, slots=True)
class SiteWork:
    """What one proposer did in one repository for one outcome. `wall_s` are seconds.

    `kind` is rule, shape, command or python; `instead_of` names the step that a shape's rule was tried
    before, and `skipped` is 1 for a costly step that had nothing left to do.
    """

    campaign: str
    repo: str
    outcome: str
    proposer: str
    kind: str
    sites: int
    files: int
    wall_s: float
    instead_of: str = ""
    skipped: int = 0
    at: datetime | None = None


_NAMES = tuple(field.name for field in fields(SiteWork) if field.name != "at")


class SiteWorks:
    """All work, the newest last."""

    def __init__(self, ledger: Connected) -> None:
        self._ledger = ledger

    def add(self, works: Iterable[SiteWork]) -> None:
        """Record work."""
        now = self._ledger.clock.now()
        rows = [{name: getattr(each, name) for name in _NAMES} | {"at": now} for each in works]
        if rows:
            with self._ledger.write() as connection:
                connection.execute(insert(site_work), rows)

    def of(self, campaign: str) -> list[SiteWork]:
        """The work of a campaign, in order."""
        columns = [column for column in site_work.c if column.name != "id"]
        query = select(*columns).where(site_work.c.campaign == campaign).order_by(site_work.c.id)
        with self._ledger.read() as connection:
            return [SiteWork(**row._asdict()) for row in connection.execute(query)]
