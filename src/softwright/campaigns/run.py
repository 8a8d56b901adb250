"""Running a campaign: what is left to do becomes durable runs, and their progress is followed to the end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic, sleep

from softwright.campaigns.load import Loaded
from softwright.campaigns.means import Means
from softwright.campaigns.outcome import RepoTask, RunItem
from softwright.campaigns.patience import AWAY, Answer, patiently
from softwright.campaigns.record import record_outcomes
from softwright.campaigns.runs.carrier import Carrier, carrier
from softwright.campaigns.runs.gates import missing_gates, open_gates
from softwright.campaigns.runs.kinds import CAMPAIGN, REPOSITORY, SHARD, SHARD_SIZE, CampaignArgs
from softwright.campaigns.runs.names import next_run
from softwright.campaigns.runs.pack import pack
from softwright.campaigns.runs.pushing import DELIVERY
from softwright.campaigns.tally import Progress, RunReport, done_row, progress_of
from softwright.campaigns.triage import Triage
from softwright.core import InvalidInput, OutsideFault
from softwright.engine import ACTIVE, Engine, RunState, Start
from softwright.ledger import Ledger, ProgressRow, RecordedEvent
from softwright.ledger.progress import DONE, PAUSED, QUEUED, UNDONE

_LOOK_S = 0.1
_LOOK_AT_RUN_S = 0.5  # while there is something to be done
_MANY = 1_000_000


@dataclass(frozen=True, slots=True)
class _Todo:
    """What a run has to do: the tasks left, and the rows of repositories that need no work."""

    tasks: tuple[RepoTask, ...]
    rows: tuple[ProgressRow, ...]


@dataclass(frozen=True, slots=True)
class Watch:
    """How a run is carried and told of.

    `here`: this process works; else workers do, and it only follows. `detach`: do not even follow.
    `on_event` gets what happens to repositories, in order.
    """

    here: bool = True
    detach: bool = False
    on_progress: Callable[[Progress], None] = lambda progress: None
    on_event: Callable[[RecordedEvent], None] | None = None


ALONE = Watch()
"""Worked here, and told nobody."""


def run_campaign(
    means: Means, loaded: Loaded, items: Sequence[RunItem], *, workers: int, watch: Watch
) -> RunReport:
    """Bring every repository to its outcome; what is unchanged since an earlier run is not done again.

    May be stopped at any moment, by Ctrl-C or harder: what is recorded stands, the rest is done by the
    next run, or goes on in the hands of other workers. Must be called before this process starts threads.
    Raises OutsideFault when the record cannot be written, InvalidInput when the runs of the database are
    kept with another artefact store.
    """
    packed = means.store_of_runs().put_json(pack(loaded))
    job = _Job(means, loaded, packed, watch)
    watch.on_progress(Progress(total=len(items)))
    todo = None if job.unfinished() else _triaged(means, loaded, items)
    follows = (
        loaded.spec.deliver.automatic or loaded.spec.notify.mail
    )  # more than outcomes: it may be left over
    if todo is not None and not todo.tasks and not follows:
        means.ledger.progress.begin(job.name, means.ledger.progress.run_of(job.name), todo.rows)
        return job.report()
    known = {packed: loaded.shop}
    while True:
        with carrier(means, size=workers, known=known, here=watch.here and not watch.detach) as carried:
            try:
                job.take_up(carried)
                job.carry(carried, todo or _triaged(means, loaded, items))
            except KeyboardInterrupt:
                job.interrupted = True
                carried.stop(CAMPAIGN, job.name)
            except _Abandoned:
                todo = None
                continue
        return job.report()


def resume_campaign(means: Means, loaded: Loaded, *, workers: int, watch: Watch) -> RunReport:
    """Go on with a campaign that was paused, where it was. Raises InvalidInput when it is not paused."""
    job = _Job(means, loaded, "", watch)
    with carrier(means, size=workers, here=watch.here and not watch.detach) as carried:
        run = paused_run(carried.engine, job.name)
        job.unfinished()
        if not run.endswith(mark_of(means.artefacts.put_json(pack(loaded)))):
            changed = "the campaign's file, or a rule of it, changed since: what was paused goes on as it was"
            job.loaded = replace(loaded, notes=(changed,))
        try:
            for stopped in carried.engine.runs(under=run, states=[RunState.CANCELLED], limit=_MANY):
                carried.engine.retry(stopped.id)
            means.ledger.progress.mark(job.name, PAUSED, QUEUED)
            job.follow(carried, run)
        except KeyboardInterrupt:
            job.interrupted = True
            carried.stop(CAMPAIGN, job.name)
    return job.report()


def mark_of(packed: str) -> str:
    """What the ids of runs of exactly this campaign end with."""
    return f"-{packed.rpartition(':')[2][:8]}"


def paused_run(engine: Engine, name: str) -> str:
    """The id of the campaign's last run, which was stopped. Raises InvalidInput when it was not."""
    last = engine.runs(under=name, kinds=[CAMPAIGN], limit=1)
    if not last or last[0].state is not RunState.CANCELLED:
        state = f"its last run is {last[0].state}" if last else "it never ran"
        raise InvalidInput(f"campaign `{name}` is not paused: {state}", hint="`softwright campaign run FILE`")
    return last[0].id


def pause_campaign(ledger: Ledger, engine: Engine, name: str) -> int:
    """Stop the campaign's runs, and all that they started, at their next step; gives how many."""
    stopped = sum(engine.cancel(run.id) for run in engine.runs(under=name, kinds=[CAMPAIGN], states=ACTIVE))
    if stopped:
        for stage in UNDONE:
            ledger.progress.mark(name, stage, PAUSED)
    return stopped


class _Abandoned(Exception):
    """The process that carried the runs is gone, and this one may carry them."""


@dataclass
class _Job:
    """One call for a campaign to be run. `packed` is the digest of the campaign as it is now."""

    means: Means
    loaded: Loaded
    packed: str
    watch: Watch
    interrupted: bool = False
    paused: bool = False
    besides: tuple[str, ...] = ()
    before: int = 0
    began: float = field(default_factory=monotonic)

    def __post_init__(self) -> None:
        self.name = self.loaded.spec.name
        self._told = Progress(total=0)
        self._seen = self.means.ledger.events.last() if self.watch.on_event else 0

    def unfinished(self) -> bool:
        """True when an earlier run did not come to its end; what is done of it is not this call's work."""
        sums = self.means.ledger.progress.sums(self.name)
        self.before = sums.stages.get(DONE, 0)
        return sums.total > self.before

    def take_up(self, carried: Carrier) -> None:
        """Carry to its end what an earlier call left undone; of another campaign file it is given up."""
        if carried.here:
            roots = carried.engine.runs(kinds=[CAMPAIGN, DELIVERY], states=ACTIVE, limit=_MANY)
            self.besides = tuple(sorted({run.id.split("/")[0] for run in roots} - {self.name}))
        for left in carried.engine.runs(under=self.name, kinds=[CAMPAIGN], states=ACTIVE):
            if any(run.endswith(self._mark) for run in (left.id, left.forked_from)):
                self.follow(carried, left.id)
            else:
                carried.engine.cancel(left.id)
        for orphan in carried.engine.runs(
            under=self.name, kinds=[SHARD, REPOSITORY], states=ACTIVE, limit=_MANY
        ):
            carried.engine.cancel(orphan.id)  # left by a run that failed

    def carry(self, carried: Carrier, todo: _Todo) -> None:
        """Begin the run of what is to do, and follow it to its end."""
        self.before = 0
        engine, store, size = carried.engine, self.means.artefacts, SHARD_SIZE
        shards = [store.put_json(todo.tasks[i : i + size]) for i in range(0, len(todo.tasks), size)]
        # The last one is known though it may be forgotten: what it left waiting has ids under its own.
        last = self.means.ledger.progress.run_of(self.name)
        earlier = [run.id for run in engine.runs(under=self.name, kinds=[CAMPAIGN], limit=_MANY)]
        run = next_run(self.name, self._mark, [last, *earlier])
        rows = [*todo.rows, *(ProgressRow(task.repo.name) for task in todo.tasks)]
        self.means.ledger.progress.begin(self.name, run, rows)
        if self.loaded.spec.deliver.automatic:
            anew = [task.repo.name for task in todo.tasks]
            engine.start_many(missing_gates(self.means.ledger, engine, self.name, run, but=anew))
        if shards:
            gates = open_gates(engine, self.name)
            for task in todo.tasks:  # they wait about a change that is made anew now
                if task.repo.name in gates:
                    engine.cancel(gates[task.repo.name])
            if not engine.start(Start(CAMPAIGN, run, CampaignArgs(self.name, self.packed, tuple(shards)))):
                raise OutsideFault(f"a run `{run}` is there already", hint="run the campaign again")
            self.follow(carried, run)

    @property
    def _mark(self) -> str:
        """What the id of a run of exactly this campaign file ends with."""
        return mark_of(self.packed)

    def follow(self, carried: Carrier, run: str) -> None:
        """Tell of the run until it has ended. Raises OutsideFault when it failed."""
        if self.watch.detach:
            return
        looked = -_LOOK_AT_RUN_S
        while True:
            progress = self._tell(carried)
            if progress.done >= progress.total or monotonic() - looked > _LOOK_AT_RUN_S:
                info, looked = self._patiently(lambda: carried.engine.info(run)), monotonic()
                if info is None or info.state.ended:
                    break
            sleep(_LOOK_S)
        self._tell(carried)
        if info is not None and info.state is RunState.CANCELLED:
            self.paused = True
        if info is not None and info.state in (RunState.FAILED, RunState.POISONED):
            hint = "run again: what is recorded stands"
            raise OutsideFault(f"run `{run}` failed: {info.error}", hint=hint)

    def _tell(self, carried: Carrier) -> Progress:
        seconds = monotonic() - self.began
        progress = self._patiently(lambda: progress_of(self.means.ledger, self.name, seconds=seconds))
        progress = replace(progress, before=self.before)
        if self.besides:
            others = ", ".join(f"`{name}`" for name in self.besides)
            progress = replace(progress, note=f"also taking up what was left of {others}")
        if not self._patiently(carried.attended):
            if self.watch.here:
                raise _Abandoned
            progress = replace(progress, note="no worker is running: `softwright worker` takes it up")
        self.watch.on_progress(progress)
        if self.watch.on_event is not None:
            since = self.means.ledger.events.since
            for recorded in self._patiently(lambda: since(self._seen, run=self.name)):
                self._seen = recorded.id
                self.watch.on_event(recorded)
        self._told = progress
        return progress

    def _patiently(self, ask: Callable[[], Answer]) -> Answer:
        """An answer of the database, which may be away for as long as a worker bears that."""
        return patiently(
            ask,
            within_s=self.means.settings.lease_s,
            told=lambda: self.watch.on_progress(replace(self._told, note=AWAY)),
        )

    def report(self) -> RunReport:
        """The run as it ended, its time recorded."""
        seconds = monotonic() - self.began
        progress = progress_of(self.means.ledger, self.name, seconds=seconds)
        self.means.ledger.campaigns.add_run(self.name, seconds)
        left = self.means.ledger.progress.rows(self.name, stages=UNDONE, limit=_MANY)
        self.watch.on_progress(progress)
        return RunReport(
            self.name,
            progress.total,
            progress.done,
            progress.reused,
            progress.sites,
            progress.counts,
            seconds,
            self.interrupted,
            tuple(sorted(row.repo for row in left)),
            self.loaded.warnings,
            self.paused,
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
