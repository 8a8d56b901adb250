"""Pushes that hang when their process is asked to go: it ends, and they with it."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from world import SPEC, World

HANGS = """\
#!/bin/sh
echo $$ > {place}
exec sleep 3600
"""


class Hung(World):
    """A remote that never answers a push, until it is told to."""

    def __init__(self, root: Path, deliver: str) -> None:
        super().__init__(root, {"api": {"api.py": "x = old(1)\n"}}, spec=f"{SPEC}deliver: {{{deliver}}}\n")
        self.hook = self.remote("api") / "hooks" / "pre-receive"
        self.hook.parent.mkdir(exist_ok=True)
        self.hook.write_text(HANGS.format(place=root / "pushed"))
        self.hook.chmod(0o755)

    def begin(self, *args: str) -> "subprocess.Popen[str]":
        """A process of the program."""
        return subprocess.Popen(
            self.command(*args),
            env=dict(os.environ),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def pushing(self) -> int:
        """The process that hangs at the remote, once there is one."""
        until(lambda: (self.root / "pushed").exists() and (self.root / "pushed").read_text().strip())
        return int((self.root / "pushed").read_text())


def until(true: Callable[[], object]) -> None:
    """Wait for something to be true."""
    give_up = time.monotonic() + 60
    while not true():
        assert time.monotonic() < give_up, "it did not come true"
        time.sleep(0.05)


def begin_world(folder: Path, deliver: str, monkeypatch: pytest.MonkeyPatch, url: str = "") -> Hung:
    """The world, and its settings for processes."""
    if url:
        monkeypatch.setenv("SOFTWRIGHT_DATABASE_URL", url)
    world = Hung(folder / "world", deliver)
    for name, value in world.environment.items():
        monkeypatch.setenv(name, value)
    return world


def alive(pid: int) -> bool:
    """Whether a process is there."""
    return Path(f"/proc/{pid}").exists()


def test_a_delivery_that_hangs_can_be_interrupted(tmp_path, monkeypatch):
    """It says so, leaves nothing behind, and the next one delivers."""
    world = begin_world(tmp_path, "approval: none", monkeypatch)
    assert world.begin("campaign", "run", str(world.spec)).wait(60) == 0
    delivery = world.begin("campaign", "deliver", "rename")
    hook = world.pushing()
    delivery.send_signal(signal.SIGINT)
    said, _ = delivery.communicate(timeout=60)
    assert (delivery.returncode, "interrupted" in said) == (130, True), said
    until(lambda: not alive(hook))
    assert world.states() == {"api": "prepared"}
    world.hook.unlink()
    assert world.begin("campaign", "deliver", "rename").wait(60) == 0
    assert world.states() == {"api": "delivered"}


def test_a_worker_that_is_asked_to_go_ends_pushes_that_hang(tmp_path, postgres, monkeypatch):
    """After the grace it ends them and itself; nothing is recorded as failed, and the next one delivers."""
    world = begin_world(tmp_path, "approval: none, automatic: true", monkeypatch, postgres)
    assert world.begin("campaign", "run", str(world.spec), "--detach").wait(60) == 0
    worker = world.begin("worker", "--grace", "0.5", "--jobs", "1")
    hook = world.pushing()
    worker.send_signal(signal.SIGTERM)
    said, _ = worker.communicate(timeout=60)
    assert (worker.returncode, "cut off" in said) == (0, True), said
    until(lambda: not alive(hook))
    world.hook.unlink()
    following = world.begin("worker", "--jobs", "1")
    until(lambda: (world.remote("api") / "refs" / "heads" / "softwright" / "rename").exists())
    following.send_signal(signal.SIGTERM)
    assert following.wait(60) == 0
