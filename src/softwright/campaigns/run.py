"""Running a campaign: worker processes find, change and check; this process alone writes the record."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Any

from softwright.campaigns.detail import Detail
from softwright.campaigns.outcome import Earlier, Picked, RepoOutcome, RepoTask
from softwright.campaigns.pool import Ask, Broken, Pool
from softwright.campaigns.recipe import inputs, recipe, same_recipe
from softwright.campaigns.settle import settled_state
from softwright.campaigns.state import RepoState, check_transition
from softwright.campaigns.work import Workshop, work_on
from softwright.core import Event, Outcome, OutsideFault, Repo, Snapshot, Verdict
from softwright.hosts import EmptyRepository, Mirrors
from softwright.hosts.refs import read_ref
from softwright.ledger import Delivery, Ledger, RepoRecord

_BATCH = 32
_BATCH_S = 0.2
_ENDED = (RepoState.MERGED, RepoState.CLOSED)
_UNFINISHED = (RepoState.PENDING, RepoState.PROPOSED, RepoState.FAILED)


@dataclass(frozen=True, slots=True)
class RunItem:
    """A repository that takes part; `picked` None when the rules find their own sites."""

    repo: Repo
    picked: Picked | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: `counts` by state, `sites` changed so far, `reused` outcomes of earlier runs."""

    total: int
    done: int
    reused: int
    sites: int
    counts: Mapping[str, int]
    held: Mapping[str, int]
    seconds: float
    latest: str = ""


@dataclass(frozen=True, slots=True)
class RunReport:
    """A run that ended. `interrupted` when it was stopped before its end: run again and it continues."""

    campaign: str
    total: int
    done: int
    reused: int
    sites: int
    counts: Mapping[str, int]
    seconds: float
    interrupted: bool = False
    left: tuple[str, ...] = ()


@dataclass
class _Tally:
    total: int
    began: float = field(default_factory=monotonic)
    done: int = 0
    reused: int = 0
    sites: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)

    def add(self, state: str, sites: int, reason: str = "", *, reused: bool = False) -> None:
        """Count one repository."""
        self.done += 1
        self.reused += reused
        self.sites += sites
        self.counts[str(state)] += 1
        if state in (RepoState.HELD, RepoState.FAILED):
            self.held[reason.partition(":")[0] or state] += 1

    def progress(self, latest: str = "") -> Progress:
        """The state of things now."""
        return Progress(
            self.total,
            self.done,
            self.reused,
            self.sites,
            dict(self.counts),
            dict(self.held),
            monotonic() - self.began,
            latest,
        )


class _CacheByAsking:
    """The verdict cache of a worker: it asks the process that owns the record, and hands back what is new."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self.learned: dict[str, Verdict] = {}

    def get(self, key: str) -> Verdict | None:
        """The verdict under `key`."""
        found: Verdict | None = self.learned.get(key) or self._ask(key)
        return found

    def put(self, key: str, verdict: Verdict) -> None:
        """Keep a verdict with the outcome."""
        self.learned[key] = verdict


def run_campaign(
    ledger: Ledger,
    shop: Workshop,
    mirrors: Mirrors,
    items: Iterable[RunItem],
    *,
    workers: int,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> RunReport:
    """Bring every repository to its outcome; what is unchanged since an earlier run is not done again.

    May be stopped at any moment, by Ctrl-C or harder: what is recorded stands, the rest is done by the
    next run. Must be called before this process starts threads. Raises OutsideFault when the ledger
    cannot be written.
    """
    listed = list(items)
    run = _Run(ledger, shop, mirrors, _Tally(len(listed)), on_progress)
    tasks = run.triage(listed)
    pool: Pool[RepoTask, RepoOutcome] = Pool(workers, run.work, ledger.verdicts.get)
    results = pool.run(tasks, idle=run.flush)
    interrupted = False
    try:
        for task, outcome in results:
            run.take(task, outcome)
    except KeyboardInterrupt:
        interrupted = True
    finally:
        results.close()
        run.flush()
    return run.report(interrupted)


class _Run:
    """The writing side of one run."""

    def __init__(
        self,
        ledger: Ledger,
        shop: Workshop,
        mirrors: Mirrors,
        tally: _Tally,
        on_progress: Callable[[Progress], None],
    ) -> None:
        self._ledger = ledger
        self._shop = shop
        self._mirrors = mirrors
        self._tally = tally
        self._on_progress = on_progress
        self._name = shop.spec.name
        self._recipe = recipe(shop.spec, shop.change, shop.checks)
        self._before = {record.repo: record for record in ledger.states.brief(self._name)}
        self._inputs: dict[str, str] = {}
        self._todo: set[str] = set()
        self._batch: list[tuple[RepoTask, RepoOutcome]] = []
        self._flushed = monotonic()

    def work(self, task: RepoTask, ask: Ask) -> RepoOutcome:
        """What a worker does."""
        cache = _CacheByAsking(ask)
        outcome = work_on(self._shop, task, cache)
        return replace(outcome, learned=tuple(cache.learned.items()))

    def triage(self, items: list[RunItem]) -> list[RepoTask]:
        """The tasks left when outcomes that still hold are taken over, and mirrors that fail are noted."""
        tasks = []
        for item in items:
            self._todo.add(item.repo.name)
            try:
                snapshot = self._mirrors.snapshot(item.repo)
            except OutsideFault as error:
                task = RepoTask(item.repo, Snapshot(item.repo.name, "", ""))
                self._inputs[item.repo.name] = ""
                empty = isinstance(error, EmptyRepository)
                state = RepoState.NO_SITES if empty else RepoState.FAILED
                reason = f"{error.message}; {error.hint}" if error.hint else error.message
                self.take(task, RepoOutcome(item.repo.name, state, reason, detail=Detail(url=item.repo.url)))
                continue
            if snapshot.branch == self._shop.spec.branch:
                self._refuse(item.repo, snapshot)
                continue
            task = self._task(item, snapshot)
            if not self._reuse(task):
                tasks.append(task)
        self.flush()
        return tasks

    def _refuse(self, repo: Repo, snapshot: Snapshot) -> None:
        """Note that the change would be delivered to the very branch that it is made for."""
        self._inputs[repo.name] = ""
        reason = (
            f"`{snapshot.branch}` is the branch the change is made for, and cannot be the branch it is "
            "delivered on; give `deliver.branch` another name"
        )
        outcome = RepoOutcome(repo.name, RepoState.FAILED, reason, detail=Detail(url=repo.url))
        self.take(RepoTask(repo, snapshot), outcome)

    def _task(self, item: RunItem, snapshot: Snapshot) -> RepoTask:
        name = item.repo.name
        self._inputs[name] = inputs(self._recipe, item.repo, snapshot.commit, item.picked)
        before = self._before.get(name)
        usable = (
            before is not None
            and before.state not in _UNFINISHED
            and same_recipe(before.inputs, self._inputs[name])
            and self._sound(before)
        )
        return RepoTask(item.repo, snapshot, item.picked, self._earlier(name) if usable else None)

    def _sound(self, before: RepoRecord) -> bool:
        """True when the commit recorded is still in the mirror."""
        if not before.commit_sha:
            return True
        ref = f"refs/heads/{self._shop.spec.branch}"
        return read_ref(self._mirrors.path(before.repo), ref) == before.commit_sha

    def _earlier(self, name: str) -> Earlier | None:
        record = self._ledger.states.get(self._name, name)
        if record is None:
            return None
        detail = Detail.from_json(record.detail)
        if any(v.outcome in (Outcome.LIMIT, Outcome.ERROR) for v in detail.verdicts):
            return None  # nothing is known: there may be more room now
        base = Snapshot(name, record.base_commit, record.base_tree, record.base_branch)
        return Earlier(RepoState(record.state), base, record.shown, detail.watched)

    def _reuse(self, task: RepoTask) -> bool:
        before = self._before.get(task.repo.name)
        if before is None:
            return False
        ended = before.state in _ENDED
        selects_nothing = task.picked is not None and not task.picked  # the select sees the merged change
        if task.earlier is None and not (ended and selects_nothing):
            return False
        if before.inputs != self._inputs[task.repo.name] and not ended:
            return False
        self._count(before.repo, before.state, before.sites, before.reason, reused=True)
        return True

    def take(self, task: RepoTask, outcome: RepoOutcome | Broken) -> None:
        """Keep an outcome for the next transaction."""
        if isinstance(outcome, Broken):
            detail = Detail(url=task.repo.url, notes=(outcome.detail,) if outcome.detail else ())
            outcome = RepoOutcome(task.repo.name, RepoState.FAILED, outcome.reason, detail=detail)
        self._batch.append((task, outcome))
        if len(self._batch) >= _BATCH or monotonic() - self._flushed > _BATCH_S:
            self.flush()

    def flush(self) -> None:
        """Record what was taken, in one transaction."""
        batch, self._batch = self._batch, []
        self._flushed = monotonic()
        if not batch:
            return
        kept = {task.repo.name: self._inputs[task.repo.name] for task, outcome in batch if outcome.kept}
        fresh = [(task, outcome) for task, outcome in batch if not outcome.kept]
        with self._ledger.write():
            records = self._records(fresh)
            self._ledger.states.still(self._name, kept)
            self._ledger.states.put(records)
            self._ledger.verdicts.put_many(pair for _, outcome in fresh for pair in outcome.learned)
            self._ledger.events.append(*(self._event(record) for record in records))
        for name in kept:
            before = self._before[name]
            self._count(name, before.state, before.sites, before.reason, reused=True)
        for record in records:
            self._count(record.repo, record.state, record.sites, record.reason)

    def _records(self, fresh: list[tuple[RepoTask, RepoOutcome]]) -> list[RepoRecord]:
        decisions = self._ledger.approvals.latest(self._name) if fresh else {}
        records = []
        for task, outcome in fresh:
            name = task.repo.name
            pushed = self._pushed(task.repo) if outcome.commit else []
            state = settled_state(outcome, decisions.get(name), pushed)
            before = self._before.get(name)
            # A decision taken earlier may be in force again; the run itself only finds out.
            check_transition(name, RepoState(before.state) if before else RepoState.PENDING, outcome.state)
            records.append(
                RepoRecord(
                    campaign=self._name,
                    repo=name,
                    state=state,
                    reason=outcome.reason,
                    inputs=self._inputs[name],
                    base_commit=task.snapshot.commit,
                    base_tree=task.snapshot.tree,
                    base_branch=task.snapshot.branch,
                    shown=outcome.shown,
                    commit_sha=outcome.commit,
                    sites=outcome.sites,
                    detail=outcome.detail.to_json(),
                )
            )
        return records

    def _pushed(self, repo: Repo) -> list[Delivery]:
        """Deliveries to the branch that the campaign has now."""
        here = (repo.url, self._shop.spec.branch)
        return [d for d in self._ledger.deliveries.of(self._name, repo.name) if (d.url, d.branch) == here]

    def _event(self, record: RepoRecord) -> Event:
        data: dict[str, Any] = {"state": record.state, "reason": record.reason, "commit": record.commit_sha}
        return Event("repo.worked", repo=record.repo, run=self._name, data=data)

    def _count(self, repo: str, state: str, sites: int, reason: str, *, reused: bool = False) -> None:
        self._todo.discard(repo)
        self._tally.add(state, sites, reason, reused=reused)
        self._on_progress(self._tally.progress(repo))

    def report(self, interrupted: bool) -> RunReport:
        """The run as it ended, its time recorded."""
        now = self._tally.progress()
        self._ledger.campaigns.add_run(self._name, now.seconds)
        return RunReport(
            self._name,
            now.total,
            now.done,
            now.reused,
            now.sites,
            now.counts,
            now.seconds,
            interrupted,
            tuple(sorted(self._todo)),
        )
