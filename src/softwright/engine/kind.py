"""What can be run: kinds of runs, the queues they wait in, and a request to start one."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from softwright.core import InvalidInput, nearest
from softwright.engine.forms import portable
from softwright.engine.schedule import check_cron

if TYPE_CHECKING:
    from softwright.engine.engine import Work

ALWAYS = 1_000_000
"""`attempts` of a kind that waits for people: it lives through any number of restarts."""


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `starts` runs of one partition begin within any `seconds`; SQLite counts whole ones."""

    starts: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Queue:
    """A line in which runs wait, with its limits.

    `per_worker` runs at once in one worker process; `per_partition` at once among all workers for one
    partition (a forge host, a tenant), with `rate` for how fast they may begin: either makes a
    partition compulsory for every run in the queue. A worker looks for new runs when it starts some
    itself, and every `poll_s` seconds for those of others; it takes at most `per_worker` each time, so
    the throughput of what others start is bounded by `per_worker / poll_s`.
    """

    name: str
    per_worker: int
    everywhere: int | None = None
    per_partition: int | None = None
    rate: Rate | None = None
    poll_s: float = 0.25

    @property
    def partitioned(self) -> bool:
        """True when every run in it must name its partition."""
        return self.per_partition is not None or self.rate is not None


RunFunction = Callable[["Work", Any], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of run: plain asynchronous code that does everything with an effect in steps.

    The function is run again from its start after a crash; steps that ended are not run again, their recorded
    results are given. It must therefore take the same path when the steps give the same results.
    `attempts` bounds how often it is taken up again after its worker died; beyond, the run is
    poisoned and left alone.
    """

    name: str
    queue: str
    function: RunFunction
    attempts: int = 20


@portable
@dataclass(frozen=True, slots=True)
class Start:
    """A wish to start a run. The same id again joins the run that is there."""

    kind: str
    id: str
    args: object = None
    partition: str = ""


def check_id(run: str) -> None:
    """Raises InvalidInput when no run can have this id."""
    if not run.strip() or run.startswith("/") or run.endswith("/"):
        raise InvalidInput(f"`{run}` is no id of a run: it is a path such as `name/part`")


class Kinds:
    """The kinds and queues that the workers of one installation know. All workers must know all kinds."""

    def __init__(self, queues: Iterable[Queue], kinds: Iterable[Kind]) -> None:
        self.queues: Mapping[str, Queue] = {queue.name: queue for queue in queues}
        self._kinds = {kind.name: kind for kind in kinds}
        for kind in self._kinds.values():
            if kind.queue not in self.queues:
                raise InvalidInput(
                    f"kind `{kind.name}` waits in the queue `{kind.queue}`, which is not there; "
                    + nearest(kind.queue, self.queues)
                )

    def __iter__(self) -> Iterator[Kind]:
        return iter(self._kinds.values())

    def __getitem__(self, name: str) -> Kind:
        if name not in self._kinds:
            raise InvalidInput(f"there is no kind of run `{name}`; {nearest(name, self._kinds)}")
        return self._kinds[name]

    def check_schedule(self, name: str, kind: str, cron: str) -> Queue:
        """The queue that scheduled runs go to. Raises InvalidInput when they cannot be scheduled."""
        queue = self.queues[self[kind].queue]
        if not name.strip() or "/" in name:
            raise InvalidInput(f"`{name}` is no name of a schedule: it is a word without slashes")
        if queue.partitioned:
            raise InvalidInput(
                f"schedule `{name}` cannot start runs of `{kind}`: their queue `{queue.name}` has partitions",
                hint="schedule a kind that starts those runs",
            )
        check_cron(cron)
        return queue

    def check(self, start: Start) -> Queue:
        """The queue that `start` goes to. Raises InvalidInput when it cannot be started as it stands."""
        queue = self.queues[self[start.kind].queue]
        check_id(start.id)
        if queue.partitioned != bool(start.partition):
            wish = "must name a partition" if queue.partitioned else "cannot have a partition"
            raise InvalidInput(f"run `{start.id}` {wish}: it waits in the queue `{queue.name}`")
        return queue
