"""Which limit ended a command: first what is certain, then what its own last words say."""

import re
import signal
import stat
from pathlib import Path

from softwright.workspaces.cgroups import ControlGroup
from softwright.workspaces.limits import Limits
from softwright.workspaces.walk import walk
from softwright.workspaces.watch import Ending

_TAIL = 1 << 16

_NO_FORK = re.compile(
    rb"[Cc]annot fork|can't start new thread|fork: (retry: )?Resource temporarily unavailable"
)

# Words that programs use when the kernel refused them something because of our limits. Only looked for
# when the command failed, and for memory and processes only where the kernel does not count for us.
_WORDS = {
    "file": re.compile(rb"File too large|\[Errno 27\]|EFBIG"),
    "disk": re.compile(rb"No space left on device|\[Errno 28\]|ENOSPC"),
    "memory": re.compile(
        rb"\bMemoryError\b|std::bad_alloc|[Cc]annot allocate memory|JavaScript heap out of memory"
        rb"|java\.lang\.OutOfMemoryError|\bout of memory\b"
    ),
    "processes": re.compile(rb"Resource temporarily unavailable|\[Errno 11\]|EAGAIN"),
}


def limit_of(ending: Ending, limits: Limits, *, group: ControlGroup | None, upper: Path, began: float) -> str:
    """The limit that a command reached, or "" when it ended by itself within all of them.

    Certain: we stopped it, the kernel's group counted a kill or a refused process, a signal that only a
    limit sends, a file of exactly the allowed size. Without control groups a refused allocation or fork
    leaves no trace but the program's own message, so that is taken as the limit: better to say "nothing
    is known" than to blame the repository. `began` is the time of day at the start, in seconds.
    """
    if ending.limit_hit not in ("", "wall"):
        return ending.limit_hit
    # A command often hangs because something was refused to it; the refusal is the better answer.
    refused = group.limit_hit() if group else ""
    if not group and ending.most_tasks >= limits.processes:
        refused = "processes"
    if refused or ending.limit_hit:
        return refused or ending.limit_hit
    said = bytes(ending.stderr[-_TAIL:] + b"\n" + ending.stdout[-_TAIL:])
    if group is None and _NO_FORK.search(said):  # a bomb's shell may well end with 0
        return "processes"
    if ending.exit_code == 0:
        return ""
    if ending.exit_code == 128 + signal.SIGXCPU or ending.cpu_s >= limits.cpu_s:
        return "cpu"
    if ending.exit_code == 128 + signal.SIGXFSZ or _full_file(upper, limits.file_mb << 20, began):
        return "file"
    for name in ("file", "disk") if group else tuple(_WORDS):
        if _WORDS[name].search(said):
            return name
    return ""


def _full_file(upper: Path, size: int, began: float) -> bool:
    """True when a file written since `began` is as large as any may be."""
    return any(
        not stat.S_ISDIR(found.st_mode) and found.st_size >= size and found.st_mtime >= began
        for _, found in walk(upper, forgiving=True)
    )
