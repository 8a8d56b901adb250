"""Where each repository of a campaign stands, and how it came there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from softwright.ledger.connected import Connected
from softwright.ledger.schema import repo_states, state_history
from softwright.ledger.upsert import replacing


@dataclass(frozen=True, slots=True)
class RepoRecord:
    """One repository in one campaign.

    `inputs` is the digest of everything the outcome depends on, `shown` the digest of exactly the
    edits a reviewer sees, `commit_sha` the commit that holds them; `detail` is a JSON document that
    the campaign room writes and reads.
    """

    campaign: str
    repo: str
    state: str
    reason: str = ""
    inputs: str = ""
    base_commit: str = ""
    base_tree: str = ""
    base_branch: str = ""
    shown: str = ""
    commit_sha: str = ""
    sites: int = 0
    detail: Mapping[str, Any] = field(default_factory=dict)
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One state a repository has been in."""

    state: str
    reason: str
    shown: str
    commit_sha: str
    at: datetime


_COLUMNS = [f.name for f in fields(RepoRecord)]
_KEY = ("campaign", "repo")
_BRIEF = [column for column in repo_states.c if column.name != "detail"]


class RepoStates:
    """The present state of every repository, and the history of all."""

    def __init__(self, ledger: Connected) -> None:
        self._ledger = ledger

    def put(self, records: Iterable[RepoRecord]) -> None:
        """Record states (the new replaces the old); a history row is added for each."""
        now = self._ledger.clock.now()
        rows = [{**{name: getattr(r, name) for name in _COLUMNS}, "updated_at": now} for r in records]
        if not rows:
            return
        past = [
            {name: row[name] for name in ("campaign", "repo", "state", "reason", "shown", "commit_sha")}
            | {"at": now}
            for row in rows
        ]
        with self._ledger.write() as connection:
            connection.execute(replacing(connection, repo_states, _KEY), rows)
            connection.execute(insert(state_history), past)

    def still(self, campaign: str, inputs: Mapping[str, str]) -> None:
        """Note for repositories (name -> new inputs) that their outcome still holds."""
        with self._ledger.write() as connection:
            for repo, value in inputs.items():
                match = (repo_states.c.campaign == campaign, repo_states.c.repo == repo)
                connection.execute(update(repo_states).where(*match).values(inputs=value))

    def get(self, campaign: str, repo: str) -> RepoRecord | None:
        """The state of one repository, None when the campaign has not seen it."""
        query = select(repo_states).where(repo_states.c.campaign == campaign, repo_states.c.repo == repo)
        with self._ledger.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else RepoRecord(**row._asdict())

    def all(self, campaign: str) -> list[RepoRecord]:
        """Every repository of the campaign, by name."""
        query = select(repo_states).where(repo_states.c.campaign == campaign)
        with self._ledger.read() as connection:
            return _by_name(connection.execute(query))

    def brief(self, campaign: str) -> list[RepoRecord]:
        """As `all`, without the details: cheap for thousands of repositories."""
        query = select(*_BRIEF).where(repo_states.c.campaign == campaign)
        with self._ledger.read() as connection:
            return _by_name(connection.execute(query))

    def some(self, campaign: str, repos: Iterable[str]) -> list[RepoRecord]:
        """As `brief`, for these repositories."""
        match = (repo_states.c.campaign == campaign, repo_states.c.repo.in_(list(repos)))
        with self._ledger.read() as connection:
            return _by_name(connection.execute(select(*_BRIEF).where(*match)))

    def counts(self, campaign: str) -> dict[str, int]:
        """How many repositories are in each state."""
        query = select(repo_states.c.state, func.count()).where(repo_states.c.campaign == campaign)
        with self._ledger.read() as connection:
            found = connection.execute(query.group_by(repo_states.c.state))
            return {row[0]: row[1] for row in found}

    def history(self, campaign: str, repo: str) -> list[HistoryEntry]:
        """Every state the repository has been in, oldest first."""
        query = select(state_history).where(
            state_history.c.campaign == campaign, state_history.c.repo == repo
        )
        with self._ledger.read() as connection:
            return [_entry(row) for row in connection.execute(query.order_by(state_history.c.id))]


def _by_name(rows: Iterable[Row[Any]]) -> list[RepoRecord]:
    """Records in one order on every database; PostgreSQL's own depends on how the database was made."""
    return sorted((RepoRecord(**row._asdict()) for row in rows), key=lambda record: record.repo)


def _entry(row: Row[Any]) -> HistoryEntry:
    return HistoryEntry(row.state, row.reason, row.shown, row.commit_sha, row.at)
