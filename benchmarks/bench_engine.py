"""Durable runs: what the engine itself costs, and how soon it notices a worker's death.

Tiny runs (three steps that do nothing) in the queues of campaigns, in SQLite and in PostgreSQL with 1, 2 and
4 worker processes; a campaign over 1,000 repositories against a plain loop over the same stages, in turns;
runs that wait for a signal; a worker killed with SIGKILL. The fleet is that of `make bench-campaign`.

    python benchmarks/bench_engine.py [--quick] [--only PART]
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import sqlalchemy as sa
import tiny_runs
from bench_campaign import RUN, WORK, make_fleet, prepare, sources
from table import Row, Used, all_met, row, show, timed, used, write
from tiny_runs import CLOCK, PARENT, SLOW, TINY, WAITER

from softwright.engine import RunState, Start
from softwright.engine.durable import DurableEngine, EngineDatabase
from softwright.testing.postgres import PostgresServer

HERE = Path(__file__).resolve().parent
SHARD_SIZE = 100
LEASE_S = 3.0


@dataclass(frozen=True)
class Size:
    """How much of everything."""

    runs: int
    early: int  # the number of runs done at which memory is looked at first
    repos: int
    pairs: int
    waiters: int
    kills: int


FULL = Size(runs=10_000, early=2_000, repos=1_000, pairs=3, waiters=500, kills=3)
QUICK = Size(runs=600, early=200, repos=100, pairs=1, waiters=100, kills=1)


class WorkerProcess:
    """A worker in a process of its own."""

    def __init__(self, url: str, home: Path, *, ttl_s: float = 30.0) -> None:
        command = [sys.executable, str(HERE / "tiny_runs.py"), url, str(home), "--ttl", str(ttl_s)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._figures = psutil.Process(self._process.pid)
        self.identity = ""

    def ready(self) -> None:
        """Wait until it takes runs."""
        assert self._process.stdout is not None
        self.identity = self._process.stdout.readline().strip().removeprefix("ready ")

    def cpu_s(self) -> float:
        """CPU seconds so far."""
        times = self._figures.cpu_times()
        return float(times.user + times.system)

    def memory(self) -> float:
        """Resident memory in MB."""
        return float(self._figures.memory_info().rss / 1e6)

    def kill(self) -> None:
        """End it as a crash would."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Have it end."""
        if self._process.poll() is None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait()


@dataclass
class Place:
    """A database for runs, and the engine on it."""

    name: str
    url: str
    home: Path

    def __post_init__(self) -> None:
        self.database = EngineDatabase(self.url)
        self.database.prepare()
        self.engine = DurableEngine(self.database, tiny_runs.kinds())

    @contextmanager
    def workers(self, count: int, *, ttl_s: float = 30.0) -> Iterator[list[WorkerProcess]]:
        """So many workers, taking runs."""
        with ExitStack() as stack:
            crew = [WorkerProcess(self.url, self.home, ttl_s=ttl_s) for _ in range(count)]
            for each in crew:
                stack.callback(each.close)
            for each in crew:
                each.ready()
            time.sleep(1.0)  # what comes after the start is not to be counted
            yield crew

    def size(self) -> float:
        """MB on disk."""
        if self.database.is_sqlite:
            return sum(file.stat().st_size for file in self.home.glob("engine.db*")) / 1e6
        with self.database.read() as connection:
            query = sa.text("SELECT pg_database_size(current_database())")
            return float(connection.execute(query).scalar_one() / 1e6)

    def forget(self) -> float:
        """Forget all runs as `softwright gc` does; gives the seconds that takes."""
        began, cut = time.monotonic(), datetime.now(UTC) + timedelta(days=1)
        while self.engine.delete(ended_before=cut):
            pass
        self.database.compact()
        if not self.database.is_sqlite:  # what the server does by itself, a minute later
            with self.database.engine.connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT")
                connection.exec_driver_sql("VACUUM")
        return time.monotonic() - began

    def close(self) -> None:
        """Let go of it."""
        self.engine.close()
        self.database.close()


def until(condition: Callable[[], bool], *, every_s: float) -> None:
    """Wait for something."""
    while not condition():
        time.sleep(every_s)


def total_cpu(workers: Sequence[WorkerProcess]) -> float:
    """CPU seconds of all."""
    return sum(each.cpu_s() for each in workers)


def throughput(place: Place, count: int, size: Size) -> list[Row]:
    """Tiny runs with `count` workers: speed, CPU, memory."""
    label = f"{place.name}, {count} worker{'s' if count > 1 else ''}"
    run = f"tiny/{time.time_ns()}"
    with place.workers(count) as workers:
        cpu, began = total_cpu(workers), time.monotonic()
        shards = [SHARD_SIZE] * (size.runs // SHARD_SIZE)
        place.engine.start(Start(PARENT, run, shards))

        def done() -> int:
            return place.engine.counts(under=run, kinds=[TINY]).get(RunState.DONE, 0)

        until(lambda: done() >= size.early, every_s=0.3)
        early = max(each.memory() for each in workers)
        ending = place.engine.ending(run)
        wall, cpu = time.monotonic() - began, total_cpu(workers) - cpu
        late = max(each.memory() for each in workers)
    if ending.result != size.runs:
        sys.exit(f"{label}: {ending.result} of {size.runs} runs are done: {ending.error}")
    growth = late - early
    return [
        row(f"{label}: speed", size.runs / wall, "runs/s"),
        row(f"{label}: CPU of the workers", 1000 * cpu / size.runs, "ms/run"),
        row(f"{label}: memory of a worker after {size.early:,} runs", early, "MB"),
        row(f"{label}: memory it grows by until {size.runs:,}", growth, "MB", bar="≤ 10", met=growth <= 10),
    ]


def tiny(places: Sequence[Place], size: Size) -> list[Row]:
    """Speed, CPU, memory, and what is left on disk."""
    rows: list[Row] = []
    for place in places:
        label = f"{place.name}, database"
        rows.append(row(f"{label}: empty", place.size(), "MB"))
        for count in (1,) if place.database.is_sqlite else (1, 2, 4):
            rows += throughput(place, count, size)
            full = place.size()
            seconds = place.forget()
            rows.append(row(f"{label}: after {size.runs:,} runs", full, "MB"))
            rows.append(row(f"{label}: after gc of them", place.size(), "MB"))
            rows.append(row(f"{label}: gc takes", seconds, "s"))
    return rows


def starting(places: Sequence[Place], size: Size) -> list[Row]:
    """How soon a run begins in an idle worker; what starting very many costs who starts them."""
    rows: list[Row] = []
    for place in places:
        late: list[float] = []
        with place.workers(1) as workers:
            for number in range(30):
                run = f"clock/{number}"
                sent = time.time()
                place.engine.start(Start(CLOCK, run))
                late.append(moment(place.engine.ending(run).result) - sent)
            idle = total_cpu(workers)
            time.sleep(5)
            idle = (total_cpu(workers) - idle) / 5
        starts = [Start(TINY, f"many/{number}") for number in range(size.runs)]
        with used() as figures:
            place.engine.start_many(starts)
        rows += [
            row(f"{place.name}: a run begins after, median", 1000 * statistics.median(late), "ms"),
            row(f"{place.name}: a run begins after, at most", 1000 * max(late), "ms"),
            row(f"{place.name}: CPU of an idle worker", 100 * idle, "% of a core"),
            row(f"{place.name}: starting {size.runs:,} in one transaction", figures.wall_s, "s"),
            row(f"{place.name}: starting one of them, CPU", 1000 * figures.cpu_s / size.runs, "ms"),
        ]
    return rows


def moment(value: object) -> float:
    """What a run gave that tells the time."""
    assert isinstance(value, float)
    return value


def waiting(places: Sequence[Place], size: Size) -> list[Row]:
    """Runs that wait for a signal: memory, CPU, how soon they wake."""
    rows: list[Row] = []
    for place in places:
        label = f"{place.name}, {size.waiters} runs that wait"
        with place.workers(1) as (worker,):
            # Some first, so that what any wait needs is there already.
            wait_for(place, [f"first/{number}" for number in range(10)])
            few, few_idle = worker.memory(), idle_cpu(worker)
            names = [f"many/{number}" for number in range(size.waiters)]
            wait_for(place, names)
            many, many_idle = worker.memory(), idle_cpu(worker)
            late: list[float] = []
            for name in names[:: len(names) // 20]:
                sent = time.time()
                place.engine.signal(name, "go")
                late.append(moment(place.engine.ending(name).result) - sent)
        rows += [
            row(f"{label}: memory added", many - few, "MB", bar="< 30", met=many - few < 30),
            row(f"{label}: CPU of the worker", 100 * many_idle, "% of a core"),
            row(f"{label}: CPU with ten of them", 100 * few_idle, "% of a core"),
            row(f"{label}: one wakes after, median", 1000 * statistics.median(late), "ms"),
            row(f"{label}: one wakes after, at most", 1000 * max(late), "ms"),
        ]
    return rows


def wait_for(place: Place, names: Sequence[str]) -> None:
    """Start waiters, and let them come to their wait."""
    root = names[0].partition("/")[0]
    place.engine.start_many([Start(WAITER, name) for name in names])
    until(
        lambda: place.engine.counts(under=root).get(RunState.RUNNING, 0) == len(names),
        every_s=0.2,
    )
    time.sleep(3)


def idle_cpu(worker: WorkerProcess) -> float:
    """The share of a core that it uses with nothing to do."""
    before, began = worker.cpu_s(), time.monotonic()
    time.sleep(8)
    return (worker.cpu_s() - before) / (time.monotonic() - began)


def takeover(places: Sequence[Place], size: Size) -> list[Row]:
    """Three workers, one killed: until every run that it held is run by another."""
    (place,) = (each for each in places if not each.database.is_sqlite)
    took: list[float] = []
    for number in range(size.kills):
        took.append(kill_one(place, f"kill-{number}"))
    slowest = max(took)
    label = f"{place.name}, 1 of 3 workers killed, lease {LEASE_S:g} s: its runs go on after"
    bar = f"< {2 * LEASE_S:g}"
    return [
        row(f"{label}, median", statistics.median(took), "s"),
        row(f"{label}, at most of {size.kills}", slowest, "s", bar=bar, met=slowest < 2 * LEASE_S),
    ]


def kill_one(place: Place, root: str) -> float:
    """Seconds from the death of the worker that held most until others run, or ended, all it held."""
    names = [f"{root}/{number}" for number in range(60)]
    with place.workers(3, ttl_s=LEASE_S) as workers:
        place.engine.start_many([Start(SLOW, name) for name in names])
        until(
            lambda: len(place.engine.runs(under=root, states=[RunState.RUNNING])) == len(names),
            every_s=0.05,
        )
        running = place.engine.runs(under=root, states=[RunState.RUNNING])
        held = {w.identity: [r.id for r in running if r.executor == w.identity] for w in workers}
        victim = max(workers, key=lambda worker: len(held[worker.identity]))
        victim.kill()
        began = time.monotonic()

        def left() -> int:
            infos = {info.id: info for info in place.engine.runs(under=root, limit=len(names))}
            lost = [infos[name] for name in held[victim.identity]]
            return sum(i.state is RunState.QUEUED or i.executor == victim.identity for i in lost)

        until(lambda: left() == 0, every_s=0.05)
        took = time.monotonic() - began
        endings = [place.engine.ending(name, timeout_s=60) for name in names]
    print(f"{len(held[victim.identity])} runs taken over after {took:.2f} s", flush=True)
    if any(ending.result != "done" for ending in endings):
        sys.exit("runs were lost with their worker")
    return took


def campaign(size: Size) -> list[Row]:
    """The campaign of bench_campaign, and the bare loop over its stages, in turns."""
    make_fleet(sources(None), size.repos)
    home = WORK / "home"
    env = prepare(home)
    loop = [sys.executable, str(HERE / "bare_loop.py"), "aware-clock.yaml"]
    sides: dict[str, list[Used]] = {"engine": [], "loop": []}
    for number in range(size.pairs):
        for side in sorted(sides, reverse=bool(number % 2)):
            forget_campaign(home)
            figures = timed(RUN if side == "engine" else loop, env=env, cwd=WORK)
            sides[side].append(figures)
            print(f"{side}: {figures.wall_s:.2f} s, {figures.cpu_s:.2f} CPU-s", flush=True)
    ours, bare = (sides[side] for side in ("engine", "loop"))
    wall = ratio([one.wall_s for one in ours], [one.wall_s for one in bare])
    cpu = ratio([one.cpu_s for one in ours], [one.cpu_s for one in bare])
    label = f"campaign of {size.repos:,}"
    return [
        row(f"{label}: bare loop, wall", statistics.median(one.wall_s for one in bare), "s"),
        row(f"{label}: bare loop, CPU", statistics.median(one.cpu_s for one in bare), "s"),
        row(f"{label}: on the engine, wall", statistics.median(one.wall_s for one in ours), "s"),
        row(f"{label}: on the engine, CPU", statistics.median(one.cpu_s for one in ours), "s"),
        row(f"{label}: loses to the loop, wall", wall, "%", bar="< 25", met=wall < 25),
        row(f"{label}: loses to the loop, CPU", cpu, "%"),
    ]


def ratio(ours: Sequence[float], bare: Sequence[float]) -> float:
    """The median over the pairs of how much more ours is, in percent."""
    return statistics.median(100 * (our / their - 1) for our, their in zip(ours, bare, strict=True))


def forget_campaign(home: Path) -> None:
    """A fresh record: neither side knows anything, and no branch is left by the other."""
    for left in (*home.glob("ledger.db*"), *home.glob("engine.db*")):
        left.unlink()
    for folder in ("artefacts", "packs"):
        shutil.rmtree(home / folder, ignore_errors=True)


PARTS: dict[str, Callable[[Sequence[Place], Size], list[Row]]] = {
    "tiny": tiny,
    "starting": starting,
    "waiting": waiting,
    "takeover": takeover,
    "campaign": lambda places, size: campaign(size),
}


@contextmanager
def fresh_places(server: PostgresServer) -> Iterator[list[Place]]:
    """An empty database of either sort."""
    with tempfile.TemporaryDirectory(prefix="softwright-bench-") as folder, ExitStack() as stack:
        home = Path(folder)
        places = [
            Place("SQLite", f"sqlite:///{home / 'engine.db'}", home),
            Place("PostgreSQL", server.fresh_database(), home),
        ]
        for place in places:
            stack.callback(place.close)
        yield places


def main() -> int:
    """Measure, print the table, write it; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small numbers, to see that it works")
    parser.add_argument("--only", choices=PARTS, action="append", help="a part (may be given again)")
    given = parser.parse_args()
    size = QUICK if given.quick else FULL
    rows: list[Row] = []
    with PostgresServer() as server:
        for name in given.only or PARTS:
            print(f"{name}…", flush=True)
            with fresh_places(server) as places:
                found = PARTS[name](places, size)
            show(found)
            rows += found
    if not given.quick and not given.only:
        write("engine", rows)
    return 0 if all_met(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
