"""Control groups: made, counted, removed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from softwright.workspaces import Limits
from softwright.workspaces.cgroups import ControlGroup, open_group


@pytest.fixture
def group() -> ControlGroup:
    """A group of this machine."""
    made = open_group(Limits(memory_mb=64, processes=8))
    if made is None:
        pytest.skip("no control group may be made here")
    return made


def test_group_counts_and_goes(group: ControlGroup) -> None:
    """A refused fork is counted; removing kills what is inside, and may be repeated."""
    assert group.limit_hit() == ""
    program = (
        "import os,sys,time\n"
        "for door in sys.argv[1:]: open(door,'w').write('0')\n"
        "try:\n"
        "    while os.fork(): pass\n"
        "except OSError: print('refused', flush=True)\n"
        "time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program, *group.doors], stdout=subprocess.PIPE) as bomb:
        assert bomb.stdout is not None
        assert bomb.stdout.readline() == b"refused\n"
        assert group.limit_hit() == "processes"
        folders = list(group.folders.values())
        group.remove()
        group.remove()
        assert bomb.wait() == -9
    assert not any(folder.exists() for folder in folders)


@pytest.mark.parametrize(
    ("files", "hit"),
    [
        ({"memory.events": "low 0\noom 3\noom_kill 2\n", "pids.events": "max 0\n"}, "memory"),
        ({"memory.events": "low 0\noom 0\noom_kill 0\n", "pids.events": "max 7\n"}, "processes"),
        ({"memory.events": "oom_kill 0\n", "pids.events": "max 0\n"}, ""),
        ({"memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n"}, "memory"),
        ({}, ""),
    ],
)
def test_events_of_both_versions_are_read(tmp_path: Path, files: dict[str, str], hit: str) -> None:
    """The kernel's counters of version 2, and those of version 1, say which limit was enforced."""
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert ControlGroup({"": tmp_path}).limit_hit() == hit


def test_groups_of_dead_processes_are_swept(group: ControlGroup) -> None:
    """A group left by a killed process is removed by the next one that makes groups."""
    parent = next(iter(group.folders.values())).parent
    group.remove()
    left = parent / "softwright-4194999-0"
    left.mkdir()
    program = (
        "from softwright.workspaces import Limits\nfrom softwright.workspaces.cgroups import open_group\n"
    )
    program += "open_group(Limits()).remove()"
    subprocess.run([sys.executable, "-c", program], check=True, env=dict(os.environ))
    assert not left.exists()
