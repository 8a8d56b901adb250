"""What campaigns ask of the house they work in; whoever builds the rooms hands it in."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from softwright.engine.artefacts import Artefacts
from softwright.hosts import Mirrors
from softwright.ledger import Ledger
from softwright.workspaces import Bases, Isolation


class Choices(Protocol):
    """The settings that matter here."""

    @property
    def fleet(self) -> Path:
        """The fleet file used when a campaign names none."""
        ...

    @property
    def rules(self) -> tuple[Path, ...]:
        """Folders searched for rules."""
        ...

    @property
    def workers(self) -> int:
        """Processes used for CPU work."""
        ...

    @property
    def lease_s(self) -> float:
        """Seconds without a sign of life after which a worker counts as dead."""
        ...


class Means(Protocol):
    """The rooms, each built at its first use."""

    @property
    def settings(self) -> Choices:
        """The settings in force."""
        ...

    @property
    def ledger(self) -> Ledger:
        """The record."""
        ...

    @property
    def mirrors(self) -> Mirrors:
        """The bare mirrors."""
        ...

    @property
    def bases(self) -> Bases:
        """Frozen trees that forks are made from."""
        ...

    @property
    def artefacts(self) -> Artefacts:
        """Where what is too large for a run's record is kept."""
        ...

    @property
    def engine_url(self) -> str:
        """The database that runs are kept in."""
        ...

    def folder(self, name: str) -> Path:
        """A folder of the home, made on first use."""
        ...

    def isolation(self, *, allow_unsandboxed: bool = False) -> Isolation:
        """How commands are kept in. Raises PrerequisiteMissing when nothing works and that is not allowed."""
        ...


AskRows = Callable[[str, Path], tuple[Sequence[str], Sequence[Sequence[Any]]]]
"""Asks the facts a query about the fleet of a fleet file: columns and rows."""
