"""A fork: a cheap child of a frozen base in which patches are tried and commands run."""

import math
import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from softwright.core import Cost, InvalidInput, OutsideFault, Patch, PrerequisiteMissing
from softwright.workspaces.bases import Base
from softwright.workspaces.cgroups import ControlGroup, open_group
from softwright.workspaces.changes import copy_changes, overlay_changes
from softwright.workspaces.isolation import Files, Isolation, Memory, Sandbox
from softwright.workspaces.launcher import Order, launcher
from softwright.workspaces.layer import Layer
from softwright.workspaces.limit_hit import limit_of
from softwright.workspaces.limits import Limits
from softwright.workspaces.nest import etc_folder, new_folder
from softwright.workspaces.overlay import is_whiteout, overlay_options
from softwright.workspaces.removal import remove_tree
from softwright.workspaces.result import ExecResult
from softwright.workspaces.sandbox import SANDBOX_UID, environment, outer_environment, sandbox_argv
from softwright.workspaces.walk import walk
from softwright.workspaces.watch import Ending, Watch


class Fork:
    """The files of a base with changes of its own; the base is never touched.

    Nothing is mounted and nothing runs between two commands. Use as a context manager, or call
    `discard`. One command runs at a time.
    """

    def __init__(self, base: Base, folder: Path, isolation: Isolation) -> None:
        self.base = base
        self.isolation = isolation
        self._folder = folder
        self._tree = folder / "tree"
        self._upper = folder / "upper" if self._overlaid else self._tree
        self._busy = threading.Lock()
        self._gone = False
        owner = (SANDBOX_UID, SANDBOX_UID) if isolation.root else None
        lower = base.path if self._overlaid else None
        self._layer = Layer(self._upper, lower, spare=folder / "spare", view=isolation.view, owner=owner)

    @property
    def _overlaid(self) -> bool:
        return self.isolation.files is Files.OVERLAY

    def read(self, path: str) -> bytes | None:
        """Content of a file as the fork has it now; a link's target; None when there is no such file."""
        self._alive()
        return self._layer.read(path)

    def apply(self, patch: Patch) -> None:
        """Make all file operations of a patch, or none of them.

        Raises InvalidInput for paths that leave the tree or go through a link.
        """
        self._alive()
        with self._busy:
            self._layer.apply(patch)

    def diff(self) -> Patch:
        """Everything that is different from the base, without what tools leave in caches.

        Raises LimitHit above 256 MiB, OutsideFault for a tree that cannot be read.
        """
        self._alive()
        changes = overlay_changes if self._overlaid else copy_changes
        with self._busy:
            try:
                return changes(self.base.path, self._upper)
            except OSError as error:
                raise OutsideFault(
                    f"what the command left cannot be read: {error}",
                    hint="it made paths or files that no commit can hold",
                ) from error

    def exec(
        self,
        argv: Sequence[str],
        *,
        limits: Limits | None = None,
        env: Mapping[str, str] | None = None,
        trusted: bool = False,
        stdin: bytes = b"",
        binds: Sequence[Path] = (),
    ) -> ExecResult:
        """Run a command in the fork and wait for its end.

        It sees the work tree at `/softwright/work`, the system and the Python in use read-only, `binds`
        read-only at their own places, a private `/tmp`, and no other process, network or environment
        variable than given. `trusted` commands are tools of our own that run none of the repository's
        code: no sandbox, the tree as the current folder, only time and output bounded.

        Raises OutsideFault when the command could not be started, PrerequisiteMissing when it would run
        outside of a sandbox without the explicit word.
        """
        self._alive()
        if not argv:
            raise InvalidInput("no command was given", hint="give the program and its arguments")
        if not trusted and self.isolation.sandbox is Sandbox.NONE and not self.isolation.allow_unsandboxed:
            raise PrerequisiteMissing(
                f"`{argv[0]}` would run a repository's code without a sandbox",
                hint="`apt-get install bubblewrap`, then `softwright doctor`; or --allow-unsandboxed",
            )
        limits = limits or Limits()
        with self._busy:
            run = _Run(self, limits, trusted=trusted)
            ending, hit = run.watch(argv, env or {}, stdin=stdin, binds=binds)
        return ExecResult(
            argv=tuple(argv),
            exit_code=ending.exit_code,
            stdout=bytes(ending.stdout),
            stderr=bytes(ending.stderr),
            limit_hit=hit,
            cost=Cost(wall_s=ending.wall_s, cpu_s=ending.cpu_s),
            isolation=self.isolation.words(trusted=trusted),
        )

    def discard(self) -> None:
        """Remove the fork and all that was written in it. Safe to call twice."""
        if not self._gone:
            self._gone = True
            remove_tree(self._folder)

    def __enter__(self) -> "Fork":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()

    def _alive(self) -> None:
        if self._gone:
            raise InvalidInput("this fork was discarded", hint="open another one from its base")


def open_fork(base: Base, *, isolation: Isolation) -> Fork:
    """A fresh fork of a base; costs nothing but two folders where overlays work.

    Raises OutsideFault when the disk is full.
    """
    try:
        folder = new_folder(base.scratch)
        if isolation.files is Files.OVERLAY:
            _make_upper(folder, base, isolation)
        else:
            _copy(base.path, folder / "tree", reflink=isolation.files is Files.REFLINK)
    except OSError as error:
        raise OutsideFault(
            f"no fork could be made: {error}", hint=f"free some space on the disk of {base.scratch}"
        ) from error
    return Fork(base, folder, isolation)


def _make_upper(folder: Path, base: Base, isolation: Isolation) -> None:
    upper = folder / "upper"
    upper.mkdir()
    upper.chmod(base.path.stat().st_mode & 0o7777)
    if isolation.root:
        os.chown(upper, SANDBOX_UID, SANDBOX_UID)


def _copy(base: Path, tree: Path, *, reflink: bool) -> None:
    how = "always" if reflink else "auto"
    done = subprocess.run(
        ["cp", "-a", f"--reflink={how}", "--", f"{base}/.", str(tree)], capture_output=True, check=False
    )
    if done.returncode:
        raise OSError(done.stderr.decode(errors="replace").strip() or "cp failed")


class _Run:
    """One command in one fork: what is asked of the launch server, and what came of it."""

    def __init__(self, fork: Fork, limits: Limits, *, trusted: bool) -> None:
        self.fork = fork
        self.limits = limits
        self.trusted = trusted
        self.isolation = fork.isolation

    def watch(
        self, argv: Sequence[str], env: Mapping[str, str], *, stdin: bytes, binds: Sequence[Path]
    ) -> tuple[Ending, str]:
        """Run to the end; gives what was seen and the limit that was reached."""
        counted = not self.trusted and self.isolation.memory is Memory.CGROUP
        group = open_group(self.limits) if counted else None
        try:
            order = self._order(argv, env, group, binds)
            began = time.time()
            watch = Watch(
                launcher().start(order, stdin=stdin),
                self.limits,
                disk=self.fork._upper,
                sandboxed=not self.trusted,
                kill_more=group.kill if group else lambda: None,
            )
            ending = watch.run()
            return ending, limit_of(ending, self.limits, group=group, upper=self.fork._upper, began=began)
        finally:
            if group is not None:
                group.remove()
            if self.trusted and self.isolation.root:
                _give_back(self.fork._upper)

    def _order(
        self,
        argv: Sequence[str],
        env: Mapping[str, str],
        group: ControlGroup | None,
        binds: Sequence[Path],
    ) -> Order:
        folder, tree, view = self.fork._folder, self.fork._tree, self.isolation.view
        overlay = None
        if self.fork._overlaid:
            tree.mkdir(exist_ok=True)
            work = folder / "work"
            remove_tree(work)  # a `volatile` mount does not take the work folder of another one
            work.mkdir()
            options = overlay_options(self.fork.base.path, self.fork._upper, work, view=view)
            overlay = {"at": str(tree), "options": options}
        sandboxed = not self.trusted and self.isolation.sandbox is Sandbox.BUBBLEWRAP
        if sandboxed:
            etc = etc_folder(folder, net=self.limits.net)
            line = sandbox_argv(argv, tree=tree, etc=etc, view=view, limits=self.limits, env=env, binds=binds)
        else:
            line = list(argv)
        return Order(
            argv=line,
            env=outer_environment() if sandboxed else environment({"HOME": str(folder), **env}),
            cwd="/" if sandboxed else str(tree),
            view=view,
            overlay=overlay,
            cgroups=group.doors if group else (),
            rlimits={} if self.trusted else self._rlimits(),
        )

    def _rlimits(self) -> dict[str, int]:
        limits = {
            "CORE": 0,
            "CPU": math.ceil(self.limits.cpu_s) + 1,
            "FSIZE": self.limits.file_mb << 20,
            "NOFILE": 4096,
        }
        if self.isolation.memory is Memory.POLL:
            limits |= {"DATA": self.limits.memory_mb << 20, "NPROC": self.limits.processes}
        return limits


def _give_back(upper: Path) -> None:
    """What a trusted tool wrote as root must belong to the sandbox's user, who may go on with it."""
    if not upper.exists():
        return
    for entry, found in walk(upper):
        if found.st_uid == 0 and not is_whiteout(found):
            os.chown(entry.path, SANDBOX_UID, SANDBOX_UID, follow_symlinks=False)
