"""A campaign as a whole: what is looked at before each piece of work, and the lock that is held during it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from softwright.campaigns.choose import choose_items
from softwright.campaigns.close import close_campaign
from softwright.campaigns.deliver import deliver as push_all
from softwright.campaigns.deliver import planned
from softwright.campaigns.farewell import Said, farewells, say
from softwright.campaigns.follow import Followed, follow_branches, follow_left_behind
from softwright.campaigns.follow_requests import follow_requests
from softwright.campaigns.known import known_campaign
from softwright.campaigns.load import Loaded, load_work, rule_of
from softwright.campaigns.locks import campaign_lock
from softwright.campaigns.means import AskRows, Means
from softwright.campaigns.open import (
    CLOSED,
    closed_fault,
    reopen,
    require_open,
    require_own_branch,
    require_same_file,
)
from softwright.campaigns.plan import Plan, plan_campaign
from softwright.campaigns.push import Delivered
from softwright.campaigns.run import ALONE, Watch, pause_campaign, resume_campaign, run_campaign
from softwright.campaigns.runs.outside import engine_of
from softwright.campaigns.runs.stopping import stop_pushes
from softwright.campaigns.shapes.again import settle_edits
from softwright.campaigns.shapes.protect import kept_decisions
from softwright.campaigns.shapes.tried import with_tried
from softwright.campaigns.taking_part import taking_part
from softwright.campaigns.tally import Progress, RunReport
from softwright.campaigns.template import write_template
from softwright.campaigns.waiting import waiting
from softwright.core import Repo
from softwright.hosts import SyncResult
from softwright.ledger import CampaignRecord


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

    `withheld` are repositories that were approved and to which nothing is pushed, each with why.
    """

    results: tuple[Delivered, ...]
    waiting: Mapping[str, int]
    withheld: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Closing:
    """What closing did: the branches that were looked at, and what was said of it outside."""

    branches: tuple[Delivered, ...]
    said: tuple[Said, ...]


def new_campaign(means: Means, name: str, *, rules: Sequence[str], path: Path | None = None) -> Path:
    """Write a campaign file to fill in; gives its path. Raises InvalidInput when there is one already."""
    for rule in rules:
        rule_of(means.settings.rules, Path.cwd(), rule)
    place = path or Path(f"{name}.yaml")
    write_template(place, name, rules)
    return place


def plan(
    means: Means,
    path: Path,
    ask: AskRows,
    *,
    globs: Sequence[str] = (),
    jobs: int | None = None,
    samples: int = 3,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Plan:
    """What a run would find and change; nothing is written to mirrors or ledger."""
    loaded = load_work(means, path, globs, checking=False)
    items = choose_items(means, loaded, ask)
    workers = jobs or means.settings.workers
    found = plan_campaign(
        loaded.shop,
        means.mirrors,
        items,
        workers=workers,
        samples=samples,
        decided=kept_decisions(means.ledger.edits.latest(loaded.spec.name).values()),
        on_progress=on_progress,
    )
    return replace(found, warnings=loaded.warnings)


def run(
    means: Means,
    path: Path,
    ask: AskRows,
    *,
    globs: Sequence[str] = (),
    jobs: int | None = None,
    allow_unsandboxed: bool = False,
    reopening: bool = False,
    watch: Watch = ALONE,
) -> RunReport:
    """Find, change, check and prepare a commit in every repository of the campaign.

    Interrupted at any moment, the next call continues. A closed campaign runs only when it is reopened.
    Raises InvalidInput for a bad file or a closed campaign, OutsideFault when another process works on
    the campaign or the ledger cannot be written.
    """
    loaded = load_work(means, path, globs, allow_unsandboxed=allow_unsandboxed)
    name = loaded.spec.name
    with campaign_lock(means.folder("locks"), name):
        record = means.ledger.campaigns.get(name)
        if record is not None and record.status == CLOSED:
            if not reopening:
                raise closed_fault(record)
            reopen(means.ledger, name)
        require_same_file(record, loaded.spec, path)
        return _run_loaded(means, loaded, ask, jobs=jobs, watch=watch)


def _run_loaded(
    means: Means,
    loaded: Loaded,
    ask: AskRows,
    *,
    jobs: int | None,
    watch: Watch,
) -> RunReport:
    spec = loaded.spec
    items = choose_items(means, loaded, ask)
    require_own_branch(means.ledger, spec, {item.repo.name for item in items})
    record = means.ledger.campaigns.put(
        spec.name,
        description=spec.description,
        spec_path=str(loaded.path.absolute()),
        spec=spec.model_dump(mode="json"),
    )
    workers = jobs or means.settings.workers
    ready = with_tried(means, _dated(loaded, record))
    report = run_campaign(means, ready, items, workers=workers, watch=watch)
    _settle(means, spec.name)
    return report


def _settle(means: Means, name: str) -> None:
    """Approve what needs no other decision, where edits were decided about one by one."""
    if means.ledger.edits.latest(name):
        settle_edits(means, name)


def _dated(loaded: Loaded, record: CampaignRecord) -> Loaded:
    """The campaign with the date that all its commits bear: that of its first run."""
    return replace(loaded, shop=replace(loaded.shop, when=record.created_at))


def pause(means: Means, name_or_path: str) -> int:
    """Stop the campaign's run at its next steps, whoever carries it; gives how many runs were stopped."""
    record, _ = known_campaign(means.ledger, name_or_path)
    with engine_of(means) as engine:
        return pause_campaign(means.ledger, engine, record.name)


def resume(
    means: Means,
    name_or_path: str,
    *,
    jobs: int | None = None,
    allow_unsandboxed: bool = False,
    watch: Watch = ALONE,
) -> RunReport:
    """Go on with a paused campaign where it was. Raises InvalidInput when it is not paused."""
    record, _ = known_campaign(means.ledger, name_or_path)
    require_open(means.ledger, record.name)
    loaded = _dated(load_work(means, Path(record.spec_path), allow_unsandboxed=allow_unsandboxed), record)
    with campaign_lock(means.folder("locks"), record.name):
        return resume_campaign(means, loaded, workers=jobs or means.settings.workers, watch=watch)


def deliver(
    means: Means,
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
    record, spec = known_campaign(means.ledger, name_or_path)
    require_open(means.ledger, record.name)
    fleet = taking_part(record, spec, means.settings.fleet)
    with campaign_lock(means.folder("locks"), record.name):
        found = waiting(means.ledger, spec, globs, fleet=fleet)
        if dry_run:
            return Deliveries(tuple(planned(means.ledger, spec, found.ready)), found.others, found.withheld)
        results = push_all(
            means,
            spec,
            lambda: waiting(means.ledger, spec, globs, fleet=fleet).ready,
            on_start=on_start,
            on_result=on_result,
        )
    return Deliveries(tuple(results), found.others, found.withheld)


def follow(
    means: Means,
    name_or_path: str,
    ask: AskRows,
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
    record, spec = known_campaign(means.ledger, name_or_path)
    loaded = load_work(means, Path(record.spec_path), globs, allow_unsandboxed=allow_unsandboxed)
    with campaign_lock(means.folder("locks"), record.name):
        unsynced = _sync(means, loaded.fleet.repos, on_sync)
        seen = follow_branches(means.ledger, spec, means.mirrors, globs=globs)
        seen += follow_left_behind(means.ledger, spec, means.mirrors, globs=globs)
        seen += follow_requests(means.ledger, spec, means.forges, globs=globs)
        if record.status == CLOSED:
            return Followings(tuple(seen), unsynced, None)
        # Worker processes are forked below: no thread may be left from here on.
        report = _run_loaded(means, loaded, ask, jobs=jobs, watch=Watch(on_progress=on_progress))
    return Followings(tuple(seen), unsynced, report)


def _sync(
    means: Means, repos: Sequence[Repo], on_sync: Callable[[str, int], None]
) -> tuple[tuple[str, str], ...]:
    def told(result: SyncResult) -> None:
        on_sync(result.repo.name, len(repos))

    results = means.mirrors.sync_all(repos, told)
    return tuple((r.repo.name, r.reason) for r in results if r.state.failed)


def close(
    means: Means,
    name_or_path: str,
    *,
    delete_branches: bool = False,
    reason: str = "",
    on_start: Callable[[int], None] = lambda total: None,
    on_result: Callable[[Delivered], None] = lambda result: None,
) -> Closing:
    """End the campaign; with `delete_branches` take its unmerged branches back from the remotes.

    At its change requests it is said why, and who is to be told by mail is told.
    """
    record, spec = known_campaign(means.ledger, name_or_path)
    fleet = taking_part(record, spec, means.settings.fleet) if delete_branches else {}
    with engine_of(means) as engine:
        stop_pushes(engine, record.name)
    with campaign_lock(means.folder("locks"), record.name):
        found = close_campaign(
            means.ledger,
            record.name,
            means.mirrors,
            fleet=fleet,
            delete_branches=delete_branches,
            reason=reason,
            on_start=on_start,
            on_result=on_result,
        )
        todo = farewells(means, spec, reason)
        said = say(means, record.name, todo, lambda one: None) if todo else []
    return Closing(tuple(found), tuple(said))
