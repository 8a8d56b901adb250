"""Queues that are looked at when something is put into them."""

from pathlib import Path

from softwright.engine import Kind, Kinds, Queue, RunState, Start, Work
from softwright.engine.durable import EngineDatabase
from softwright.engine.durable.executor import Executor

NEVER_S = 3_600.0


async def parent(work: Work, args: int) -> int:
    """Starts runs in the other queue and adds them up."""
    starts = [Start("child", f"{work.run}/{n}", n) for n in range(args)]
    await work.start(starts)
    return sum(ending.result for ending in await work.join([start.id for start in starts]))


async def child(work: Work, args: int) -> int:
    """Gives what it got."""
    return args


KINDS = Kinds(
    [Queue("parents", per_worker=1, poll_s=NEVER_S), Queue("children", per_worker=4, poll_s=NEVER_S)],
    [Kind("parent", "parents", parent), Kind("child", "children", child)],
)


def test_what_is_started_here_is_taken_up_at_once(tmp_path: Path) -> None:
    """Runs and the runs they start begin although the queues are looked at every hour; so does the end."""
    database = EngineDatabase(f"sqlite:///{tmp_path}/engine.db")
    with Executor(database, KINDS) as executor:
        executor.engine.start(Start("parent", "p", 4))
        ending = executor.engine.ending("p", timeout_s=60)
        assert (ending.state, ending.result) == (RunState.DONE, 6)
        executor.engine.fork("p", "again")
        assert executor.engine.ending("again", timeout_s=60).result == 6
    database.close()
