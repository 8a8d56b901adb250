"""Stand by a running command: collect what it says, and stop it at its limits."""

import contextlib
import os
import selectors
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from softwright.core import OutsideFault
from softwright.workspaces.launcher import Started
from softwright.workspaces.limits import Limits
from softwright.workspaces.walk import walk

_TICK_S = 0.1
_GRACE_S = 5.0
_OWN_TASKS = 3  # bubblewrap's two and the one that switches users
_PAGE = os.sysconf("SC_PAGE_SIZE")
_HERTZ = os.sysconf("SC_CLK_TCK")


class CommandKilled(OutsideFault):
    """Somebody or something ended the command, or what watched over it: nothing is known of it."""


@dataclass(slots=True)
class Ending:
    """What was seen of one command: its output, its end, and which limit stopped it ("" for none)."""

    exit_code: int = 137
    stdout: bytearray = field(default_factory=bytearray)
    stderr: bytearray = field(default_factory=bytearray)
    limit_hit: str = ""
    wall_s: float = 0.0
    cpu_s: float = 0.0
    most_tasks: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    """What all processes below a supervisor use at one moment."""

    memory: int = 0
    cpu_s: float = 0.0
    tasks: int = 0
    pids: tuple[int, ...] = ()


def family(pid: int) -> list[int]:
    """Ids of a process and of everything below it; orphans inside a process namespace are included."""
    found, todo = [], [pid]
    while todo:
        parent = todo.pop()
        found.append(parent)
        with contextlib.suppress(OSError, ValueError):
            for task in Path(f"/proc/{parent}/task").iterdir():
                todo += map(int, _read(f"{task}/children").split())
    return found


def usage_of(pid: int, *, exact: bool = False) -> Usage:
    """Memory in bytes, CPU seconds and tasks of all processes below one.

    Memory is resident anonymous and shared memory; pages that forks share are counted once only with
    `exact`, which is slower.
    """
    memory, ticks, tasks = 0, 0, 0
    pids = family(pid)[1:]  # the supervisor is ours
    for each in pids:
        with contextlib.suppress(OSError, ValueError, IndexError):
            stat = _read(f"/proc/{each}/stat").rpartition(b")")[2].split()
            ticks += sum(map(int, stat[11:15]))
            tasks += int(stat[17])
            memory += _exact_memory(each) if exact else _quick_memory(each)
    return Usage(memory, ticks / _HERTZ, tasks, tuple(pids))


def _quick_memory(pid: int) -> int:
    total = 0
    for line in _read(f"/proc/{pid}/status").splitlines():
        if line.startswith((b"RssAnon:", b"RssShmem:")):
            total += int(line.split()[1]) * 1024
    return total


def _exact_memory(pid: int) -> int:
    for line in _read(f"/proc/{pid}/smaps_rollup").splitlines():
        if line.startswith(b"Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def _read(path: str) -> bytes:
    handle = os.open(path, os.O_RDONLY)
    try:
        return os.read(handle, 1 << 16)
    finally:
        os.close(handle)


def tree_bytes(root: Path, *, stop_above: int) -> int:
    """Bytes on disk below a folder; counting ends once `stop_above` is passed."""
    total = 0
    for _, found in walk(root, forgiving=True):
        total += found.st_blocks * 512
        if total > stop_above:
            break
    return total


class Watch:
    """Watches one started command until it is gone.

    `disk` is the folder whose growth is bounded (None: not watched); `kill_more` is called after the
    process family was killed, for what could have escaped it. `sandboxed` commands are bounded in
    memory, CPU and tasks as well; trusted ones only in time and output.
    """

    def __init__(
        self,
        started: Started,
        limits: Limits,
        *,
        disk: Path | None = None,
        sandboxed: bool = True,
        kill_more: Callable[[], None] = lambda: None,
    ) -> None:
        self.started = started
        self.limits = limits
        self.disk = disk
        self.sandboxed = sandboxed
        self.kill_more = kill_more
        self.ending = Ending()
        self.pid = 0
        self.ended = self._stopped = False
        self._news = b""
        self._next_disk = self._next_usage = 0.0
        self._tick = 0.01
        self._cpu_seen = 0.0

    def run(self) -> Ending:
        """Wait for the end of the command and of everything it started.

        Raises OutsideFault when the command could not be started, CommandKilled when it was killed by
        someone else.
        """
        start = time.monotonic()
        try:
            self._follow(start + self.limits.wall_s)
        except BaseException:
            if self.pid and not self.ended:  # Ctrl-C: nothing may stay behind
                self.stop("")
            raise
        finally:
            self.started.close()
        if not self.ending.limit_hit and (self._stopped or not self.ended):
            raise CommandKilled(
                "the command was killed from outside before its end",
                hint="run it again; nothing is known of it",
            )
        # The kernel does not pass on the time of processes that died with their namespace.
        self.ending.cpu_s = max(self.ending.cpu_s, self._cpu_seen)
        self.ending.wall_s = time.monotonic() - start
        return self.ending

    def _follow(self, deadline: float) -> None:
        give_up = float("inf")
        takers = {
            self.started.stdout: self._take_stdout,
            self.started.stderr: self._take_stderr,
            self.started.news: self._take_news,
        }
        with selectors.DefaultSelector() as selector:
            for pipe, take in takers.items():
                selector.register(pipe, selectors.EVENT_READ, take)
            while selector.get_map():
                for key, _ in selector.select(self._tick):
                    data = os.read(key.fd, 1 << 16)
                    if data:
                        key.data(data)
                    else:
                        selector.unregister(key.fileobj)
                now = time.monotonic()
                if now > give_up:
                    self._kill_family()
                    break
                if self.ended or self.ending.limit_hit:
                    give_up = min(give_up, now + _GRACE_S)
                else:
                    self._check(now, deadline)

    def stop(self, why: str) -> None:
        """Kill everything; `why` is the limit that was reached."""
        self.ending.limit_hit = self.ending.limit_hit or why
        if self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGTERM)
        self.kill_more()

    def _kill_family(self) -> None:
        """The last resort, when the supervisor does not tell the end."""
        for pid in reversed(family(self.pid)):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)

    def _check(self, now: float, deadline: float) -> None:
        if now > deadline:
            self.stop("wall")
        elif self.pid and self.sandboxed and now > self._next_usage:
            self._check_usage()
            # Often at first, when a bomb goes off, then at the usual pace.
            self._tick = min(_TICK_S, self._tick * 1.5)
            self._next_usage = now + self._tick
            if self.disk is not None and now > self._next_disk:
                self._check_disk(self.disk)

    def _check_usage(self) -> None:
        most = self.limits.memory_mb << 20
        seen = usage_of(self.pid)
        self.ending.most_tasks = max(self.ending.most_tasks, seen.tasks)
        self._cpu_seen = max(self._cpu_seen, seen.cpu_s)
        if seen.cpu_s > self.limits.cpu_s:
            self.stop("cpu")
        elif seen.tasks > self.limits.processes + _OWN_TASKS:
            self.stop("processes")  # where neither the group nor the user's own limit holds
        elif seen.memory > most and usage_of(self.pid, exact=True).memory > most:
            self.stop("memory")

    def _check_disk(self, disk: Path) -> None:
        began = time.monotonic()
        most = self.limits.disk_mb << 20
        if tree_bytes(disk, stop_above=most) > most:
            self.stop("disk")
        took = time.monotonic() - began
        self._next_disk = began + max(0.3, 20 * took)

    def _take_stdout(self, data: bytes) -> None:
        self._keep(self.ending.stdout, data)

    def _take_stderr(self, data: bytes) -> None:
        self._keep(self.ending.stderr, data)

    def _keep(self, into: bytearray, data: bytes) -> None:
        room = self.limits.output_kb * 1024 - len(self.ending.stdout) - len(self.ending.stderr)
        into += data[: max(0, room)]
        if len(data) > room and not self.ending.limit_hit:
            self.stop("output")

    def _take_news(self, data: bytes) -> None:
        self._news += data
        *lines, self._news = self._news.split(b"\n")
        for line in lines:
            word, _, rest = line.partition(b" ")
            if word == b"pid":
                self.pid = int(rest)
            elif word in (b"exit", b"stopped"):
                self._stopped = word == b"stopped"
                code, cpu = rest.split()
                self.ending.exit_code, self.ending.cpu_s = int(code), float(cpu)
                self.ended = True
            elif word == b"failed":
                raise OutsideFault(
                    f"the command could not be started: {os.fsdecode(rest)}",
                    hint="`softwright doctor` shows what works on this machine",
                )
