"""Control groups: the kernel's own count of memory and processes, version 1 and 2."""

import contextlib
import os
import signal
import time
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path

from softwright.workspaces.limits import Limits

_PREFIX = "softwright-"
_numbers = count()


@dataclass(slots=True)
class ControlGroup:
    """A group made for one command.

    `folders` maps a controller ("memory", "pids", or "" for all of version 2) to its place.
    """

    folders: dict[str, Path] = field(default_factory=dict)

    @property
    def doors(self) -> list[str]:
        """The files into which a process writes to join."""
        return [str(folder / "cgroup.procs") for folder in self.folders.values()]

    def limit_hit(self) -> str:
        """Which limit the kernel had to enforce: "memory", "processes" or ""."""
        if self._counted("memory", ("memory.events", "memory.oom_control"), (b"oom_kill", b"oom_group_kill")):
            return "memory"
        if self._counted("pids", ("pids.events",), (b"max",)):
            return "processes"
        return ""

    def kill(self) -> None:
        """Kill whatever is still inside."""
        for folder in self.folders.values():
            with contextlib.suppress(OSError, ValueError):
                for pid in (folder / "cgroup.procs").read_text().split():
                    os.kill(int(pid), signal.SIGKILL)

    def remove(self) -> None:
        """Kill what is inside and remove the group; one that is already gone is fine."""
        for _ in range(200):
            self.kill()
            for name, folder in list(self.folders.items()):
                with contextlib.suppress(OSError):
                    folder.rmdir()
                if not folder.exists():
                    del self.folders[name]
            if not self.folders:
                return
            time.sleep(0.01)

    def _counted(self, controller: str, files: tuple[str, ...], keys: tuple[bytes, ...]) -> bool:
        folder = self.folders.get(controller) or self.folders.get("")
        if folder is None:
            return False
        for name in files:
            with contextlib.suppress(OSError, ValueError):
                for line in (folder / name).read_bytes().splitlines():
                    key, _, value = line.partition(b" ")
                    if key in keys and int(value) > 0:
                        return True
        return False


def open_group(limits: Limits) -> ControlGroup | None:
    """A new group with these limits on memory and processes, or None where that is not allowed."""
    name = f"{_PREFIX}{os.getpid()}-{next(_numbers)}"
    for parents in _places():
        group = ControlGroup()
        try:
            for controller, parent in parents.items():
                folder = parent / name
                folder.mkdir()
                group.folders[controller] = folder
                _set_limits(folder, controller, limits)
        except OSError:
            group.remove()
            continue
        return group
    return None


def _set_limits(folder: Path, controller: str, limits: Limits) -> None:
    memory = str(limits.memory_mb << 20)
    if controller in ("memory", ""):
        modern = controller == ""
        (folder / ("memory.max" if modern else "memory.limit_in_bytes")).write_text(memory)
        swap, most = ("memory.swap.max", "0") if modern else ("memory.memsw.limit_in_bytes", memory)
        with contextlib.suppress(OSError):  # absent where the kernel does not count swap
            (folder / swap).write_text(most)
        if modern:
            with contextlib.suppress(OSError):
                (folder / "memory.oom.group").write_text("0")
    if controller in ("pids", ""):
        (folder / "pids.max").write_text(str(limits.processes))


@cache
def _places() -> tuple[dict[str, Path], ...]:
    """Where groups may be made, best first: below this process's own groups, then above."""
    mounts = _mounts()
    own = _own()
    found: list[dict[str, Path]] = []
    if "memory" in mounts and "pids" in mounts:
        found.append({name: _below(mounts[name], own.get(name, "/")) for name in ("memory", "pids")})
    if "" in mounts:
        place = _below(mounts[""], own.get("", "/"))
        while place.is_relative_to(mounts[""]):
            found.append({"": place})
            place = place.parent
    usable = tuple(places for places in found if all(os.access(p, os.W_OK) for p in places.values()))
    for places in usable:
        for parent in places.values():
            _sweep(parent)
    return usable


def _below(mount: Path, own: str) -> Path:
    place = mount / own.lstrip("/")
    return place if place.is_dir() else mount


def _mounts() -> dict[str, Path]:
    found: dict[str, Path] = {}
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, at, kind, options, *_ = line.split()
        if kind == "cgroup2":
            controllers = Path(at, "cgroup.controllers")
            with contextlib.suppress(OSError):
                if {"memory", "pids"} <= set(controllers.read_text().split()):
                    found[""] = Path(at)
        elif kind == "cgroup":
            for name in {"memory", "pids"} & set(options.split(",")):
                found[name] = Path(at)
    return found


def _own() -> dict[str, str]:
    found: dict[str, str] = {}
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, names, path = line.split(":", 2)
        for name in names.split(","):
            found[name] = path
    return found


def _sweep(parent: Path) -> None:
    """Remove groups of processes that are gone."""
    for left in parent.glob(f"{_PREFIX}*"):
        pid = left.name.removeprefix(_PREFIX).partition("-")[0]
        if pid.isdigit() and not Path("/proc", pid).exists():
            ControlGroup({"": left}).remove()
