"""Nothing stays behind: no mount, process, control group or folder, also when Softwright itself is killed."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from softwright.core import OutsideFault
from softwright.workspaces import Base, Bases, Isolation, Limits, open_fork
from softwright.workspaces.cgroups import _places
from softwright.workspaces.launcher import launcher
from softwright.workspaces.nest import sweep


def processes_with(mark: str) -> list[int]:
    """Ids of living processes whose command line holds the mark."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def wait_for(what: object, *, gone: bool) -> bool:
    """Wait up to ten seconds until processes with this mark are there, or gone."""
    for _ in range(200):
        if bool(processes_with(str(what))) is not gone:
            return True
        time.sleep(0.05)
    return False


def groups() -> list[Path]:
    """Control groups that this process made."""
    parents = [parent for places in _places() for parent in places.values()]
    return [path for parent in parents for path in parent.glob(f"softwright-{os.getpid()}-*")]


def test_many_forks_leave_no_trace(base: Base, isolation: Isolation) -> None:
    """Twenty forks with commands leave no mounts, groups, processes, folders or descriptors."""
    mark = f"mark-{os.getpid()}"
    with open_fork(base, isolation=isolation) as first:  # starts what is kept for the whole process
        first.exec(["true"])
    handles = len(list(Path("/proc/self/fd").iterdir()))
    for number in range(20):
        with open_fork(base, isolation=isolation) as fork:
            if number % 10 == 0:
                limits = Limits(wall_s=0.2)
                assert (
                    fork.exec(["sh", "-c", f"sleep 100 & sleep 99; : {mark}"], limits=limits).limit_hit
                    == "wall"
                )
            else:
                assert fork.exec(
                    ["sh", "-c", f"(sleep 50 &) ; echo x > y; : {mark}"], trusted=number % 10 == 1
                ).ok
    assert str(base.scratch) not in Path("/proc/self/mounts").read_text()
    assert processes_with(mark) == []
    assert groups() == []
    forks = [path for nest in base.scratch.iterdir() if nest.is_dir() for path in nest.iterdir()]
    assert [path.name for path in forks if not path.name.startswith("etc")] == []
    assert len(list(Path("/proc/self/fd").iterdir())) == handles


PROGRAM = """
import sys
from pathlib import Path
from softwright.workspaces import Bases, Isolation, open_fork
root = Path(sys.argv[1])
base = Bases(root).get("aa", lambda folder: None)
with open_fork(base, isolation=Isolation.choose(scratch=root)) as fork:
    fork.exec(["sh", "-c", {script!r}], trusted={trusted})
"""


def start_victim(folder: Path, script: str, *, trusted: bool = False) -> subprocess.Popen[bytes]:
    """A process that runs a shell script in a fork; its own command line does not show the script."""
    program = folder / "victim.py"
    program.write_text(PROGRAM.format(script=script, trusted=trusted))
    return subprocess.Popen([sys.executable, program, folder / "bases"], stderr=subprocess.DEVNULL)


@pytest.mark.parametrize("trusted", [False, True])
def test_killed_parent_takes_all_with_it(tmp_path: Path, isolation: Isolation, trusted: bool) -> None:
    """`kill -9` of Softwright ends its commands and all they started; the next process removes its forks."""
    mark = f"mark-{os.getpid()}-{trusted}"
    script = f"setsid sh -c 'while :; do sleep 1; done; : {mark}-child' & while :; do sleep 1; done; : {mark}"
    victim = start_victim(tmp_path, script, trusted=trusted)
    assert wait_for(f"sh\0-c\0while :; do sleep 1; done; : {mark}-child", gone=False)
    victim.kill()
    victim.wait()
    assert wait_for(mark, gone=True), processes_with(mark)
    assert str(tmp_path) not in Path("/proc/self/mounts").read_text()
    base = Bases(tmp_path / "bases").get("aa", lambda folder: None)
    assert [path for path in base.scratch.iterdir() if path.name.startswith(f"{victim.pid}-")]
    sweep(base.scratch)
    assert not [path for path in base.scratch.iterdir() if path.name.startswith(f"{victim.pid}-")]
    base.close()


def test_interrupt_stops_the_command(tmp_path: Path) -> None:
    """Ctrl-C while a command runs ends it and everything below, and the fork is discarded."""
    mark = f"mark-{os.getpid()}-int"
    victim = start_victim(tmp_path, f"trap '' INT TERM; while :; do sleep 1; done; : {mark}")
    assert wait_for(f"sh\0-c\0trap '' INT TERM; while :; do sleep 1; done; : {mark}", gone=False)
    victim.send_signal(signal.SIGINT)
    assert victim.wait(15) != 0
    assert wait_for(mark, gone=True)
    assert list((tmp_path / "bases/forks").iterdir()) == []


def test_launch_server_may_die(base: Base, isolation: Isolation) -> None:
    """When the launch server is killed, the next command starts another."""
    with open_fork(base, isolation=isolation) as fork:
        assert fork.exec(["true"]).ok
        server = launcher()._server
        server.kill()
        server.wait()
        assert fork.exec(["true"]).ok


def test_command_ends_when_the_server_is_killed_under_it(base: Base, isolation: Isolation) -> None:
    """A server that dies while a command runs is told as a fault, and the command ends."""
    mark = f"mark-{os.getpid()}-server"
    with open_fork(base, isolation=isolation) as fork:
        fork.exec(["true"])
        timer = threading.Timer(0.5, launcher()._server.kill)
        timer.start()
        with pytest.raises(OutsideFault, match="killed from outside"):
            fork.exec(["sh", "-c", f"sleep 60; : {mark}"], limits=Limits(wall_s=30))
        timer.join()
    assert wait_for(mark, gone=True)
