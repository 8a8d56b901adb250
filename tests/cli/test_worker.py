"""`softwright worker` as a process: it works, tells what it does, and goes when it is asked to."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from durable import Home

sys.path.insert(0, str(Path(__file__).parents[1] / "stories"))

from world import World

SLOW = """\
import os
import time


def slow(path, source):
    open(os.environ["SLOW"] + "/begun", "w").close()
    while not os.path.exists(os.environ["SLOW"] + "/go"):
        time.sleep(0.02)
    return source.replace(b"old(", b"new(")
"""


class Workers:
    """Worker processes, each with what it logs in a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.all: list[subprocess.Popen[bytes]] = []

    def start(self, *args: str, **env: str) -> subprocess.Popen[bytes]:
        """A worker that was told to begin."""
        with self.log(len(self.all)).open("wb") as log:
            command = [sys.executable, "-m", "softwright", "worker", *args]
            self.all.append(subprocess.Popen(command, stderr=log, stdout=log, env={**os.environ, **env}))
        return self.all[-1]

    def log(self, number: int) -> Path:
        """The file that a worker logs to."""
        return self.folder / f"worker-{number}.log"

    def says(self, number: int, words: str) -> str:
        """What a worker logged, once these words are in it."""
        until = time.monotonic() + 60
        while words not in (said := self.log(number).read_text()):
            assert time.monotonic() < until, said
            time.sleep(0.05)
        return said


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    """Workers that are ended after the test."""
    found = Workers(tmp_path)
    yield found
    for worker in found.all:
        worker.kill()
        worker.wait()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def test_a_worker_is_listed_serves_figures_and_goes_when_asked(durable: Home, program, workers):
    """It says what it is; the list shows it; metrics answer; SIGTERM ends it with 0 and a clean list."""
    port = free_port()
    worker = workers.start("--metrics-port", str(port), "--jobs", "1", "--log-json")
    lines = [json.loads(line) for line in workers.says(0, "is at work").splitlines()]
    on_server = bool(durable.house.settings.database_url)
    assert lines[-1]["message"].startswith("worker " if on_server else "the one executor of")
    assert (lines[-1]["queues"], lines[-1]["processes"], lines[-1]["level"]) == ("all", 1, "info")
    [row] = program.json("worker", "list")
    assert (row["state"], row["pid"], row["version"], row["runs"]) == ("live", worker.pid, "1", 0)
    assert program("worker", "list") == 0
    assert str(worker.pid) in program.out
    with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        assert 'softwright_workers{state="live"} 1.0' in answer.read().decode()
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(60) == 0
    assert json.loads(workers.says(0, "ended").splitlines()[-1])["message"] == "ended"
    assert not [row for row in program.json("worker", "list") if row["state"] == "live"]


def test_a_home_of_files_has_one_executor(tmp_path, monkeypatch, program, workers):
    """A second worker is refused and told who is first; draining tells how to end that one."""
    monkeypatch.setenv("SOFTWRIGHT_HOME", str(tmp_path / "home"))
    first = workers.start("run")
    workers.says(0, "is at work")
    assert workers.start("run").wait(60) == 4
    assert f"pid {first.pid}" in workers.says(1, "another process is running")
    assert program("worker", "drain", "--all") == 2
    assert f"pid {first.pid}" in program.err
    assert "Ctrl-C" in program.err


def test_workers_on_a_server_are_drained_by_their_id(postgres, tmp_path, monkeypatch, program, workers):
    """The one that is asked goes with 0, the other stays; ids that are none get the nearest."""
    monkeypatch.setenv("SOFTWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SOFTWRIGHT_DATABASE_URL", postgres)
    monkeypatch.setenv("SOFTWRIGHT_LEASE_S", "2")
    first, second = workers.start(), workers.start("--queues", "campaigns, campaign-pushes")
    workers.says(0, "is at work")
    workers.says(1, "is at work")
    rows = {row["pid"]: row for row in program.json("worker", "list")}
    assert rows[second.pid]["queues"] == ["campaign-pushes", "campaigns"]
    assert program("worker", "drain") == 2
    assert "name the workers" in program.err
    name = rows[first.pid]["id"]
    assert program("worker", "drain", name[:-1]) == 2
    assert f"did you mean `{name}`?" in program.err
    assert program.json("worker", "drain", name) == [name]
    assert first.wait(60) == 0
    assert second.poll() is None
    assert program("worker", "drain", name) == 2
    assert program("worker", "drain", "--all") == 0
    assert "was asked to go" in program.out
    assert second.wait(60) == 0


def test_a_worker_that_may_not_migrate_needs_the_tables(durable, program, workers):
    """Without tables it is refused with the command that makes them; after that it works."""
    assert workers.start("--no-migrate").wait(60) == 4
    assert "softwright migrate" in workers.log(0).read_text()
    assert program("migrate") == 0
    assert "up to date: the ledger, the record of runs" in program.out
    assert program("migrate") == 0
    workers.start("--no-migrate")
    workers.says(1, "is at work")


def test_where_no_worker_is_at_work_none_is_offered(postgres, tmp_path, monkeypatch, program):
    """An id that is none gets no list of nothing."""
    monkeypatch.setenv("SOFTWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SOFTWRIGHT_DATABASE_URL", postgres)
    assert program("worker", "drain", "nobody") == 2
    assert "there is no worker `nobody`; none is at work" in program.err


def test_a_worker_with_another_artefact_store_is_refused(postgres, tmp_path, monkeypatch, program, workers):
    """It says which one is meant; so does doctor; a person can enter it in the other's place."""
    monkeypatch.setenv("SOFTWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SOFTWRIGHT_DATABASE_URL", postgres)
    workers.start()
    workers.says(0, "is at work")
    other = str(tmp_path / "other")
    assert workers.start(SOFTWRIGHT_ARTEFACTS=other).wait(60) == 2
    assert f"that was called {tmp_path}/home/artefacts" in workers.log(1).read_text()
    found = {row["name"]: row for row in program.json("doctor")}
    assert found["artefact store"]["ok"]
    assert "no other machine" in found["artefact store"]["found"]
    monkeypatch.setenv("SOFTWRIGHT_ARTEFACTS", other)
    program("doctor", "--json")
    assert "is not the one" in program.out
    assert program("gc") == 2
    assert "is not the one" in program.err
    assert program("migrate", "--artefacts") == 0
    assert f"the artefact store is {other}" in program.out
    workers.start()
    workers.says(2, "is at work")


def test_what_cannot_be_is_told_before_anything_begins(program, tmp_path, monkeypatch):
    """A queue that is none gets the nearest, a level that is none those there are."""
    monkeypatch.setenv("SOFTWRIGHT_HOME", str(tmp_path / "home"))
    assert program("worker", "--queues", "campaign") == 2
    assert "did you mean `campaigns`?" in program.err
    assert program("worker", "run", "--log-level", "loud") == 2
    assert "allowed: debug" in program.err


@pytest.fixture
def slow_world(tmp_path, postgres, monkeypatch) -> World:
    """A campaign on a server whose change waits until the test lets it go on."""
    change = "  - python: ./slow.py:slow\n    files: ['*.py']\n"
    spec = f"name: rename\ndescription: d\nchange:\n{change}check: [parse]\n"
    monkeypatch.setenv("SOFTWRIGHT_DATABASE_URL", postgres)
    world = World(tmp_path / "world", {"api": {"api.py": "x = old(1)\n"}}, spec=spec)
    (world.root / "slow.py").write_text(SLOW)
    for name, value in world.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SLOW", str(tmp_path))
    return world


def begun(folder: Path) -> None:
    """Wait until the change is being made."""
    until = time.monotonic() + 60
    while not (folder / "begun").exists():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_work_that_is_left_to_nobody_says_so(slow_world, program):
    """A detached run tells what to start; detached and followed at once is a mistake."""
    for command in ("run", "resume"):
        assert program("campaign", command, str(slow_world.spec), "--detach", "--follow") == 2
        assert "exclude each other" in program.err
    assert program("campaign", "run", str(slow_world.spec), "--detach") == 0
    assert "start one: softwright worker" in program.err


def test_work_is_not_put_where_no_worker_finds_it(slow_world, tmp_path, monkeypatch, program):
    """The first run enters its store; a client with another one is told before anything begins."""
    assert program("campaign", "run", str(slow_world.spec), "--detach") == 0
    monkeypatch.setenv("SOFTWRIGHT_ARTEFACTS", str(tmp_path / "other"))
    assert program("campaign", "run", str(slow_world.spec), "--detach") == 2
    assert "is not the one" in program.err
    assert "SOFTWRIGHT_ARTEFACTS" in program.err


def test_a_worker_carries_a_campaign_and_drains_with_what_it_is_at(slow_world, tmp_path, program, workers):
    """Asked to go, a worker ends its step first; the next does the rest; each line tells where it was."""
    assert program("campaign", "run", str(slow_world.spec), "--detach") == 0, program.err
    worker = workers.start("--log-json", "--log-level", "debug", "--jobs", "1")
    begun(tmp_path)
    [row] = program.json("worker", "list")
    assert row["runs"] == 3
    worker.send_signal(signal.SIGTERM)
    said = workers.says(0, "draining")
    assert json.loads(said.splitlines()[-1])["steps"] == 1
    (tmp_path / "go").touch()
    assert worker.wait(60) == 0
    workers.start("--log-json", "--log-level", "debug", "--jobs", "1")
    run = program.json("runs", "list")["runs"][0]["id"]
    workers.says(1, f'"run": "{run}"' + ', "kind": "campaign"')
    steps = [json.loads(line) for n in (0, 1) for line in workers.log(n).read_text().splitlines()]
    done = {(line.get("step"), line.get("repo")) for line in steps if line["message"] == "step done"}
    assert {("propose", "api"), ("check", "api"), ("prepare", "api"), ("record", "api")} <= done
    assert sum(1 for line in steps if line["message"] == "step done" and line["step"] == "propose") == 1
    assert all(line["run"].startswith(run) for line in steps if line["message"] in ("step done", "run done"))
    assert slow_world.states() == {"api": "prepared"}
    assert program.json("runs", "show", run)["repositories"]["states"] == {"prepared": 1}


def test_a_second_signal_ends_a_worker_at_once(slow_world, tmp_path, program, workers):
    """It does not wait for the step, leaves no process behind, and the next worker does that step again."""
    assert program("campaign", "run", str(slow_world.spec), "--detach") == 0, program.err
    worker = workers.start("--grace", "600", "--jobs", "1", SOFTWRIGHT_LEASE_S="2")
    begun(tmp_path)
    worker.send_signal(signal.SIGTERM)
    workers.says(0, "draining")
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(60) == 128 + signal.SIGTERM
    (tmp_path / "go").touch()
    workers.start(SOFTWRIGHT_LEASE_S="2")
    until = time.monotonic() + 60
    while slow_world.states() != {"api": "prepared"}:
        assert time.monotonic() < until, workers.log(1).read_text()
        time.sleep(0.1)
