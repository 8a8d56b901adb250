"""What a type checker is to us: a tree and files in, diagnostics out."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from softwright.checks.diagnostics import Diagnostic
from softwright.core import Cost, Patch
from softwright.workspaces import Base, Fork, Isolation, Limits, open_fork


@dataclass(frozen=True, slots=True)
class Setting:
    """What a checker should assume: the oldest Python of the project, where third-party packages lie.

    `python` None leaves it to the checker; `environment` is a virtual environment, None for none at all.
    `options` is the repository's own configuration of this checker, already freed of what points
    outside of it.
    """

    python: tuple[int, int] | None = None
    environment: Path | None = None
    options: dict[str, Any] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)

    @property
    def python_text(self) -> str:
        """`3.9`, "" when it is not known; never older than the oldest that checkers know."""
        if self.python is None:
            return ""
        major, minor = max(self.python, (3, 7))
        return f"{major}.{minor}"


@dataclass(frozen=True, slots=True)
class PatchedTree:
    """A frozen tree with a patch on top; without one, the tree as it is."""

    base: Base
    isolation: Isolation
    patch: Patch = field(default_factory=lambda: Patch({}))

    @contextmanager
    def fork(self) -> Iterator[Fork]:
        """The tree on disk, the patch applied, gone at the end."""
        with open_fork(self.base, isolation=self.isolation) as fork:
            if self.patch:
                fork.apply(self.patch)
            yield fork


class Diagnoses(NamedTuple):
    """What a checker found, and what that cost."""

    found: list[Diagnostic]
    cost: Cost


class TypeChecker(Protocol):
    """A type checker. `distribution` is the package that brings it, `name` that of its command."""

    name: str
    distribution: str

    def diagnose(self, tree: PatchedTree, files: Sequence[str], setting: Setting) -> Diagnoses:
        """Diagnostics of `files` (paths in the tree) as the tree has them; other files are only read.

        Raises CheckerFailed or LimitReached rather than giving a list that may be incomplete.
        """
        ...

    def missing_module(self, diagnostic: Diagnostic) -> str:
        """Dotted name of the module that this diagnostic says cannot be found, "" for any other."""
        ...


def no_packages(folder: Path) -> Path:
    """A virtual environment without a single package, made below `folder`."""
    place = folder / "none"
    (place / "lib" / "python3.11" / "site-packages").mkdir(parents=True)
    (place / "pyvenv.cfg").write_text("home = /usr/bin\n")
    return place


def installed_version(distribution: str) -> str:
    """Version of an installed package, "" when it is not installed."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""
