"""What a worker tells of its steps: log lines, spans, and whoever watches."""

import asyncio
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from softwright.core import OutsideFault
from softwright.engine import JsonLines, Kind, Kinds, PlainLines, Queue, RunState, Start, Work, bound
from softwright.engine.durable import EngineDatabase, Worker
from softwright.engine.durable.outage import Outage
from softwright.engine.trying import tried


def record(message: str, **extra: object) -> logging.LogRecord:
    """A record as a logger makes it."""
    return logging.getLogger("test").makeRecord(
        "test", logging.WARNING, "file.py", 1, message, (), None, extra=extra
    )


def test_lines_tell_where_they_were_written():
    """Both kinds of lines carry what is bound, the inner over the outer, and what was given with the line."""
    with bound(run="rename/1", repo="api"), bound(step="check"):
        plain = PlainLines().format(record("it took long", seconds=3))
        line = json.loads(JsonLines().format(record("it took long", seconds=3)))
    assert plain.endswith("warning  it took long  run=rename/1  repo=api  step=check  seconds=3")
    assert (line["run"], line["step"], line["repo"], line["seconds"]) == ("rename/1", "check", "api", 3)
    assert "run" not in json.loads(JsonLines().format(record("outside")))


def test_an_error_is_told_with_its_traceback():
    """In lines for people it follows on lines of its own, in JSON it is one more word."""
    try:
        raise ValueError("odd")
    except ValueError as error:
        told = record("it failed")
        told.exc_info = (type(error), error, error.__traceback__)
    assert "ValueError: odd" in PlainLines().format(told).splitlines()[-1]
    assert "ValueError: odd" in json.loads(JsonLines().format(told))["error"]


class Notes:
    """Satisfies `Watcher`."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, str, bool]] = []
        self.runs: list[tuple[str, RunState]] = []

    def step_ended(self, kind: str, step: str, seconds: float, failed: bool, /) -> None:
        """Note it."""
        assert seconds >= 0
        self.steps.append((kind, step, failed))

    def run_ended(self, kind: str, state: RunState, seconds: float, /) -> None:
        """Note it."""
        assert seconds >= 0
        self.runs.append((kind, state))


async def job(work: Work, word: str) -> str:
    """Two steps, the second of which fails for a bad word."""
    await work.step("first", str, word, repo="api")
    return await work.step("second", second, word)


def second(word: str) -> str:
    """The word."""
    if word == "bad":
        raise OutsideFault("no")
    return word


KINDS = Kinds([Queue("jobs", per_worker=4, poll_s=0.05)], [Kind("job", "jobs", job)])


def played(home: Path, watcher: Notes) -> None:
    """A run that is done and one that fails."""
    logging.getLogger("dbos").handlers.clear()
    database = EngineDatabase(f"sqlite:///{home / 'engine.db'}")
    with Worker(database, KINDS, home=home, watcher=watcher) as worker:
        worker.engine.start_many([Start("job", "a", "good"), Start("job", "b", "bad")])
        for run in ("a", "b"):
            worker.engine.ending(run, timeout_s=60)
    database.close()


def test_whoever_watches_is_told_of_steps_and_runs(tmp_path: Path):
    """Each step that was acted out and each run that ended, with how."""
    notes = Notes()
    played(tmp_path, notes)
    assert sorted(notes.steps) == [
        ("job", "first", False),
        ("job", "first", False),
        ("job", "second", False),
        ("job", "second", True),
    ]
    assert sorted(notes.runs) == [("job", RunState.DONE), ("job", RunState.FAILED)]


def test_steps_are_spans_where_tracing_is_set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Each step is a span with the run and the repository; a fault ends it like anything else."""
    trace = pytest.importorskip("opentelemetry.trace")
    spans: list[tuple[str, dict[str, str]]] = []

    class Tracer(trace.NoOpTracer):  # type: ignore[misc, name-defined]
        @contextmanager
        def start_as_current_span(self, name: str, attributes: dict[str, str]) -> Iterator[None]:
            spans.append((name, attributes))
            yield

    monkeypatch.setattr(trace, "get_tracer", lambda name: Tracer())
    played(tmp_path, Notes())
    assert ("first", {"softwright.run": "a", "softwright.repo": "api"}) in spans
    assert ("second", {"softwright.run": "b"}) in spans
    assert len(spans) == 4


def test_an_outage_is_told_once_however_many_find_it_so(caplog: pytest.LogCaptureFixture):
    """When it begins, every half minute, and when it is over; in the words of whoever noticed."""
    now = [0.0]
    outage = Outage(lambda: now[0])
    error = sa.exc.OperationalError("SELECT 1", {}, Exception("connection refused\nis it up?"))
    for now[0] in (0.0, 0.5, 1.0, 29.0, 31.0, 40.0):
        outage.met(error)
    outage.over()
    outage.over()
    outage.met(OutsideFault("gone"))
    told = [line.getMessage() for line in caplog.records]
    begins = "the database does not answer, waiting for it: "
    refused = f"{begins}connection refused"
    assert told == [refused, refused, "the database answers again", f"{begins}gone"]
    assert caplog.records[2].__dict__["seconds"] == 40.0


async def _refused() -> str:
    """Fails."""
    raise OutsideFault("no route to host", where="db:5432")


def test_a_step_that_is_tried_again_says_where_it_failed(caplog: pytest.LogCaptureFixture):
    """The place and the repository are in the line itself: not every log shows what is bound."""
    with pytest.raises(OutsideFault):
        asyncio.run(tried("push", _refused, (), attempts=2, repo="api"))
    assert [line.getMessage() for line in caplog.records] == [
        "step `push` of api failed, trying again: db:5432: no route to host"
    ]
