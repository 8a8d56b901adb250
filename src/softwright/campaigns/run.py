"""The loop over the repositories of a campaign: worker processes do the work, this one writes the record."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from time import monotonic

from softwright.campaigns.bench import Workshop
from softwright.campaigns.outcome import RepoOutcome, RepoTask, RunItem
from softwright.campaigns.pool import Ask, Broken, Pool
from softwright.campaigns.record import record_outcomes
from softwright.campaigns.tally import Progress, RunReport, Tally
from softwright.campaigns.triage import Triage
from softwright.campaigns.work import failed, work_on
from softwright.core import Verdict
from softwright.hosts import Mirrors
from softwright.ledger import Ledger

_BATCH = 32
_BATCH_S = 0.2


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
    triage = Triage(ledger, shop, mirrors)
    book = _Book(ledger, shop, triage, {item.repo.name for item in listed}, on_progress)

    def work(task: RepoTask, ask: Ask) -> RepoOutcome:
        cache = _CacheByAsking(ask)
        outcome = work_on(shop, task, cache)
        return replace(outcome, learned=tuple(cache.learned.items()))

    book.tell()
    tasks = book.triaged(listed)
    pool: Pool[RepoTask, RepoOutcome] = Pool(workers, work, ledger.verdicts.get)
    results = pool.run(tasks, idle=book.idle)
    interrupted = False
    try:
        for task, outcome in results:
            book.take(task, outcome)
    except KeyboardInterrupt:
        interrupted = True
    finally:
        results.close()
        book.flush()
    return book.closed(interrupted=interrupted)


class _Book:
    """The writing side of one run: outcomes are recorded in batches, then counted and told."""

    def __init__(
        self,
        ledger: Ledger,
        shop: Workshop,
        triage: Triage,
        todo: set[str],
        on_progress: Callable[[Progress], None],
    ) -> None:
        self._ledger = ledger
        self._spec = shop.spec
        self._triage = triage
        self._todo = todo
        self._on_progress = on_progress
        self._tally = Tally(len(todo))
        self._batch: list[tuple[RepoTask, RepoOutcome]] = []
        self._flushed = monotonic()
        self._latest = ""

    def tell(self) -> None:
        """Say how far the run is."""
        self._on_progress(self._tally.progress(self._latest))

    def idle(self) -> None:
        """Record what was taken, and show that the run is alive."""
        self.flush()
        self.tell()

    def triaged(self, items: Sequence[RunItem]) -> list[RepoTask]:
        """The tasks left when outcomes that still hold are taken over, and mirrors that fail are noted."""
        tasks = []
        for item in items:
            found = self._triage.look(item)
            if found.outcome is not None:
                self.take(found.task, found.outcome)
            elif (before := found.reused) is not None:
                self._count(before.repo, before.state, before.sites, before.reason, reused=True)
            else:
                tasks.append(found.task)
        self.flush()
        return tasks

    def take(self, task: RepoTask, outcome: RepoOutcome | Broken) -> None:
        """Keep an outcome for the next transaction."""
        if isinstance(outcome, Broken):
            outcome = failed(task, outcome.reason, detail=outcome.detail)
        self._batch.append((task, outcome))
        if len(self._batch) >= _BATCH or monotonic() - self._flushed > _BATCH_S:
            self.flush()

    def flush(self) -> None:
        """Record what was taken, in one transaction."""
        batch, self._batch = self._batch, []
        self._flushed = monotonic()
        if not batch:
            return
        done = record_outcomes(self._ledger, self._spec, batch, before=self._triage.before)
        for record in done.kept:
            self._count(record.repo, record.state, record.sites, record.reason, reused=True)
        for record in done.fresh:
            self._count(record.repo, record.state, record.sites, record.reason)

    def _count(self, repo: str, state: str, sites: int, reason: str, *, reused: bool = False) -> None:
        self._todo.discard(repo)
        self._tally.add(state, sites, reason, reused=reused)
        self._latest = repo
        self.tell()

    def closed(self, *, interrupted: bool) -> RunReport:
        """The run as it ended, its time recorded."""
        report = self._tally.report(self._spec.name, left=tuple(sorted(self._todo)), interrupted=interrupted)
        self._ledger.campaigns.add_run(self._spec.name, report.seconds)
        return report
