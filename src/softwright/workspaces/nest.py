"""Where the forks of one process lie, and how those of dead processes are found and removed."""

import atexit
import contextlib
import fcntl
import os
import secrets
import tempfile
import threading
from itertools import count
from pathlib import Path

from softwright.workspaces.launcher import end_launcher
from softwright.workspaces.removal import remove_tree
from softwright.workspaces.sandbox import write_etc

_numbers = count()
_guard = threading.Lock()
_nests: dict[tuple[int, Path], Path] = {}


def new_folder(scratch: Path) -> Path:
    """A fresh folder for one fork, inside this process's own folder below `scratch`."""
    folder = _nest(scratch) / f"{next(_numbers)}"
    folder.mkdir(mode=0o700)
    return folder


def settle(scratch: Path) -> None:
    """Have the temporary files of this process lie with its forks: when it is killed, `sweep` finds them."""
    folder = _nest(scratch) / "tmp"
    folder.mkdir(mode=0o700, exist_ok=True)
    tempfile.tempdir = str(folder)


def leave() -> None:
    """End what this process had started for its forks and remove all of theirs, before its own end."""
    end_launcher()
    for (pid, _), nest in list(_nests.items()):
        if pid == os.getpid():
            with contextlib.suppress(OSError):
                remove_tree(nest)
                nest.with_name(nest.name + ".lock").unlink()


atexit.register(leave)


def _nest(scratch: Path) -> Path:
    with _guard:
        key = (os.getpid(), scratch)
        nest = _nests.get(key)
        if nest is None or not nest.is_dir():
            nest = _nests[key] = _open_nest(scratch)
            sweep(scratch)
    return nest


def etc_folder(fork: Path, *, net: bool) -> Path:
    """The `/etc` that sandboxed commands of this process see, made on first use and kept with its forks."""
    place = fork.parent / ("etc-net" if net else "etc")
    with _guard:
        if not place.is_dir():
            fresh = place.with_name(f"{place.name}.new")
            remove_tree(fresh)
            write_etc(fresh, net=net)
            fresh.rename(place)
    return place


def sweep(scratch: Path) -> int:
    """Remove the forks of processes that are gone; gives how many processes that were."""
    swept = 0
    nests = {place.name for place in scratch.iterdir() if place.suffix != ".lock"}
    locks = {place.stem for place in scratch.glob("*.lock")}
    for name in nests - locks:  # a nest is made after its lock and removed before it
        if not (scratch / f"{name}.lock").exists():
            with contextlib.suppress(OSError):
                remove_tree(scratch / name)
    for lock_file in scratch.glob("*.lock"):
        with contextlib.suppress(OSError):
            handle = os.open(lock_file, os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                remove_tree(lock_file.with_suffix(""))
                lock_file.unlink()
                swept += 1
            finally:
                os.close(handle)
    return swept


def _open_nest(scratch: Path) -> Path:
    while True:
        nest = scratch / f"{os.getpid()}-{secrets.token_hex(4)}"
        lock_file = nest.with_name(nest.name + ".lock")
        # Kept open on purpose: the lock says that this process lives, and falls with it.
        handle = os.open(lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)
        if lock_file.exists():
            nest.mkdir(mode=0o700)
            return nest
        os.close(handle)  # a sweep came between the two
