"""Campaigns as they were last run."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from softwright.ledger.connected import Connected
from softwright.ledger.schema import campaigns


@dataclass(frozen=True, slots=True)
class CampaignRecord:
    """A campaign: `spec` as JSON, `spec_path` where its file was, `run_seconds` wall time of every run."""

    name: str
    description: str
    status: str
    spec_path: str
    spec: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime
    run_seconds: tuple[float, ...]


class Campaigns:
    """The campaigns this home knows."""

    def __init__(self, ledger: Connected) -> None:
        self._ledger = ledger

    def put(self, name: str, *, description: str, spec_path: str, spec: Mapping[str, Any]) -> CampaignRecord:
        """Record the campaign with its present specification; it counts as open from here on."""
        now = self._ledger.clock.now()
        fields = {
            "description": description,
            "status": "open",
            "spec_path": spec_path,
            "spec": dict(spec),
            "updated_at": now,
        }
        with self._ledger.write() as connection:
            done = connection.execute(update(campaigns).where(campaigns.c.name == name).values(**fields))
            if not done.rowcount:
                first = {"name": name, "created_at": now, "run_seconds": []}
                connection.execute(insert(campaigns).values(**fields, **first))
            found = self.get(name)
        assert found is not None
        return found

    def add_run(self, name: str, seconds: float) -> None:
        """Note that a run of the campaign took `seconds` of wall time."""
        with self._ledger.write() as connection:
            record = self.get(name)
            if record is not None:
                taken = [*record.run_seconds, round(seconds, 3)]
                query = update(campaigns).where(campaigns.c.name == name)
                connection.execute(query.values(run_seconds=taken, updated_at=self._ledger.clock.now()))

    def close(self, name: str) -> None:
        """Mark the campaign as ended."""
        with self._ledger.write() as connection:
            query = update(campaigns).where(campaigns.c.name == name)
            connection.execute(query.values(status="closed", updated_at=self._ledger.clock.now()))

    def get(self, name: str) -> CampaignRecord | None:
        """The campaign of that name, None when there is none."""
        with self._ledger.read() as connection:
            row = connection.execute(select(campaigns).where(campaigns.c.name == name)).one_or_none()
        return None if row is None else _record(row._asdict())

    def all(self) -> list[CampaignRecord]:
        """Every campaign, by name."""
        with self._ledger.read() as connection:
            found = [_record(row._asdict()) for row in connection.execute(select(campaigns))]
        return sorted(found, key=lambda record: record.name)


def _record(row: Mapping[str, Any]) -> CampaignRecord:
    return CampaignRecord(**{**row, "run_seconds": tuple(row["run_seconds"])})
