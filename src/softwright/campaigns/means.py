"""What campaigns ask of the house they work in; whoever builds the rooms hands it in."""

import os
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from softwright.hosts import Mirrors
from softwright.ledger import Ledger

if TYPE_CHECKING:  # to look at a campaign takes neither, and a command is quick only without them
    from softwright.engine import Engine, EngineWorker, Kinds, Watcher
    from softwright.engine.artefacts import Artefacts
    from softwright.hosts.forges import Forges
    from softwright.hosts.mail import Mailer
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
        """Seconds for which a worker bears with a database that is away."""
        ...

    @property
    def outage_s(self) -> float:
        """Seconds for which a forge or a mail server that fails is tried again."""
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
    def bases(self) -> "Bases":
        """Frozen trees that forks are made from."""
        ...

    @property
    def artefacts(self) -> "Artefacts":
        """Where what is too large for a run's record is kept."""
        ...

    def store_of_runs(self) -> "Artefacts":
        """The same, before something is put there for runs. Raises InvalidInput when it is not theirs."""
        ...

    @property
    def forges(self) -> "Forges":
        """Where change requests are."""
        ...

    @property
    def mailer(self) -> "Mailer":
        """What sends mail."""
        ...

    def engine(self, kinds: "Kinds") -> "AbstractContextManager[Engine]":
        """The engine from outside: nothing is run in this process."""
        ...

    def worker(
        self,
        kinds: "Kinds",
        *,
        listen: Collection[str] | None = None,
        lost: Callable[[int], object] = os._exit,
        cut_off: Callable[[], object] = lambda: None,
        watcher: "Watcher | None" = None,
        migrate: bool = True,
    ) -> "EngineWorker":
        """A worker in this process for the queues it listens to (None: all), not yet launched.

        `lost` ends the process when its lease is lost, `cut_off` what its steps wait for when it closes
        before they have ended. Without `migrate` the tables must be there already.
        """
        ...

    def attended(self) -> bool:
        """True while some process runs runs."""
        ...

    def folder(self, name: str) -> Path:
        """A folder of the home, made on first use."""
        ...

    def isolation(self, *, allow_unsandboxed: bool = False) -> "Isolation":
        """How commands are kept in. Raises PrerequisiteMissing when nothing works and that is not allowed."""
        ...


AskRows = Callable[[str, Path], tuple[Sequence[str], Sequence[Sequence[Any]]]]
"""Asks the facts a query about the fleet of a fleet file: columns and rows."""
