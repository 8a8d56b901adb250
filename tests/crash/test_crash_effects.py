"""Processes killed between acting at the far side and recording it: what comes after finds what was done."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.crash.scene import ended_in_the_end
from tests.stories.forge_world import WANTED, ForgeWorld

from softwright.testing import FakeForge, SmtpSink
from softwright.testing.forge_server import Fault

REPOS = {"api": {"api.py": "x = old(1)\n"}, "core": {"core.py": "y = old(2)\n"}}
TOLD = "notify: {mail: [team@example.org]}\n"
_LONG_S = 60.0


@pytest.fixture
def forge() -> Iterator[FakeForge]:
    """The forge, which outlives the processes."""
    with FakeForge() as forge:
        yield forge


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    """The mail server, which outlives the processes."""
    with SmtpSink() as sink:
        yield sink


def finish(world: ForgeWorld, *args: str, home: Path | None = None) -> str:
    """A command to its end, on a machine with a home of its own if given; what it printed."""
    command = world.command("campaign", *args)
    env = {**world.environment, **({"SOFTWRIGHT_HOME": str(home)} if home else {})}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


@contextmanager
def killed(world: ForgeWorld, *args: str) -> Iterator[None]:
    """A command that is killed when the block ends."""
    command = world.command("campaign", *args)
    with (world.root / "said").open("ab") as said:
        process = subprocess.Popen(command, env=world.environment, stdout=said, stderr=said)
    with ended_in_the_end(process):
        yield
        assert process.poll() is None, (world.root / "said").read_text()
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    ("kind", "database"), [("github", ""), ("gitlab", ""), ("gitea", ""), ("github", "postgres")]
)
def test_a_change_request_is_opened_once(
    tmp_path: Path, forge: FakeForge, request: pytest.FixtureRequest, kind: str, database: str
) -> None:
    """`deliver` dies when the forge has opened the request and nobody knows: the next finds it."""
    url = request.getfixturevalue(database) if database else ""
    world = ForgeWorld(tmp_path, forge, REPOS, kind=kind, database_url=url)
    finish(world, "run", str(world.spec))
    requests = "merge_requests" if kind == "gitlab" else "pulls"
    fault = forge.wrong(Fault(path=requests, hold=True))
    with killed(world, "deliver", "rename"):
        assert fault.reached.wait(_LONG_S)
    fault.released.set()
    finish(world, "deliver", "rename")
    assert [len(world.at_forge(name).requests) for name in REPOS] == [1, 1]
    assert world.request("api").labels == world.request("core").labels == ["mechanical"]
    assert {row.state for row in world.house.ledger.effects.of("rename")} == {"done"}


@pytest.mark.parametrize(
    ("kind", "database"), [("github", ""), ("gitlab", ""), ("gitea", ""), ("gitea", "postgres")]
)
def test_a_comment_is_written_once(
    tmp_path: Path, forge: FakeForge, request: pytest.FixtureRequest, kind: str, database: str
) -> None:
    """`deliver` dies when the comment is there and nobody knows: the next finds it."""
    url = request.getfixturevalue(database) if database else ""
    world = ForgeWorld(tmp_path, forge, REPOS, kind=kind, database_url=url)
    finish(world, "run", str(world.spec))
    finish(world, "deliver", "rename")
    world.push("api", {"api.py": "x = old(1)\nz = old(3)\n"})
    finish(world, "follow", "rename")
    fault = forge.wrong(Fault(path="notes" if kind == "gitlab" else "comments", hold=True))
    with killed(world, "deliver", "rename"):
        assert fault.reached.wait(_LONG_S)
    fault.released.set()
    finish(world, "deliver", "rename")
    assert len([each for each in world.request("api").comments if not each.system]) == 1


def test_a_farewell_is_said_once(tmp_path: Path, forge: FakeForge) -> None:
    """`close` dies at its first comment: closing again says what is left to be said."""
    world = ForgeWorld(tmp_path, forge, REPOS)
    finish(world, "run", str(world.spec))
    finish(world, "deliver", "rename")
    fault = forge.wrong(Fault(path="comments", hold=True))
    with killed(world, "close", "rename", "--reason", "done by hand"):
        assert fault.reached.wait(_LONG_S)
    fault.released.set()
    finish(world, "close", "rename", "--reason", "done by hand")
    assert [len(world.request(name).comments) for name in REPOS] == [1, 1]


def test_a_mail_sent_again_is_known_by_its_name(tmp_path: Path, forge: FakeForge, sink: SmtpSink) -> None:
    """`run` dies when the mail is out and nobody knows: it goes out again under the same Message-ID."""
    world = ForgeWorld(tmp_path, forge, REPOS, deliver=TOLD, smtp_url=sink.url)
    sink.lose, sink.hold = 1, True
    with killed(world, "run", str(world.spec)):
        assert sink.reached.wait(_LONG_S)
    sink.released.set()
    finish(world, "run", str(world.spec))
    assert len(sink.messages) == 2
    assert len({mail["Message-ID"] for mail in sink.messages}) == 1
    finish(world, "run", str(world.spec))
    assert len(sink.messages) == 2


def test_what_died_before_it_acted_is_done_by_the_next(tmp_path: Path, forge: FakeForge) -> None:
    """`deliver` dies while it looks: the intent is recorded, nothing is there, and the next opens it."""
    world = ForgeWorld(tmp_path, forge, REPOS, deliver=WANTED)
    finish(world, "run", str(world.spec))
    fault = forge.wrong(Fault(method="GET", path="pulls", hold=True, times=2))
    with killed(world, "deliver", "rename"):
        assert fault.reached.wait(_LONG_S)
    fault.released.set()
    assert {row.state for row in world.house.ledger.effects.of("rename")} == {"intended"}
    assert world.at_forge("api").requests == world.at_forge("core").requests == []
    finish(world, "deliver", "rename")
    assert [len(world.at_forge(name).requests) for name in REPOS] == [1, 1]


@pytest.mark.parametrize(
    ("method", "stop"), [("GET", signal.SIGSTOP), ("POST", signal.SIGSTOP), ("POST", signal.SIGKILL)]
)
def test_another_machine_takes_over(
    tmp_path: Path, forge: FakeForge, postgres: str, method: str, stop: signal.Signals
) -> None:
    """`deliver` stands still before or after it acted, or dies, and another takes over; then it wakes."""
    world = ForgeWorld(tmp_path, forge, REPOS, database_url=postgres)
    finish(world, "run", str(world.spec))
    fault = forge.wrong(Fault(method=method, path="pulls", hold=True))
    command = world.command("campaign", "deliver", "rename")
    with (world.root / "said").open("ab") as said:
        stopped = subprocess.Popen(command, env=world.environment, stdout=said, stderr=said)
    with ended_in_the_end(stopped):
        assert fault.reached.wait(_LONG_S)
        stopped.send_signal(stop)
        fault.released.set()
        finish(world, "deliver", "rename", home=tmp_path / "other")
        opened = [request for name in REPOS for request in world.at_forge(name).requests]
        stopped.send_signal(signal.SIGCONT)
        stopped.wait(_LONG_S)
    assert [len(world.at_forge(name).requests) for name in REPOS] == [1, 1]
    assert [request for name in REPOS for request in world.at_forge(name).requests] == opened
    assert {row.state for row in world.house.ledger.effects.of("rename")} == {"done"}
