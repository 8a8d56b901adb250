"""Figures of a worker for Prometheus: what it does itself, and what waits in the database."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic

from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from softwright.core import OutsideFault
from softwright.engine import RunState

EVERY_S = 5.0
"""Seconds for which what was asked of the database is shown again: scrapes may come as often as they like."""

_STEP_BUCKETS = (0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800)


@dataclass(frozen=True, slots=True)
class Looked:
    """What the database knows: runs that are not done by (queue, kind, state), workers by state."""

    runs: Mapping[tuple[str, str, RunState], int] = field(default_factory=dict)
    workers: Mapping[str, int] = field(default_factory=dict)
    up: bool = True


@dataclass(frozen=True, slots=True)
class Here:
    """What this process knows of itself without asking anybody."""

    steps: int
    crew_size: int
    crew_busy: int
    lease_age_s: float


class WorkerMetrics:
    """The figures of one worker. Satisfies `softwright.engine.Watcher`."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._steps = Histogram(
            "softwright_step_seconds",
            "Time of steps that were acted out by this worker.",
            ("kind", "step", "outcome"),
            registry=self.registry,
            buckets=_STEP_BUCKETS,
        )
        self._ended = Counter(
            "softwright_runs_ended",
            "Runs that ended in this worker.",
            ("kind", "state"),
            registry=self.registry,
        )

    def step_ended(self, kind: str, step: str, seconds: float, failed: bool, /) -> None:
        """A step was acted out here."""
        self._steps.labels(kind, step, "failed" if failed else "done").observe(seconds)

    def run_ended(self, kind: str, state: RunState, seconds: float, /) -> None:
        """A run ended here."""
        self._ended.labels(kind, str(state)).inc()

    def watch(self, here: Callable[[], Here], look: Callable[[], Looked]) -> None:
        """Show these too; `look` asks the database, `here` only this process."""
        self.registry.register(_Gauges(here, look))

    def serve(self, address: str, port: int) -> None:
        """Answer on `http://address:port/metrics`, in a thread. Raises OutsideFault when that cannot be."""
        try:
            start_http_server(port, address, self.registry)
        except OSError as error:
            raise OutsideFault(
                f"metrics cannot be served on {address}:{port}: {error.strerror or error}",
                hint="choose another --metrics-port, or 0 for none",
            ) from error


class _Gauges(Collector):
    def __init__(self, here: Callable[[], Here], look: Callable[[], Looked]) -> None:
        self._here = here
        self._look = look
        self._lock = Lock()
        self._looked = Looked()
        self._at = -EVERY_S

    def describe(self) -> Iterator[Metric]:
        """Nothing beforehand: the database need not answer when the worker begins."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """The present."""
        here, looked = self._here(), self._fresh()
        yield _gauge("steps_in_flight", "Steps that this worker is at.", here.steps)
        yield _gauge("crew_size", "Processes that do this worker's work, at most.", here.crew_size)
        yield _gauge("crew_busy", "Processes that are at work.", here.crew_busy)
        yield _gauge("lease_age_seconds", "Time since the last beat of the lease.", here.lease_age_s)
        yield _gauge("database_up", "1 when the database answered.", int(looked.up))
        runs = GaugeMetricFamily("softwright_runs", "Runs that are not done.", labels=("kind", "state"))
        depth = GaugeMetricFamily("softwright_queue_depth", "Runs that wait to be taken.", labels=("queue",))
        waiting: dict[str, int] = {}
        for (queue, kind, state), count in looked.runs.items():
            runs.add_metric((kind, str(state)), count)
            waiting[queue] = waiting.get(queue, 0) + count * (state is RunState.QUEUED)
        for queue, count in waiting.items():
            depth.add_metric((queue,), count)
        workers = GaugeMetricFamily("softwright_workers", "Workers of the database.", labels=("state",))
        for word, count in looked.workers.items():
            workers.add_metric((word,), count)
        yield from (runs, depth, workers)

    def _fresh(self) -> Looked:
        with self._lock:
            if monotonic() - self._at > EVERY_S:
                try:
                    self._looked = self._look()
                except OutsideFault:
                    self._looked = Looked(up=False)
                self._at = monotonic()
            return self._looked


def _gauge(name: str, text: str, value: float) -> Metric:
    family = GaugeMetricFamily(f"softwright_{name}", text)
    family.add_metric((), value)
    return family
