"""The figures of a worker, as Prometheus reads them."""

import socket
from urllib.request import urlopen

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from softwright.app import metrics as use
from softwright.core import OutsideFault
from softwright.engine import RunState

HERE = use.Here(steps=3, crew_size=8, crew_busy=2, lease_age_s=1.5)


def figures(text: str) -> dict[tuple[str, ...], float]:
    """Every sample by its name and the values of its labels."""
    families = text_string_to_metric_families(text)
    return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}


def test_what_happens_here_is_counted():
    """Steps by kind, name and outcome with their seconds; runs that ended; the present state."""
    metrics = use.WorkerMetrics()
    metrics.step_ended("campaign-repository", "check", 0.3, False)
    metrics.step_ended("campaign-repository", "check", 9.0, True)
    metrics.run_ended("campaign-repository", RunState.DONE, 3.0)
    metrics.watch(lambda: HERE, use.Looked)
    found = figures(generate_latest(metrics.registry).decode())
    assert found["softwright_step_seconds_count", "campaign-repository", "done", "check"] == 1
    assert found["softwright_step_seconds_sum", "campaign-repository", "failed", "check"] == 9.0
    assert found["softwright_runs_ended_total", "campaign-repository", "done"] == 1
    assert found["softwright_steps_in_flight",] == 3
    assert (found["softwright_crew_size",], found["softwright_crew_busy",]) == (8, 2)
    assert found["softwright_lease_age_seconds",] == 1.5


def test_the_database_is_asked_now_and_then_only():
    """Runs by kind and state, queue depths and workers come from one look that is kept for a while."""
    looks = []

    def look() -> use.Looked:
        looks.append(1)
        runs = {
            ("pushes", "push", RunState.QUEUED): 4,
            ("pushes", "push", RunState.RUNNING): 2,
            ("all", "campaign", RunState.FAILED): 1,
        }
        return use.Looked(runs, {"live": 3})

    metrics = use.WorkerMetrics()
    metrics.watch(lambda: HERE, look)
    for _ in range(5):
        found = figures(generate_latest(metrics.registry).decode())
    assert len(looks) == 1
    assert found["softwright_runs", "push", "queued"] == 4
    assert found["softwright_runs", "campaign", "failed"] == 1
    assert found["softwright_queue_depth", "pushes"] == 4
    assert found["softwright_queue_depth", "all"] == 0
    assert found["softwright_workers", "live"] == 3
    assert found["softwright_database_up",] == 1


def test_a_database_that_does_not_answer_is_a_figure():
    """What this process knows of itself is shown all the same."""

    def look() -> use.Looked:
        raise OutsideFault("the server is down")

    metrics = use.WorkerMetrics()
    metrics.watch(lambda: HERE, look)
    found = figures(generate_latest(metrics.registry).decode())
    assert found["softwright_database_up",] == 0
    assert found["softwright_crew_size",] == 8


def test_it_is_served_on_one_address_and_a_taken_port_is_told():
    """The figures are at /metrics; a second server on the port is a fault with a way out."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    metrics = use.WorkerMetrics()
    metrics.serve("127.0.0.1", port)
    with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        assert "softwright_step_seconds" in answer.read().decode()
    with pytest.raises(OutsideFault, match="cannot be served"):
        use.WorkerMetrics().serve("127.0.0.1", port)
