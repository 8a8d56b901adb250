"""Durable runs from outside: look at them, stop them, take them up again. Nothing is run in this process."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches

from softwright.app.wiring import House
from softwright.campaigns.runs.gates import GATE
from softwright.campaigns.runs.kinds import CAMPAIGN, REPOSITORY, SHARD
from softwright.campaigns.runs.names import is_root
from softwright.campaigns.runs.outside import declared_kinds
from softwright.campaigns.runs.pushing import DELIVERY, PUSH
from softwright.core import InvalidInput, nearest
from softwright.engine import ACTIVE, RunInfo, RunState, StepInfo
from softwright.engine.durable import VERSION, DurableEngine, EngineDatabase, Leases, attended
from softwright.ledger.progress import DONE, UNDONE

CURRENT = VERSION
"""The version of the runs' code in this program."""

STATES = tuple(str(state) for state in RunState)

_WHOLE = (CAMPAIGN, DELIVERY)  # kinds that people ask for
_PARTS = (SHARD, REPOSITORY, PUSH, GATE)  # kinds that are started by other runs
_FAILED = (RunState.FAILED, RunState.POISONED)
_UNDONE = (*_FAILED, RunState.CANCELLED)
_START = "start"  # the name of steps by which a run starts others
_SHOWN = 20
_MANY = 1_000_000
_CANDIDATES = 1_000


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run, with how many of its repositories are done when it is a campaign's present or last one."""

    id: str
    kind: str
    state: str
    version: str
    worker: str
    taken: int
    created: datetime | None
    updated: datetime | None
    error: str
    done: int | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Stranded:
    """Active runs of a version of the code that no live worker runs; `command` hands them on."""

    version: str
    runs: int
    command: str


@dataclass(frozen=True, slots=True)
class RunListing:
    """Runs, the counts by state of all there are like them, and what keeps runs from going on.

    `stranded` need code that nobody runs; `unattended` are those of this version while nobody is at work;
    `gates` are changes that wait for approval.
    """

    runs: tuple[RunRow, ...]
    counts: Mapping[str, int]
    stranded: tuple[Stranded, ...] = ()
    unattended: int = 0
    gates: int = 0


@dataclass(frozen=True, slots=True)
class RepoProgress:
    """Repositories of a campaign's run: how many are at which stage, ended in which state; those not done."""

    campaign: str
    stages: Mapping[str, int]
    states: Mapping[str, int]
    undone: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RunDetail:
    """One run: its steps, the states of the runs under it, those of them that failed, its repositories."""

    run: RunRow
    queue: str
    partition: str
    forked_from: str
    steps: tuple[StepInfo, ...]
    under: Mapping[str, int]
    failed: tuple[RunRow, ...]
    repositories: RepoProgress | None


@contextmanager
def engine_if_any(house: House) -> Iterator[DurableEngine | None]:
    """The engine of the home, None when nothing was ever run in it. Makes no tables and no file."""
    database = EngineDatabase(house.engine_url)
    try:
        if not database.ready():
            yield None
            return
        engine = DurableEngine(database, declared_kinds())
        try:
            yield engine
        finally:
            engine.close()
    finally:
        database.close()


def list_runs(
    house: House,
    *,
    states: Sequence[str] = (),
    kinds: Sequence[str] = (),
    under: str = "",
    everything: bool = False,
    limit: int = 50,
) -> RunListing:
    """Runs, the newest first. Without any filter only those that no other run started.

    Raises InvalidInput for a state or a kind that is none.
    """
    declared = [kind.name for kind in declared_kinds()]
    wanted = [RunState(_known("state", state, STATES)) for state in states]
    for kind in kinds:
        _known("kind of run", kind, declared)
    if not (kinds or under or everything or states):
        kinds = [kind for kind in declared if kind not in _PARTS]
    with engine_if_any(house) as engine:
        if engine is None:
            return RunListing((), {})
        found = engine.runs(under=under, kinds=kinds, states=wanted, limit=limit)
        counts = engine.counts(under=under, kinds=kinds)
        gates = engine.counts(under=under, kinds=[GATE])
        return RunListing(
            tuple(_row(house, run) for run in found),
            {str(state): counts[state] for state in RunState if state in counts},
            stranded(house, engine),
            _unattended(house, engine),
            sum(gates.get(state, 0) for state in ACTIVE),
        )


def show_run(house: House, run: str) -> RunDetail:
    """All that is known of one run. Raises InvalidInput when there is none, naming the nearest."""
    with _engine(house, run) as (engine, info):
        counts = dict(engine.counts(under=run))
        counts[info.state] -= 1
        return RunDetail(
            _row(house, info),
            info.queue,
            info.partition,
            info.forked_from,
            tuple(engine.steps(run)),
            {str(state): counts[state] for state in RunState if counts.get(state)},
            tuple(
                _row(house, failed)
                for failed in engine.runs(under=run, states=_FAILED, limit=_SHOWN)
                if failed.id != run
            ),
            _repositories(house, info),
        )


def cancel_run(house: House, run: str) -> int:
    """Stop a run and everything under it at their next step; gives how many were stopped."""
    with _engine(house, run) as (engine, info):
        stopped = engine.cancel(run)
        if not stopped:
            raise InvalidInput(
                f"run `{run}` is {info.state}, and so is everything under it: there is nothing to stop",
                hint=_retry_hint(info),
            )
        return stopped


def retry_run(
    house: House,
    run: str,
    *,
    failed_only: bool = False,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Take up again a run, and everything under it, that failed, was poisoned or cancelled; gives how many.

    With `failed_only` the run itself may be in any state, and what was cancelled stays so.
    """
    with _engine(house, run) as (engine, info):
        if not failed_only and info.state not in _UNDONE:
            raise InvalidInput(f"run `{run}` is {info.state}", hint=_retry_hint(info))
        found = engine.ids(under=run, states=_FAILED if failed_only else _UNDONE)
        if not found:
            raise InvalidInput(
                f"nothing failed in run `{run}`",
                hint="repositories that failed in their checks are tried again by `softwright campaign run`",
            )
        # Those deep down first: who waits for them must not find them ended.
        for number, one in enumerate(sorted(found, key=lambda one: -one.count("/")), 1):
            engine.retry(one)
            on_progress(number, len(found))
        return len(found)


def fork_run(house: House, run: str, new: str, *, step: int = 1) -> None:
    """A new run of the same campaign that takes over the results of the steps before `step`.

    Raises InvalidInput, also for a run that is a part of another, and for an id that is not the campaign's
    name and a word. Steps that started other runs cannot be taken over: those runs are under the old id.
    """
    with _engine(house, run) as (engine, info):
        _check_fork(info, new)
        started = [s.number for s in engine.steps(run) if s.name == _START and s.number < step]
        if started:
            raise InvalidInput(
                f"step {started[0]} of run `{run}` started runs under it, which the new run would not have",
                hint=f"fork at a step from 1 to {started[0]}",
            )
        engine.fork(run, new, step=step)


def _check_fork(info: RunInfo, new: str) -> None:
    """Raises InvalidInput when the fork would be in no campaign's hands."""
    campaign = info.id.partition("/")[0]
    if info.kind not in _WHOLE:
        whole = "/".join(info.id.split("/")[:2])
        raise InvalidInput(
            f"run `{info.id}` is a part of `{whole}`, and only that can be forked",
            hint=f"`softwright runs fork {whole} {campaign}/again`, or run the campaign again",
        )
    if not (is_root(new) and new.startswith(f"{campaign}/")):
        raise InvalidInput(
            f"`{new}` is no id for a fork of `{info.id}`: `{campaign}/again` would be one",
            hint=f"allowed: `{campaign}/` and a word",
        )


def move_runs(house: House, old: str, new: str = VERSION) -> int:
    """Hand active runs of code version `old` to the workers of version `new`; gives how many.

    Raises InvalidInput when a live worker runs `old`, there are no such runs, or nobody runs `new`.
    """
    with engine_if_any(house) as engine:
        versions = engine.versions() if engine is not None else {}
        alive = _live_versions(house)
        if engine is None or old not in versions:
            near = nearest(old, versions) if versions else "no run is active"
            raise InvalidInput(f"no active run is of version `{old}`; {near}")
        if old in alive:
            raise InvalidInput(
                f"a live worker runs version `{old}`: its runs are in good hands",
                hint="`softwright worker drain` first, if that worker is to go",
            )
        if new not in {*alive, VERSION}:
            raise InvalidInput(f"nobody runs version `{new}`; {nearest(new, {*alive, VERSION})}")
        if new == old:
            raise InvalidInput(
                f"the runs are of version `{old}` already", hint="start a worker: it takes them up"
            )
        return engine.move(old, new)


def stranded(house: House, engine: DurableEngine) -> tuple[Stranded, ...]:
    """Versions of the code that active runs need and nobody runs, this program's own aside."""
    alive = {*_live_versions(house), VERSION}
    return tuple(
        Stranded(version, count, f"softwright runs move --from {version} --to {VERSION}")
        for version, count in sorted(engine.versions().items())
        if version not in alive
    )


def _live_versions(house: House) -> set[str]:
    """Versions that workers with a lease run; a home of files has none."""
    database = EngineDatabase(house.engine_url)
    try:
        if database.is_sqlite:
            return set()
        return {lease.version for lease in Leases(database).all() if lease.state in ("live", "draining")}
    finally:
        database.close()


def _unattended(house: House, engine: DurableEngine) -> int:
    """How many runs of this version wait while nobody is at work."""
    waiting = engine.versions().get(VERSION, 0)
    if not waiting:
        return 0
    database = EngineDatabase(house.engine_url)
    try:
        return 0 if attended(database, house.folder(".")) else waiting
    finally:
        database.close()


@contextmanager
def _engine(house: House, run: str) -> Iterator[tuple[DurableEngine, RunInfo]]:
    with engine_if_any(house) as engine:
        info = engine.info(run) if engine is not None else None
        if engine is None or info is None:
            known = _candidates(engine, run) if engine is not None else []
            near = nearest(run, known) if known else "nothing was ever run here, or all is forgotten"
            raise InvalidInput(f"there is no run `{run}`; {near}", hint="`softwright runs list` shows them")
        yield engine, info


def _candidates(engine: DurableEngine, run: str) -> list[str]:
    """Ids that may be meant: those under the longest part of the id that is a run, else what was started."""
    above = run
    while above := above.rpartition("/")[0]:
        if engine.info(above) is not None:
            break
    kinds = [] if above else [kind.name for kind in declared_kinds() if kind.name not in _PARTS]
    ids = [one.id for one in engine.runs(under=above, kinds=kinds, limit=_CANDIDATES)]
    return ids if len(ids) <= _SHOWN else _nearest_few(run, ids)


def _nearest_few(run: str, ids: Sequence[str]) -> list[str]:
    return get_close_matches(run, ids, n=5, cutoff=0.5) or list(ids[:5])


def _known(what: str, word: str, allowed: Sequence[str]) -> str:
    if word not in allowed:
        raise InvalidInput(f"there is no {what} `{word}`; {nearest(word, allowed)}")
    return word


def _retry_hint(info: RunInfo) -> str:
    if info.state is RunState.DONE:
        again = f"`softwright runs retry {info.id} --failed` takes up what failed under it"
        if info.kind not in _WHOLE:
            return again
        campaign = info.id.partition("/")[0]
        return f"{again}; `softwright runs fork {info.id} {campaign}/again` runs it anew"
    if info.state in ACTIVE:
        return f"wait for it, or stop it: softwright runs cancel {info.id}"
    return f"`softwright runs retry {info.id}` takes it up again"


def _row(house: House, info: RunInfo) -> RunRow:
    done = total = None
    if info.kind == CAMPAIGN:
        name = info.id.partition("/")[0]
        if house.ledger.progress.run_of(name) == info.id:
            sums = house.ledger.progress.sums(name)
            done, total = sums.stages.get(DONE, 0), sums.total
    return RunRow(
        info.id,
        info.kind,
        str(info.state),
        info.version,
        info.executor,
        info.taken,
        info.created,
        info.updated,
        info.error,
        done,
        total,
    )


def _repositories(house: House, info: RunInfo) -> RepoProgress | None:
    """Of the run that the campaign's table of progress is about, and of its parts."""
    name = info.id.partition("/")[0]
    progress = house.ledger.progress
    run = progress.run_of(name)
    if not run or info.kind not in (CAMPAIGN, SHARD, REPOSITORY) or not f"{info.id}/".startswith(f"{run}/"):
        return None
    if info.kind == REPOSITORY:
        repo = info.id.removeprefix(f"{run}/").partition("/")[2]
        rows = [row for row in progress.rows(name, limit=_MANY) if row.repo == repo]
        return RepoProgress(
            name,
            {row.stage: 1 for row in rows},
            {row.state: 1 for row in rows if row.state},
            tuple((row.repo, row.reason or row.stage) for row in rows),
        )
    if info.kind == SHARD:
        return None
    sums = progress.sums(name)
    undone = progress.rows(name, stages=UNDONE, limit=_SHOWN)
    return RepoProgress(name, sums.stages, sums.states, tuple((row.repo, row.stage) for row in undone))
