"""Runs that do nothing, in the queues of campaigns on the real engine; as a program, a worker for them.

    python benchmarks/tiny_runs.py URL HOME [--ttl S]

The worker says `ready` once it takes runs, and ends when its input is closed.
"""

import argparse
import asyncio
import sys
import time
from pathlib import Path

from softwright.campaigns.runs.kinds import QUEUES
from softwright.engine import Kind, Kinds, Queue, Start, Work
from softwright.engine.durable import EngineDatabase, Worker

PARENT, SHARD, TINY, SLOW, WAITER, CLOCK = (
    "bench-parent",
    "bench-shard",
    "bench-tiny",
    "bench-slow",
    "bench-waiter",
    "bench-clock",
)
STEPS = 3
_SLOW_S = 0.4
_LONG_S = 86_400.0


async def _nothing(number: int) -> int:
    return number


async def _now() -> float:
    return time.time()


async def tiny(work: Work, args: None) -> str:
    """A few steps that do nothing."""
    for number in range(STEPS):
        await work.step("nothing", _nothing, number)
    return "done"


async def slow(work: Work, args: None) -> str:
    """As many steps that take a moment each."""
    for _ in range(STEPS):
        await work.step("a moment", asyncio.sleep, _SLOW_S)
    return "done"


async def shard(work: Work, count: int) -> int:
    """So many tiny runs; gives how many are done."""
    starts = [Start(TINY, f"{work.run}/{number:04d}") for number in range(count)]
    await work.start(starts)
    return sum(ending.result == "done" for ending in await work.join([start.id for start in starts]))


async def parent(work: Work, sizes: list[int]) -> int:
    """A shard of each size; gives how many tiny runs are done."""
    starts = [Start(SHARD, f"{work.run}/{number:04d}", size) for number, size in enumerate(sizes)]
    await work.start(starts)
    endings = await work.join([start.id for start in starts])
    return sum(ending.result for ending in endings if isinstance(ending.result, int))


async def waiter(work: Work, args: None) -> float:
    """Waits for `go`; gives the moment at which it went on."""
    await work.wait("go", timeout_s=_LONG_S)
    return await work.step("now", _now)


async def clock(work: Work, args: None) -> float:
    """Gives the moment at which its first step began."""
    return await work.step("now", _now)


def kinds() -> Kinds:
    """All of them."""
    campaigns, shards, repositories = (queue.name for queue in QUEUES)
    return Kinds(
        [*QUEUES, Queue("bench-waiters", per_worker=100_000, poll_s=0.1)],
        [
            Kind(PARENT, campaigns, parent),
            Kind(SHARD, shards, shard),
            Kind(TINY, repositories, tiny),
            Kind(SLOW, repositories, slow),
            Kind(CLOCK, repositories, clock),
            Kind(WAITER, "bench-waiters", waiter),
        ],
    )


def main() -> None:
    """Work until the input is closed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("url")
    parser.add_argument("home", type=Path)
    parser.add_argument("--ttl", type=float, default=30.0)
    given = parser.parse_args()
    database = EngineDatabase(given.url)
    with Worker(database, kinds(), home=given.home, ttl_s=given.ttl) as worker:
        print(f"ready {worker.identity}", flush=True)
        sys.stdin.read()
    database.close()


if __name__ == "__main__":
    main()
