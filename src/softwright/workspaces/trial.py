"""Trials of what this machine allows, each by doing it once. A trial gives "" or why it failed."""

import contextlib
import ctypes
import fcntl
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from softwright.core import OutsideFault
from softwright.workspaces import cgroups
from softwright.workspaces.launcher import Order, launcher
from softwright.workspaces.limits import Limits
from softwright.workspaces.overlay import is_whiteout, overlay_options
from softwright.workspaces.removal import remove_tree
from softwright.workspaces.sandbox import SANDBOX_UID, environment, outer_environment, sandbox_argv, write_etc
from softwright.workspaces.watch import Ending, Watch

_QUICK = Limits(wall_s=20)


_CHOWN, _SETGID, _SETUID, _SYS_ADMIN = 0, 6, 7, 21
"""Numbers of the capabilities that are needed to mount and to switch users."""


@cache
def full_root() -> bool:
    """True when this process may mount and switch users; false for a user dressed as root in a container."""
    held = re.search(r"^CapEff:\s*([0-9a-f]+)$", Path("/proc/self/status").read_text(), re.MULTILINE)
    capabilities = int(held[1], 16) if held else 0
    needed = (_CHOWN, _SETGID, _SETUID, _SYS_ADMIN)
    if os.geteuid() != 0 or not all(capabilities >> number & 1 for number in needed):
        return False
    return any(first <= SANDBOX_UID < first + many for first, _, many in _user_ids())


def _user_ids() -> list[tuple[int, int, int]]:
    """Ranges of user ids here: the first, what it is outside, and how many."""
    lines = Path("/proc/self/uid_map").read_text().splitlines()
    return sorted((int(first), int(outside), int(many)) for first, outside, many in map(str.split, lines))


@contextlib.contextmanager
def scratch_folder(below: Path) -> Iterator[Path]:
    """A folder for trials, removed afterwards."""
    below.mkdir(parents=True, exist_ok=True)
    for left in below.glob(".trial-*"):  # of processes that were killed meanwhile
        if not Path("/proc", left.name.split("-")[1]).exists():
            with contextlib.suppress(OSError):
                remove_tree(left)
    folder = Path(tempfile.mkdtemp(prefix=f".trial-{os.getpid()}-", dir=below))
    try:
        yield folder
    finally:
        remove_tree(folder)


def namespaces_fail(view: str) -> str:
    """Why a command cannot get a mount table of its own."""
    return _reason(Order(["true"], environment({}), view=view))


def overlay_fails(folder: Path, view: str) -> str:
    """Why an overlay cannot be mounted on the disk of `folder`, written to and deleted from."""
    layers = {name: folder / name for name in ("lower", "upper", "work", "at")}
    for path in layers.values():
        path.mkdir()
    (layers["lower"] / "old").write_text("old")
    options = overlay_options(layers["lower"], layers["upper"], layers["work"], view=view)
    overlay = {"at": str(layers["at"]), "options": options}
    reason = _reason(
        Order(
            ["sh", "-c", "rm old && echo new >new"],
            environment({}),
            cwd=str(layers["at"]),
            view=view,
            overlay=overlay,
        )
    )
    if reason:
        return reason
    upper = layers["upper"]
    good = is_whiteout((upper / "old").lstat()) and (upper / "new").read_text() == "new\n"
    return "" if good else "the upper layer does not hold what was written"


def reflink_fails(folder: Path) -> str:
    """Why files on the disk of `folder` cannot share their blocks."""
    FICLONE = 0x40049409  # noqa: N806 - the kernel's name
    source, target = folder / "source", folder / "clone"
    source.write_bytes(b"x" * 8192)
    try:
        with source.open("rb") as old, target.open("wb") as new:
            fcntl.ioctl(new.fileno(), FICLONE, old.fileno())
    except OSError as error:
        return error.strerror or str(error)
    return ""


CLOSED_ROOT = "root without the rights to mount and to switch users cannot be kept in"


def bubblewrap_fails(view: str) -> str:
    """Why bubblewrap cannot run a command as it would run a repository's."""
    if view == "user" and os.geteuid() == 0 and _user_ids()[0][1] == 0:
        # The machine's root owns its devices even without a single capability, and could close them to all.
        return CLOSED_ROOT
    return _sandboxed(
        ["sh", "-c", "touch inside && ! touch /outside 2>/dev/null && test $(id -u) != 0"], view
    )


def python_fails(view: str) -> str:
    """Why the Python in use cannot run inside the sandbox."""
    return _sandboxed([sys.executable, "-c", "import json, ssl; open('inside', 'w').close()"], view)


def _sandboxed(inner: list[str], view: str) -> str:
    with scratch_folder(Path(tempfile.gettempdir())) as folder:
        tree = folder / "tree"
        tree.mkdir()
        if view == "root":
            os.chown(tree, SANDBOX_UID, SANDBOX_UID)
        write_etc(folder / "etc")
        argv = sandbox_argv(inner, tree=tree, etc=folder / "etc", view=view, limits=_QUICK, env={})
        reason = _reason(Order(argv, outer_environment()))
        return reason or ("" if (tree / "inside").exists() else "nothing could be written inside")


def cgroups_fail() -> str:
    """Why memory and processes cannot be counted by the kernel as one family."""
    group = cgroups.open_group(_QUICK)
    if group is None:
        return "no control group with memory and pids may be made here"
    try:
        return _reason(Order(["true"], environment({}), cgroups=group.doors))
    finally:
        group.remove()


def landlock_abi() -> int:
    """Version of the kernel's Landlock interface, 0 when it has none."""
    LANDLOCK_CREATE_RULESET, VERSION = 444, 1  # noqa: N806 - the kernel's names
    return max(0, int(ctypes.CDLL(None).syscall(LANDLOCK_CREATE_RULESET, None, 0, VERSION)))


def run_once(order: Order) -> Ending:
    """Run one order under short limits."""
    return Watch(launcher().start(order), _QUICK, sandboxed=False).run()


def _reason(order: Order) -> str:
    try:
        ending = run_once(order)
    except OutsideFault as error:
        return error.message
    if ending.exit_code == 0:
        return ""
    said = ending.stderr.decode(errors="replace").strip().splitlines()
    return said[-1] if said else f"exit code {ending.exit_code}"
