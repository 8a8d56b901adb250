"""Processes that are killed while they run runs, and what the next one makes of it."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.engine import mortal

from softwright.engine import RunState, Start
from softwright.engine.durable import DurableEngine, EngineDatabase
from softwright.testing.postgres import fresh_database

PATIENCE_S = 60.0


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/engine.db"
    return fresh_database(request.getfixturevalue("postgres_server"))


@pytest.fixture
def engine(url: str) -> Iterator[DurableEngine]:
    """The engine that outlives them."""
    database = EngineDatabase(url)
    database.prepare()
    engine = DurableEngine(database, mortal.KINDS)
    yield engine
    engine.close()
    database.close()


@contextmanager
def alive(url: str, file: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that runs runs; killed at the end."""
    process = subprocess.Popen([sys.executable, "-m", "tests.engine.mortal", url, str(file)])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def until(happened: Callable[[], object]) -> None:
    """Wait for something to happen."""
    give_up = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < give_up, "it did not happen"
        time.sleep(0.03)


def test_the_step_that_was_running_is_repeated_and_no_other(
    url: str, engine: DurableEngine, tmp_path: Path
) -> None:
    """A wait goes on as well, and hears what was said to it while nobody lived."""
    file = tmp_path / "file"
    file.touch()
    with alive(url, file):
        engine.start_many([Start("climb", "climb", str(file)), Start("listen", "listen", str(file))])
        until(lambda: "held" in file.read_text())
        until(lambda: [step.name for step in engine.steps("listen")] == ["before", "wait"])
    engine.signal("listen", "word", ("kept",))
    mortal.note(str(file), "go")
    with alive(url, file):
        assert engine.ending("climb", timeout_s=PATIENCE_S).result == "top"
        assert engine.ending("listen", timeout_s=PATIENCE_S).result == ("kept",)
    lines = [line for line in file.read_text().splitlines() if not line.startswith("up")]
    assert sorted(lines) == sorted(["first", "before", "held", "go", "held", "last"])
    info = engine.info("climb")
    assert info is not None and info.taken == 2


def test_a_run_that_kills_its_process_is_poisoned(url: str, engine: DurableEngine, tmp_path: Path) -> None:
    """After `attempts` beyond the first; what runs beside it is carried on."""
    file = tmp_path / "file"
    file.touch()
    engine.start(Start("fall", "fall", str(file)))
    for _ in range(2):
        with alive(url, file) as process:
            process.wait(PATIENCE_S)
    engine.start(Start("climb", "climb", str(file)))
    mortal.note(str(file), "go")
    with alive(url, file):
        assert engine.ending("fall", timeout_s=PATIENCE_S).state is RunState.POISONED
        assert engine.ending("climb", timeout_s=PATIENCE_S).result == "top"
    assert file.read_text().count("fell") == 1
