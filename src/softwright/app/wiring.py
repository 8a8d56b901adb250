"""The only place that builds rooms from settings. Everything is built on first use and kept."""

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from softwright.app.settings import Settings, load_settings
from softwright.core import OutsideFault
from softwright.hosts import Mirrors
from softwright.ledger import Ledger

# Most commands need no runs and no workspaces: what builds those imports it, so that a command is quick.
if TYPE_CHECKING:
    from softwright.engine import Engine, EngineWorker, Kinds, Watcher
    from softwright.engine.artefacts import Artefacts
    from softwright.hosts.forges import Forges
    from softwright.hosts.mail import Mailer
    from softwright.workspaces import Bases, Isolation


class House:
    """The rooms, wired to one `SOFTWRIGHT_HOME`."""

    def __init__(self, settings: Settings | None = None, *, migrate: bool = True) -> None:
        self.settings = settings or load_settings()
        self._migrate = migrate

    def folder(self, name: str) -> Path:
        """A folder of the home, made on first use. Raises OutsideFault when that cannot be done."""
        path = self.settings.home / name
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutsideFault(
                f"cannot make this folder: {error.strerror}",
                where=str(path),
                hint=f"the home is {self.settings.home}; set SOFTWRIGHT_HOME to a folder that can be written",
            ) from error
        return path

    @cached_property
    def mirrors(self) -> Mirrors:
        """The bare mirrors of the fleet's repositories."""
        return Mirrors(
            self.folder("mirrors"), parallel=self.settings.git_parallel, timeout_s=self.settings.git_timeout_s
        )

    @cached_property
    def ledger(self) -> Ledger:
        """The record of this home. Raises OutsideFault when it is newer, damaged, locked or not there.

        A house that does not migrate also raises when the record is older than this program.
        """
        place = self.settings.database_url or self.folder(".") / "ledger.db"
        return Ledger.open(place, migrate=self._migrate)

    @cached_property
    def artefacts(self) -> "Artefacts":
        """What is too large for the record of a run, named by its content."""
        from softwright.engine.artefacts import Artefacts

        return Artefacts.open(self.settings.artefacts or str(self.folder("artefacts")))

    def store_of_runs(self) -> "Artefacts":
        """The artefacts, as the store of the database's runs: it is entered where none is.

        Raises InvalidInput when its runs are kept with another store.
        """
        from softwright.engine.durable import EngineDatabase, StoreOfRuns

        if self.settings.database_url:
            with closing(EngineDatabase(self.engine_url)) as database:
                store = StoreOfRuns(database)
                store.prepare()
                store.check(self.artefacts)
        return self.artefacts

    @property
    def engine_url(self) -> str:
        """The database that runs are kept in."""
        return self.settings.database_url or f"sqlite:///{self.folder('.') / 'engine.db'}"

    @contextmanager
    def engine(self, kinds: "Kinds") -> "Iterator[Engine]":
        """The engine from outside: nothing is run in this process. Its tables are made where missing."""
        from softwright.engine.durable import DurableEngine, EngineDatabase

        with closing(EngineDatabase(self.engine_url)) as database:
            database.prepare()
            with closing(DurableEngine(database, kinds)) as engine:
                yield engine

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
        """A worker in this process for the queues it listens to (None: all), not yet launched."""
        from softwright.engine.durable import EngineDatabase, Worker

        return Worker(
            EngineDatabase(self.engine_url, answer_s=self.settings.lease_s / 2),
            kinds,
            home=self.folder("."),
            listen=listen,
            ttl_s=self.settings.lease_s,
            lost=lost,
            cut_off=cut_off,
            watcher=watcher,
            artefacts=self.artefacts,
            migrate=migrate,
        )

    def attended(self) -> bool:
        """True while some process runs the runs of this home, or of its database."""
        from softwright.engine.durable import EngineDatabase, attended

        with closing(EngineDatabase(self.engine_url)) as database:
            return attended(database, self.folder("."))

    @cached_property
    def forges(self) -> "Forges":
        """Where change requests are, by the host of a repository."""
        from softwright.hosts.forges import ForgeChoice, Forges

        chosen = self.settings.forges.items()
        return Forges({host: ForgeChoice(each.kind, each.token_env, each.api) for host, each in chosen})

    @cached_property
    def mailer(self) -> "Mailer":
        """What sends mail."""
        from softwright.hosts.mail import MailChoice, Mailer

        settings = self.settings
        return Mailer(MailChoice(settings.smtp_url, settings.mail_from, settings.smtp_password_env))

    @cached_property
    def bases(self) -> "Bases":
        """The cache of frozen trees that forks are made from."""
        from softwright.workspaces import Bases

        return Bases(self.folder("workspaces"))

    def isolation(self, *, allow_unsandboxed: bool = False) -> "Isolation":
        """How forks get their files and how commands are kept in, found by trying once.

        Raises PrerequisiteMissing when no sandbox works and `allow_unsandboxed` is not given.
        """
        from softwright.workspaces import Isolation

        return Isolation.choose(allow_unsandboxed, scratch=self.folder("workspaces"))
