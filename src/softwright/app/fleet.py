"""The fleet: make and edit its file, list it, bring its mirrors up to date."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from softwright.app.wiring import House
from softwright.campaigns.fleet import FleetFile, read_fleet, select
from softwright.campaigns.fleet import Selection as Selection
from softwright.campaigns.fleet_edit import NewEntries as NewEntries
from softwright.campaigns.fleet_edit import add_repos, new_fleet
from softwright.core import Fleet, OutsideFault, Repo
from softwright.hosts import SyncResult


@dataclass(frozen=True, slots=True)
class RepoRow:
    """One repository as the fleet file has it; `branch` "" means the remote's default."""

    name: str
    url: str
    branch: str
    tags: tuple[str, ...]
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FleetListing:
    """The repositories of a fleet file, and `notes` on entries that give none."""

    fleet: str
    repos: tuple[RepoRow, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SyncRow:
    """How one repository's sync ended; `seconds` of wall time, `bytes` added on disk."""

    name: str
    state: str
    failed: bool
    reason: str
    notes: tuple[str, ...]
    branch: str
    commit: str
    seconds: float
    bytes: int


@dataclass(frozen=True, slots=True)
class StatusRow:
    """What is known of one repository without asking its remote.

    `state` is that of the last sync, or "not-synced"; `branch` and `commit` are what a campaign would
    work on.
    """

    name: str
    state: str
    reason: str
    notes: tuple[str, ...]
    branch: str
    commit: str
    synced_at: datetime | None


def fleet_path(house: House, path: Path | None) -> Path:
    """The fleet file that is meant: the given one, or that of the settings."""
    return (path or house.settings.fleet).expanduser()


def load_selected(house: House, path: Path | None, selection: Selection) -> tuple[FleetFile, Fleet]:
    """The fleet file, and its fleet cut down to the selection. Raises InvalidInput."""
    file = read_fleet(fleet_path(house, path))
    return file, select(file.fleet, selection)


def init_fleet(house: House, path: Path | None, *, name: str = "") -> Path:
    """Make a fleet file with no repositories; gives its path. Raises InvalidInput when there is one."""
    place = fleet_path(house, path)
    new_fleet(place, name or place.absolute().parent.name)
    return place


def add_to_fleet(house: House, path: Path | None, new: NewEntries) -> tuple[RepoRow, ...]:
    """Append repositories to the fleet file; gives those that are new. Raises InvalidInput."""
    return tuple(_row(repo) for repo in add_repos(fleet_path(house, path), new))


def list_fleet(house: House, path: Path | None, selection: Selection) -> FleetListing:
    """The repositories of the fleet file. Raises InvalidInput."""
    file, fleet = load_selected(house, path, selection)
    return FleetListing(fleet.name, tuple(_row(repo) for repo in fleet.repos), file.notes)


def sync_fleet(
    house: House,
    path: Path | None,
    selection: Selection,
    *,
    verify: bool = False,
    on_start: Callable[[Sequence[str]], None] = lambda names: None,
    on_result: Callable[[SyncRow], None] = lambda row: None,
) -> tuple[SyncRow, ...]:
    """Bring the mirrors up to date, several at a time; one that fails never stops the others.

    `on_start` gets the names, `on_result` each outcome as it comes; `verify` reads
    every object and makes damaged mirrors anew. Raises InvalidInput for a bad fleet file.
    """
    _, fleet = load_selected(house, path, selection)
    on_start([repo.name for repo in fleet.repos])
    results = house.mirrors.sync_all(fleet.repos, lambda result: on_result(_sync_row(result)), verify=verify)
    return tuple(_sync_row(result) for result in results)


def fleet_status(house: House, path: Path | None, selection: Selection) -> tuple[StatusRow, ...]:
    """What the mirrors hold and how their last sync ended; nothing is fetched. Raises InvalidInput."""
    _, fleet = load_selected(house, path, selection)
    return tuple(_status_row(house, repo) for repo in fleet.repos)


def _row(repo: Repo) -> RepoRow:
    return RepoRow(repo.name, repo.url, repo.branch, tuple(sorted(repo.tags)), repo.owners)


def _sync_row(result: SyncResult) -> SyncRow:
    at = result.snapshot
    return SyncRow(
        name=result.repo.name,
        state=result.state.value,
        failed=result.state.failed,
        reason=result.reason,
        notes=result.notes,
        branch=at.branch if at else "",
        commit=at.commit if at else "",
        seconds=round(result.seconds, 3),
        bytes=result.bytes,
    )


def _status_row(house: House, repo: Repo) -> StatusRow:
    last = house.mirrors.last_sync(repo.name)
    branch = commit = reason = ""
    try:
        at = house.mirrors.snapshot(repo)
        branch, commit = at.branch, at.commit
    except OutsideFault as error:
        reason = error.message
    if last is None:
        return StatusRow(repo.name, "not-synced", reason, (), branch, commit, None)
    return StatusRow(repo.name, last.state.value, last.reason or reason, last.notes, branch, commit, last.at)
