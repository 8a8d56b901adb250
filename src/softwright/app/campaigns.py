"""Campaigns: write the file, plan, run, decide, deliver, follow, close."""

import getpass
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from softwright.app.campaign_fleet import fleet_file, fleet_of, taking_part
from softwright.app.campaign_select import select_items
from softwright.app.wiring import House
from softwright.campaigns import CampaignView as CampaignView
from softwright.campaigns import FileView as FileView
from softwright.campaigns import RepoState, campaign_view
from softwright.campaigns import RepoView as RepoView
from softwright.campaigns.change import ready_change
from softwright.campaigns.close import close_campaign as _close
from softwright.campaigns.decide import Decided as Decided
from softwright.campaigns.decide import Decision, decide
from softwright.campaigns.deliver import Delivered as Delivered
from softwright.campaigns.deliver import apart, waiting
from softwright.campaigns.deliver import deliver as _deliver
from softwright.campaigns.follow import Followed as Followed
from softwright.campaigns.follow import follow_branches, follow_left_behind
from softwright.campaigns.locks import campaign_lock
from softwright.campaigns.open import CLOSED, closed_fault, reopen, require_open, require_own_branch
from softwright.campaigns.plan import Plan as Plan
from softwright.campaigns.plan import plan_campaign as _plan
from softwright.campaigns.run import Progress as Progress
from softwright.campaigns.run import RunItem
from softwright.campaigns.run import RunReport as RunReport
from softwright.campaigns.run import run_campaign as _run
from softwright.campaigns.spec import CampaignSpec, CommandStep
from softwright.campaigns.spec_file import load_campaign
from softwright.campaigns.template import campaign_template
from softwright.campaigns.work import Workshop
from softwright.checks import CommandCheck, ladder_from_spec
from softwright.core import Fleet, InvalidInput, Repo, SoftwrightError, nearest
from softwright.hosts import SyncResult
from softwright.ledger import CampaignRecord
from softwright.ledger import HistoryEntry as HistoryEntry
from softwright.rewrite import find_rule

_IN_MEMORY = ("parse", "secrets")
"""Checks that need no files on disk."""


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """One campaign in a listing."""

    name: str
    description: str
    status: str
    counts: dict[str, int]
    updated_at: str


@dataclass(frozen=True, slots=True)
class Followings:
    """What following found: branches merged, deleted, left behind or not to be looked at, and the run after.

    `run` is None when the campaign was closed: its branches are looked at, nothing is run again.
    """

    seen: tuple[Followed, ...]
    unsynced: tuple[tuple[str, str], ...]
    run: RunReport | None


@dataclass(frozen=True, slots=True)
class Deliveries:
    """What delivering did: the results, and how many repositories wait for something else, by state.

    `withheld` are approved repositories to which nothing is pushed, each with why.
    """

    results: tuple[Delivered, ...]
    waiting: Mapping[str, int]
    withheld: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ShownDiff:
    """The change of one file as a unified diff."""

    repo: str
    path: str
    diff: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """A campaign's file made ready: its fleet's repositories that take part, and the workshop."""

    spec: CampaignSpec
    path: Path
    fleet: Fleet
    shop: Workshop


def new_campaign(house: House, name: str, *, rules: Sequence[str], path: Path | None = None) -> Path:
    """Write a campaign file to fill in; gives its path. Raises InvalidInput when there is one already."""
    place = path or Path(f"{name}.yaml")
    for rule in rules:
        _rule(house, Path.cwd(), rule)
    text = campaign_template(name, rules)
    try:
        with place.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise InvalidInput("there is a file of this name already", where=str(place)) from error
    except OSError as error:
        raise InvalidInput(f"cannot write the file: {error.strerror}", where=str(place)) from error
    return place


def load(
    house: House,
    path: Path,
    globs: Sequence[str] = (),
    *,
    allow_unsandboxed: bool = False,
    checking: bool = True,
) -> Loaded:
    """The campaign of a file, ready to work; `checking` when its checks are going to run.

    Raises InvalidInput naming what is wrong in the file, PrerequisiteMissing when it runs commands of
    repositories and no sandbox works.
    """
    spec = load_campaign(path)
    folder = path.absolute().parent
    fleet = fleet_of(house, spec, folder, globs)
    change = ready_change(spec, folder=folder, find_rule=lambda name: _rule(house, folder, name))
    checks = ladder_from_spec([_plain(check) for check in spec.check])
    names = {check.name for check in checks}
    needs_files = any(name not in _IN_MEMORY for name in names)
    commands = any(isinstance(step, CommandStep) for step in change.steps) or (
        checking and any(isinstance(check, CommandCheck) for check in checks)
    )
    # Type checkers and linters are tools of ours that run no code of the repository.
    without = allow_unsandboxed or not commands
    if commands or (checking and needs_files):
        house.isolation(allow_unsandboxed=without)  # said before anything is begun
    shop = Workshop(
        spec=spec,
        change=change,
        checks=tuple(checks),
        mirrors=house.mirrors,
        bases=lambda: house.bases,
        isolation=lambda: house.isolation(allow_unsandboxed=without),
        when=house.ledger.clock.now(),
        importers="types" in names,
        needs_files=needs_files,
    )
    return Loaded(spec, path, fleet, shop)


def _plain(check: Any) -> Any:
    return check if isinstance(check, str) else check.model_dump(mode="json", exclude_none=True)


def _rule(house: House, folder: Path, name: str) -> Any:
    """A rule by name, or by a path relative to the campaign's file."""
    beside = folder / name
    if (name.endswith(".md") or "/" in name) and beside.is_file():
        return find_rule(str(beside), house.settings.rules)
    return find_rule(name, (folder / "rules", *house.settings.rules))


def plan_campaign(
    house: House,
    path: Path,
    *,
    globs: Sequence[str] = (),
    jobs: int | None = None,
    samples: int = 3,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Plan:
    """What a run would find and change; nothing is written to mirrors or ledger."""
    loaded = load(house, path, globs, checking=False)
    items = _items(house, loaded)
    workers = jobs or house.settings.workers
    return _plan(loaded.shop, house.mirrors, items, workers=workers, samples=samples, on_progress=on_progress)


def run_campaign(
    house: House,
    path: Path,
    *,
    globs: Sequence[str] = (),
    jobs: int | None = None,
    allow_unsandboxed: bool = False,
    reopening: bool = False,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> RunReport:
    """Find, change, check and prepare a commit in every repository of the campaign.

    Interrupted at any moment, the next call continues. A closed campaign runs only when it is reopened.
    Raises InvalidInput for a bad file or a closed campaign, OutsideFault when another process works on
    the campaign or the ledger cannot be written.
    """
    loaded = load(house, path, globs, allow_unsandboxed=allow_unsandboxed)
    name = loaded.spec.name
    with campaign_lock(house.folder("locks"), name):
        record = house.ledger.campaigns.get(name)
        if record is not None and record.status == CLOSED:
            if not reopening:
                raise closed_fault(record)
            reopen(house.ledger, name)
        _require_same_file(record, loaded)
        return _run_loaded(house, loaded, jobs=jobs, on_progress=on_progress)


def _require_same_file(record: CampaignRecord | None, loaded: Loaded) -> None:
    """Raises InvalidInput when another file, with another change, has this name already."""
    if record is None or record.spec_path == str(loaded.path.absolute()):
        return
    other = Path(record.spec_path).is_file()
    if other and record.spec.get("change") != loaded.spec.model_dump(mode="json")["change"]:
        raise InvalidInput(
            f"there is a campaign `{record.name}` with another change already: {record.spec_path}",
            where=str(loaded.path),
            hint="give this one another `name`; when it is to take the other's place, remove that file first",
        )


def _run_loaded(
    house: House, loaded: Loaded, *, jobs: int | None, on_progress: Callable[[Progress], None]
) -> RunReport:
    spec = loaded.spec
    items = _items(house, loaded)
    require_own_branch(house.ledger, spec, {item.repo.name for item in items})
    record = house.ledger.campaigns.put(
        spec.name,
        description=spec.description,
        spec_path=str(loaded.path.absolute()),
        spec=spec.model_dump(mode="json"),
    )
    shop = replace(loaded.shop, when=record.created_at)
    workers = jobs or house.settings.workers
    return _run(house.ledger, shop, house.mirrors, items, workers=workers, on_progress=on_progress)


def _items(house: House, loaded: Loaded) -> list[RunItem]:
    folder = loaded.path.absolute().parent
    file = fleet_file(house, loaded.spec, folder)
    return select_items(
        house, loaded.spec, loaded.fleet, file=file, find_rule=lambda name: _rule(house, folder, name)
    )


def list_campaigns(house: House) -> tuple[CampaignRow, ...]:
    """Every campaign of this home."""
    return tuple(
        CampaignRow(
            record.name,
            record.description,
            record.status,
            house.ledger.states.counts(record.name),
            record.updated_at.isoformat(timespec="seconds"),
        )
        for record in house.ledger.campaigns.all()
    )


def view(house: House, name_or_path: str) -> CampaignView:
    """The campaign as it stands, by its name or its file. Raises InvalidInput."""
    return campaign_view(house.ledger, house.mirrors, campaign_name(house, name_or_path))


def remarks(house: House, view: CampaignView) -> dict[str, str]:
    """What to know of repositories beyond their state, by name: apart from the fleet, branches left behind.

    Of a fleet that cannot be read nothing is said here: whatever works on the campaign will say it.
    """
    record, spec = _record(house, view.name)
    fleet: Mapping[str, str] | None
    try:
        fleet = taking_part(house, record, spec)
    except SoftwrightError:
        fleet = None
    found: dict[str, str] = {}
    for repo in view.repos:
        told = [apart(repo.name, repo.url, fleet)] if repo.url else []
        told += [
            f"`{branch}` of an earlier delivery may still be on the remote" for branch in repo.left_behind
        ]
        if text := "; ".join(part for part in told if part):
            found[repo.name] = text
    return found


def narrowed(view: CampaignView, *, globs: Sequence[str], states: Sequence[str]) -> tuple[RepoView, ...]:
    """The repositories of a view that match a glob and are in one of the states; none given: all."""
    for state in states:
        if state not in [str(known) for known in RepoState]:
            raise InvalidInput(f"no state `{state}`; {nearest(state, [str(known) for known in RepoState])}")
    found = [
        repo
        for repo in view.repos
        if (not globs or any(fnmatchcase(repo.name, glob) for glob in globs))
        and (not states or str(repo.state) in states)
    ]
    if globs and not found and not states:
        view.repo(globs[0])  # says which names there are
    return tuple(found)


def diffs(
    view: CampaignView, *, globs: Sequence[str] = (), files: Sequence[str] = (), context: int = 3
) -> tuple[ShownDiff, ...]:
    """The edits of the repositories that match, file by file."""
    return tuple(
        ShownDiff(repo.name, file.path, view.diff(repo.name, file, context=context))
        for repo in narrowed(view, globs=globs, states=())
        for file in repo.files
        if not files or any(fnmatchcase(file.path, glob) for glob in files)
    )


def campaign_name(house: House, name_or_path: str) -> str:
    """The name of a campaign given by name or by file. Raises InvalidInput when there is none."""
    if house.ledger.campaigns.get(name_or_path) is None and name_or_path.endswith((".yaml", ".yml")):
        return load_campaign(Path(name_or_path)).name
    return name_or_path


def _record(house: House, name_or_path: str) -> tuple[CampaignRecord, CampaignSpec]:
    """The campaign as it was last run."""
    name = campaign_name(house, name_or_path)
    record = house.ledger.campaigns.get(name)
    if record is None:
        known = [known.name for known in house.ledger.campaigns.all()]
        raise InvalidInput(
            f"no campaign `{name}` in the ledger; {nearest(name, known)}",
            hint="`softwright campaign run FILE` records a campaign",
        )
    try:
        return record, CampaignSpec.model_validate(record.spec)
    except ValidationError as error:
        said = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise InvalidInput(
            f"campaign `{name}` as it was last run is not allowed any more: {said}",
            where=record.spec_path,
            hint="mend its file and run it again",
        ) from error


def approve(
    house: House, name_or_path: str, *, globs: Sequence[str], who: str = "", reason: str = ""
) -> Decided:
    """Approve exactly the edits that are prepared now, in the repositories that match."""
    record, _ = _record(house, name_or_path)
    decision = Decision(RepoState.APPROVED, who or _me(), reason)
    return decide(house.ledger, record.name, globs, decision)


def reject(house: House, name_or_path: str, *, globs: Sequence[str], reason: str, who: str = "") -> Decided:
    """Reject exactly the edits that are prepared now, in the repositories that match."""
    record, _ = _record(house, name_or_path)
    decision = Decision(RepoState.REJECTED, who or _me(), reason)
    return decide(house.ledger, record.name, globs, decision)


def deliver(
    house: House,
    name_or_path: str,
    *,
    globs: Sequence[str] = (),
    dry_run: bool = False,
    on_start: Callable[[int], None] = lambda total: None,
    on_result: Callable[[Delivered], None] = lambda result: None,
) -> Deliveries:
    """Push what was approved to the repositories that are in the campaign's fleet now.

    Raises InvalidInput when the campaign was closed, OutsideFault when another process works on it.
    """
    record, spec = _record(house, name_or_path)
    require_open(house.ledger, record.name)
    fleet = taking_part(house, record, spec)
    with campaign_lock(house.folder("locks"), record.name):
        found = waiting(house.ledger, spec, globs, fleet=fleet)
        on_start(len(found.ready))
        results = _deliver(
            house.ledger, spec, house.mirrors, todo=found.ready, dry_run=dry_run, on_result=on_result
        )
    return Deliveries(tuple(results), found.others, found.withheld)


def follow(
    house: House,
    name_or_path: str,
    *,
    globs: Sequence[str] = (),
    jobs: int | None = None,
    allow_unsandboxed: bool = False,
    on_sync: Callable[[str, int], None] = lambda repo, total: None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> Followings:
    """Sync, see what was merged or deleted, and run again where the branch moved under a change.

    Branches of earlier deliveries are looked at too. A closed campaign is not run again.
    """
    record, spec = _record(house, name_or_path)
    loaded = load(house, Path(record.spec_path), globs, allow_unsandboxed=allow_unsandboxed)
    with campaign_lock(house.folder("locks"), record.name):
        unsynced = _sync(house, loaded.fleet.repos, on_sync)
        seen = follow_branches(house.ledger, spec, house.mirrors, globs=globs)
        seen += follow_left_behind(house.ledger, spec, house.mirrors, globs=globs)
        if record.status == CLOSED:
            return Followings(tuple(seen), unsynced, None)
        # Worker processes are forked below: no thread may be left from here on.
        report = _run_loaded(house, loaded, jobs=jobs, on_progress=on_progress)
    return Followings(tuple(seen), unsynced, report)


def _sync(
    house: House, repos: Sequence[Repo], on_sync: Callable[[str, int], None]
) -> tuple[tuple[str, str], ...]:
    def told(result: SyncResult) -> None:
        on_sync(result.repo.name, len(repos))

    results = house.mirrors.sync_all(repos, told)
    return tuple((r.repo.name, r.reason) for r in results if r.state.failed)


def close(
    house: House,
    name_or_path: str,
    *,
    delete_branches: bool = False,
    on_start: Callable[[int], None] = lambda total: None,
    on_result: Callable[[Delivered], None] = lambda result: None,
) -> tuple[Delivered, ...]:
    """End the campaign; with `delete_branches` take its unmerged branches back from the remotes."""
    record, spec = _record(house, name_or_path)
    fleet = taking_part(house, record, spec) if delete_branches else {}
    with campaign_lock(house.folder("locks"), record.name):
        found = _close(
            house.ledger,
            record.name,
            house.mirrors,
            fleet=fleet,
            delete_branches=delete_branches,
            on_start=on_start,
            on_result=on_result,
        )
    return tuple(found)


def _me() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
