"""Running a campaign: what is left to do becomes durable runs, and their progress is followed to the end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic, sleep

from softwright.campaigns.load import Loaded
from softwright.campaigns.means import Means
from softwright.campaigns.outcome import RepoTask, RunItem
from softwright.campaigns.record import record_outcomes
from softwright.campaigns.runs.kinds import CAMPAIGN, SHARD_SIZE, CampaignArgs
from softwright.campaigns.runs.pack import pack
from softwright.campaigns.runs.station import Station
from softwright.campaigns.tally import Progress, RunReport, done_row, progress_of
from softwright.campaigns.triage import Triage
from softwright.core import OutsideFault
from softwright.engine import ACTIVE, Engine, RunState, Start
from softwright.ledger import ProgressRow
from softwright.ledger.progress import DONE, UNDONE

_LOOK_S = 0.1


@dataclass(frozen=True, slots=True)
class _Todo:
    """What a run has to do: the tasks left, and the rows of repositories that need no work."""

    tasks: tuple[RepoTask, ...]
    rows: tuple[ProgressRow, ...]


def run_campaign(
    means: Means,
    loaded: Loaded,
    items: Sequence[RunItem],
    *,
    workers: int,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> RunReport:
    """Bring every repository to its outcome; what is unchanged since an earlier run is not done again.

    May be stopped at any moment, by Ctrl-C or harder: what is recorded stands, the rest is done by the
    next run. Must be called before this process starts threads. Raises OutsideFault when the record
    cannot be written, or another process runs the runs of this home.
    """
    began = monotonic()
    packed = means.artefacts.put_json(pack(loaded))
    job = _Job(means, loaded, packed, began, on_progress)
    on_progress(Progress(total=len(items)))
    todo = None if job.unfinished() else _triaged(means, loaded, items)
    if todo is not None and not todo.tasks:
        means.ledger.progress.begin(job.name, means.ledger.progress.run_of(job.name), todo.rows)
        return job.report(interrupted=False)
    interrupted = False
    with Station(means, size=workers, known={packed: loaded.shop}) as station:
        try:
            job.take_up(station.engine)
            job.carry(station.engine, todo or _triaged(means, loaded, items))
        except KeyboardInterrupt:
            interrupted = True
    return job.report(interrupted=interrupted)


@dataclass(frozen=True)
class _Job:
    """One call for a campaign to be run."""

    means: Means
    loaded: Loaded
    packed: str
    began: float
    on_progress: Callable[[Progress], None]

    @property
    def name(self) -> str:
        return self.loaded.spec.name

    def unfinished(self) -> bool:
        """True when an earlier run did not come to its end."""
        sums = self.means.ledger.progress.sums(self.name)
        return sums.total > sums.stages.get(DONE, 0)

    def take_up(self, engine: Engine) -> None:
        """Carry to its end what an earlier call left undone; of another campaign file it is given up."""
        for left in engine.runs(under=self.name, kinds=[CAMPAIGN], states=ACTIVE):
            if left.id.endswith(self._mark):
                self._follow(engine, left.id)
            else:
                engine.cancel(left.id)

    def carry(self, engine: Engine, todo: _Todo) -> None:
        """Begin the run of what is to do, and follow it to its end."""
        store, size = self.means.artefacts, SHARD_SIZE
        shards = [store.put_json(todo.tasks[i : i + size]) for i in range(0, len(todo.tasks), size)]
        earlier = engine.runs(under=self.name, kinds=[CAMPAIGN], limit=1)
        number = int(earlier[0].id.rpartition("/")[2].partition("-")[0]) + 1 if earlier else 1
        run = f"{self.name}/{number}{self._mark}"
        rows = [*todo.rows, *(ProgressRow(task.repo.name) for task in todo.tasks)]
        self.means.ledger.progress.begin(self.name, run, rows)
        if shards:
            engine.start(Start(CAMPAIGN, run, CampaignArgs(self.name, self.packed, tuple(shards))))
            self._follow(engine, run)

    @property
    def _mark(self) -> str:
        """What the id of a run of exactly this campaign file ends with."""
        return f"-{self.packed.rpartition(':')[2][:8]}"

    def _follow(self, engine: Engine, run: str) -> None:
        while True:
            info = engine.info(run)
            self.on_progress(progress_of(self.means.ledger, self.name, seconds=monotonic() - self.began))
            if info is None or info.state.ended:
                break
            sleep(_LOOK_S)
        if info is not None and info.state in (RunState.FAILED, RunState.POISONED):
            hint = "run again: what is recorded stands"
            raise OutsideFault(f"run `{run}` failed: {info.error}", hint=hint)

    def report(self, *, interrupted: bool) -> RunReport:
        """The run as it ended, its time recorded."""
        seconds = monotonic() - self.began
        progress = progress_of(self.means.ledger, self.name, seconds=seconds)
        self.means.ledger.campaigns.add_run(self.name, seconds)
        left = self.means.ledger.progress.rows(self.name, stages=UNDONE, limit=100_000)
        self.on_progress(progress)
        return RunReport(
            self.name,
            progress.total,
            progress.done,
            progress.reused,
            progress.sites,
            progress.counts,
            seconds,
            interrupted,
            tuple(sorted(row.repo for row in left)),
            self.loaded.warnings,
        )


def _triaged(means: Means, loaded: Loaded, items: Sequence[RunItem]) -> _Todo:
    """The tasks left when outcomes that still hold are taken over, and mirrors that fail are recorded."""
    triage = Triage(means.ledger, loaded.shop, means.mirrors)
    tasks, rows, known = [], [], []
    for item in items:
        found = triage.look(item)
        if found.outcome is not None:
            known.append((found.task, found.outcome))
        elif (before := found.reused) is not None:
            rows.append(done_row(before, reused=True))
        else:
            tasks.append(found.task)
    recorded = record_outcomes(means.ledger, loaded.spec, known, before=triage.before)
    rows += [done_row(record) for record in recorded.fresh]
    rows += [done_row(record, reused=True) for record in recorded.kept]
    return _Todo(tuple(tasks), tuple(rows))
