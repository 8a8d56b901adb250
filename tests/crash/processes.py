"""What the system tells of processes."""

import os
from pathlib import Path


def words_of(pid: int) -> list[str]:
    """The command line, [] for a process that is gone."""
    return [os.fsdecode(word) for word in _read(f"/proc/{pid}/cmdline").split(b"\0")[:-1]]


def children(pid: int) -> list[int]:
    """The processes that one has for children, whichever of its threads started them."""
    found: list[int] = []
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return []
    for task in tasks:
        found += map(int, _read(f"{task}/children").split())
    return found


def family(pid: int) -> list[int]:
    """A process and everything below it."""
    found, todo = [], [pid]
    while todo:
        found.append(parent := todo.pop())
        todo += children(parent)
    return found


def alive(pid: int) -> bool:
    """Whether a process is there and has not ended."""
    state = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    return bool(state) and state[0] not in (b"Z", b"X")


def belonging_to(place: Path) -> dict[int, list[str]]:
    """Processes other than this one that have a folder in environment, command line or current folder."""
    needle = os.fsencode(place)
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid() or not alive(int(entry.name)):
            continue
        told = [_read(f"{entry}/environ"), _read(f"{entry}/cmdline"), _link(f"{entry}/cwd")]
        if any(needle in words for words in told):
            found[int(entry.name)] = words_of(int(entry.name))
    return found


def _link(path: str) -> bytes:
    try:
        return os.fsencode(Path(path).readlink())
    except OSError:
        return b""


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""
