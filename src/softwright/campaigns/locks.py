"""One process at a time works on a campaign."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from softwright.core import OutsideFault


@contextmanager
def campaign_lock(folder: Path, name: str) -> Iterator[None]:
    """Holds the campaign for this process; the system lets go of it when the process ends, however it ends.

    Raises OutsideFault naming the process that holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # A record lock, as it is not inherited by the worker processes.
    handle = os.open(folder / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(handle, 20, 0).decode("ascii", "replace").strip()
            raise OutsideFault(
                f"campaign `{name}` is being worked on by process {holder or 'unknown'}",
                hint="wait for it, or stop it (nothing is lost), then run again",
            ) from error
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(handle)
