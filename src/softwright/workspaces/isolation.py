"""How files are forked and how commands are kept in, on this machine."""

import tempfile
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path

from softwright.core import PrerequisiteMissing
from softwright.workspaces import trial


class Files(StrEnum):
    """How a fork gets its files."""

    OVERLAY = "overlay"  # a layer over the frozen base: a fork costs nothing
    REFLINK = "reflink"  # copies that share blocks until written
    COPY = "copy"  # plain copies


class Sandbox(StrEnum):
    """What keeps a command in."""

    BUBBLEWRAP = "bubblewrap"
    NONE = "none"


class Memory(StrEnum):
    """What bounds memory and processes."""

    CGROUP = "cgroup"  # the kernel counts the whole family of processes
    POLL = "rlimit"  # per-process limits, and the family watched ten times a second


@dataclass(frozen=True, slots=True)
class Isolation:
    """The layers in use.

    `root` is true when Softwright may mount and switch users by itself; `namespaces` when commands can
    get a mount table of their own.
    """

    files: Files
    sandbox: Sandbox
    memory: Memory
    root: bool
    namespaces: bool
    allow_unsandboxed: bool = False

    @staticmethod
    def choose(allow_unsandboxed: bool = False, *, scratch: Path | None = None) -> "Isolation":
        """The best layers that really work here, found by running each once (kept for the process).

        `scratch` is a folder on the disk where forks will lie. Raises PrerequisiteMissing when
        commands cannot be sandboxed and `allow_unsandboxed` is not given.
        """
        found = _found(Path(scratch or tempfile.gettempdir()).absolute())
        if found.sandbox is Sandbox.NONE and not allow_unsandboxed:
            raise PrerequisiteMissing(
                "no sandbox works on this machine, and a repository's code is never run without one",
                hint="`apt-get install bubblewrap`, then `softwright doctor`; or allow it for this command "
                "with --allow-unsandboxed",
            )
        return replace(found, allow_unsandboxed=allow_unsandboxed)

    @property
    def view(self) -> str:
        """How a command gets its own mount table: by "root", in a "user" namespace, or not ("host")."""
        if not self.namespaces:
            return "host"
        return "root" if self.root else "user"

    def words(self, *, trusted: bool = False) -> str:
        """The layers in one phrase, for people and for records."""
        if trusted:
            return f"{self.files}, trusted tool"
        if self.sandbox is Sandbox.NONE:
            return f"{self.files}, not sandboxed"
        return f"{self.files}, {self.sandbox}, {self.memory}"


@cache
def _found(scratch: Path) -> Isolation:
    root = trial.full_root()
    view = "root" if root else "user"
    with trial.scratch_folder(scratch) as folder:
        namespaces = not trial.namespaces_fail(view)
        if namespaces and not trial.overlay_fails(folder, view):
            files = Files.OVERLAY
        else:
            files = Files.COPY if trial.reflink_fails(folder) else Files.REFLINK
        sandbox = Sandbox.NONE if trial.bubblewrap_fails(view) else Sandbox.BUBBLEWRAP
        memory = Memory.POLL if trial.cgroups_fail() else Memory.CGROUP
    return Isolation(files, sandbox, memory, root, namespaces)
