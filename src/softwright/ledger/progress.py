"""How far the repositories of a campaign's run are: one row each, written by whoever works on it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, func, insert, select, update

from softwright.ledger.connected import Connected
from softwright.ledger.schema import progress
from softwright.ledger.upsert import replacing

QUEUED, DONE, PAUSED = "queued", "done", "paused"
UNDONE = (QUEUED, "propose", "check", "prepare", PAUSED)


@dataclass(frozen=True, slots=True)
class ProgressRow:
    """A repository in a run: the `stage` it is at, its `state` once that is `done`."""

    repo: str
    stage: str = QUEUED
    state: str = ""
    reason: str = ""
    sites: int = 0
    reused: bool = False
    worker: str = ""
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sums:
    """A run added up: repositories by stage; those done by state, with their sites; and those taken over."""

    stages: Mapping[str, int]
    states: Mapping[str, int]
    sites: int
    reused: int

    @property
    def total(self) -> int:
        """Repositories that take part."""
        return sum(self.stages.values())


class Progress:
    """The table of progress: present only, the past is in the events."""

    def __init__(self, ledger: Connected) -> None:
        self._ledger = ledger

    def begin(self, campaign: str, run: str, rows: Iterable[ProgressRow]) -> None:
        """A run begins with these repositories; what is there of earlier runs of the campaign goes."""
        now = self._ledger.clock.now()
        values = [_values(campaign, run, row, now) for row in rows]
        with self._ledger.write() as connection:
            connection.execute(delete(progress).where(progress.c.campaign == campaign))
            if values:
                connection.execute(insert(progress), values)

    def reach(self, campaign: str, stages: Mapping[str, str], *, worker: str) -> None:
        """Repositories (name -> stage) are at a stage now; those that are done or paused stay so."""
        if not stages:
            return
        now = self._ledger.clock.now()
        change = (
            update(progress)
            .where(
                progress.c.campaign == campaign,
                progress.c.repo == bindparam("key"),
                progress.c.stage != DONE,
                progress.c.stage != PAUSED,
            )
            .values(stage=bindparam("now_at"), worker=worker, updated_at=now)
        )
        with self._ledger.write() as connection:
            connection.execute(change, [{"key": repo, "now_at": stage} for repo, stage in stages.items()])

    def mark(self, campaign: str, stage: str, new: str) -> None:
        """Those that are at a stage are at another from now on."""
        match = (progress.c.campaign == campaign, progress.c.stage == stage)
        with self._ledger.write() as connection:
            connection.execute(update(progress).where(*match).values(stage=new))

    def finish(self, campaign: str, run: str, rows: Iterable[ProgressRow]) -> None:
        """Repositories are done."""
        now = self._ledger.clock.now()
        values = [{**_values(campaign, run, row, now), "stage": DONE} for row in rows]
        if not values:
            return
        with self._ledger.write() as connection:
            connection.execute(replacing(connection, progress, ("campaign", "repo")), values)

    def sums(self, campaign: str) -> Sums:
        """The campaign's last run, added up."""
        query = (
            select(
                progress.c.stage,
                progress.c.state,
                func.count(),
                func.coalesce(func.sum(progress.c.sites), 0),
                func.coalesce(func.sum(progress.c.reused), 0),
            )
            .where(progress.c.campaign == campaign)
            .group_by(progress.c.stage, progress.c.state)
        )
        stages: dict[str, int] = {}
        states: dict[str, int] = {}
        sites = reused = 0
        with self._ledger.read() as connection:
            for stage, state, count, some, over in connection.execute(query):
                stages[stage] = stages.get(stage, 0) + count
                if stage == DONE:
                    states[state] = states.get(state, 0) + count
                sites += int(some)
                reused += int(over)
        return Sums(stages, states, sites, reused)

    def rows(
        self, campaign: str, *, states: Iterable[str] = (), stages: Iterable[str] = (), limit: int = 1_000
    ) -> list[ProgressRow]:
        """Repositories of the campaign's last run, those changed last first."""
        query = select(progress).where(progress.c.campaign == campaign)
        if wanted := list(states):
            query = query.where(progress.c.state.in_(wanted))
        if wanted := list(stages):
            query = query.where(progress.c.stage.in_(wanted))
        query = query.order_by(progress.c.updated_at.desc(), progress.c.repo).limit(limit)
        with self._ledger.read() as connection:
            return [
                ProgressRow(
                    row.repo,
                    row.stage,
                    row.state,
                    row.reason,
                    row.sites,
                    bool(row.reused),
                    row.worker,
                    row.updated_at,
                )
                for row in connection.execute(query)
            ]

    def run_of(self, campaign: str) -> str:
        """The id of the campaign's last run, "" when it never ran."""
        query = select(progress.c.run).where(progress.c.campaign == campaign).limit(1)
        with self._ledger.read() as connection:
            return str(connection.execute(query).scalar() or "")


def _values(campaign: str, run: str, row: ProgressRow, now: datetime) -> dict[str, object]:
    return {
        "campaign": campaign,
        "run": run,
        "repo": row.repo,
        "stage": row.stage,
        "state": row.state,
        "reason": row.reason,
        "sites": row.sites,
        "reused": int(row.reused),
        "worker": row.worker,
        "updated_at": now,
    }
