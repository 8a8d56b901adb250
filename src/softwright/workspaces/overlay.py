"""Options of an overlay mount, and how its upper layer spells deletions."""

import os
import stat
from pathlib import Path


def overlay_options(lower: Path, upper: Path, work: Path, *, view: str) -> str:
    """Mount options for one writable layer over a frozen one.

    The upper layer must stand by itself, so every feature that would make it point into the lower one
    is off. `volatile` leaves out the write-through at unmount: a crash of the machine loses the fork,
    never the base.
    """
    parts = {"lowerdir": lower, "upperdir": upper, "workdir": work}
    named = [f"{name}={_escaped(path)}" for name, path in parts.items()]
    own = ["userxattr"] if view == "user" else ["redirect_dir=off", "metacopy=off", "index=off"]
    return ",".join([*named, "xino=off", "volatile", *own])


def _escaped(path: Path) -> str:
    text = os.fspath(path)
    for special in ("\\", ",", ":"):
        text = text.replace(special, "\\" + special)
    return text


def is_whiteout(found: os.stat_result) -> bool:
    """True for the mark that says: the lower layer's entry of this name is deleted."""
    return stat.S_ISCHR(found.st_mode) and found.st_rdev == 0


def make_whiteout(path: Path) -> None:
    """Mark the lower layer's entry of this name as deleted; needs no privilege since Linux 5.8."""
    os.mknod(path, stat.S_IFCHR | 0o000, os.makedev(0, 0))


_OPAQUE = ("trusted.overlay.opaque", "user.overlay.opaque")


def is_opaque(folder: Path) -> bool:
    """True when nothing of the lower layer's folder of this name shows through."""
    for name in _OPAQUE:
        try:
            if os.getxattr(folder, name, follow_symlinks=False) == b"y":
                return True
        except OSError:
            continue
    return False


def make_opaque(folder: Path, *, view: str) -> None:
    """Let nothing of the lower layer's folder of this name show through."""
    os.setxattr(folder, _OPAQUE[view == "user"], b"y", follow_symlinks=False)
