"""The engine from outside: to ask about runs, and to hand work to whoever runs them."""

from collections.abc import Iterator
from contextlib import contextmanager

from softwright.campaigns.means import Means
from softwright.campaigns.runs import gates, kinds, pushing
from softwright.engine import Kind, Kinds, Work
from softwright.engine.durable import DurableEngine, EngineDatabase


async def _elsewhere(work: Work, args: object) -> object:
    raise AssertionError("runs are run by workers")


def declared_kinds() -> Kinds:
    """The kinds of runs of campaigns by name and queue, for whoever does not run them."""
    queue_of = {**kinds.QUEUE_OF, **pushing.QUEUE_OF, **gates.QUEUE_OF}
    return Kinds(kinds.ALL_QUEUES, [Kind(name, queue, _elsewhere) for name, queue in queue_of.items()])


@contextmanager
def engine_of(means: Means) -> Iterator[DurableEngine]:
    """The engine, which runs nothing in this process. Its tables are made where they are missing."""
    database = EngineDatabase(means.engine_url)
    try:
        database.prepare()
        engine = DurableEngine(database, declared_kinds())
        try:
            yield engine
        finally:
            engine.close()
    finally:
        database.close()
