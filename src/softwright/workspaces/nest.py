"""Where the forks of one process lie, and how those of dead processes are found and removed."""

import atexit
import contextlib
import fcntl
import os
import secrets
import threading
from itertools import count
from pathlib import Path

from softwright.workspaces.removal import remove_tree
from softwright.workspaces.sandbox import write_etc

_numbers = count()
_guard = threading.Lock()
_nests: dict[tuple[int, Path], Path] = {}


def new_folder(scratch: Path) -> Path:
    """A fresh folder for one fork, inside this process's own folder below `scratch`."""
    with _guard:
        key = (os.getpid(), scratch)
        nest = _nests.get(key)
        if nest is None or not nest.is_dir():
            nest = _nests[key] = _open_nest(scratch)
            sweep(scratch)
    folder = nest / f"{next(_numbers)}"
    folder.mkdir(mode=0o700)
    return folder


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


@atexit.register
def _close_nests() -> None:
    """Leave nothing when the process ends in order; `sweep` does it after a crash."""
    for (pid, _), nest in list(_nests.items()):
        if pid == os.getpid():
            with contextlib.suppress(OSError):
                remove_tree(nest)
                nest.with_name(nest.name + ".lock").unlink()


def _open_nest(scratch: Path) -> Path:
    nest = scratch / f"{os.getpid()}-{secrets.token_hex(4)}"
    lock_file = nest.with_name(nest.name + ".lock")
    # Kept open on purpose: the lock says that this process lives, and falls with it.
    handle = os.open(lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX)
    nest.mkdir(mode=0o700)
    return nest
