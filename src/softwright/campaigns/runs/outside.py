"""The engine from outside: to ask about runs, and to hand work to whoever runs them."""

from contextlib import AbstractContextManager

from softwright.campaigns.means import Means
from softwright.campaigns.runs import gates, kinds, performing, pushing
from softwright.engine import Engine, Kind, Kinds, Work


async def _elsewhere(work: Work, args: object) -> object:
    raise AssertionError("runs are run by workers")


def declared_kinds() -> Kinds:
    """The kinds of runs of campaigns by name and queue, for whoever does not run them."""
    queue_of = {**kinds.QUEUE_OF, **pushing.QUEUE_OF, **gates.QUEUE_OF, **performing.QUEUE_OF}
    return Kinds(kinds.ALL_QUEUES, [Kind(name, queue, _elsewhere) for name, queue in queue_of.items()])


def engine_of(means: Means) -> AbstractContextManager[Engine]:
    """The engine with the kinds of campaigns; nothing is run in this process."""
    return means.engine(declared_kinds())
