"""One executor for an embedded database: a file lock that names its holder."""

import fcntl
import os
import sys
from pathlib import Path
from time import monotonic, sleep
from types import TracebackType
from typing import TextIO

from softwright.engine.engine import HomeInUse

_LOOKS_S = 0.3  # for as long as those who only look may hold it, one after the other
_PAUSE_S = 0.001


def is_held(path: Path) -> bool:
    """True while some process holds the lock file."""
    try:
        with path.open("r", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _take(file: TextIO) -> bool:
    """Lock the file. Whoever looks at it with `is_held` holds it for a moment: that is waited out."""
    until = monotonic() + _LOOKS_S
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if monotonic() > until:
                return False
            sleep(_PAUSE_S)
        else:
            return True


def holder(path: Path) -> str:
    """What the process that holds the lock file said of itself, "" when none holds it."""
    return path.read_text(encoding="utf-8").strip() if is_held(path) else ""


class OnlyOne:
    """Held by the one process that runs the runs of a home; freed by the system when that process ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO | None = None

    def __enter__(self) -> "OnlyOne":
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # Opened without truncating: until the lock is ours, the words inside are the holder's.
        file = self._path.open("a+", encoding="utf-8")
        if not _take(file):
            file.seek(0)
            holder = file.read().strip() or "a process that did not say its name"
            file.close()
            raise HomeInUse(
                f"another process is running the runs of this home: {holder}",
                where=str(self._path.parent),
                hint="wait for it or stop it: what it was at is taken up again",
            )
        file.truncate(0)
        file.write(f"pid {os.getpid()}, {Path(sys.argv[0]).name} {' '.join(sys.argv[1:])}".strip())
        file.flush()
        self._file = file
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
