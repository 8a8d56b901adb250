"""The ledger: one object with a small store for each kind of record."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from sqlalchemy import Connection, Engine

from softwright.core import Clock, SystemClock
from softwright.ledger.approvals import Approvals
from softwright.ledger.budgets import Budgets
from softwright.ledger.campaigns import Campaigns
from softwright.ledger.database import BUSY_S, explained, open_engine, reading
from softwright.ledger.deliveries import Deliveries
from softwright.ledger.effects import Effects
from softwright.ledger.events import Events
from softwright.ledger.progress import Progress
from softwright.ledger.shapes import EditDecisions, FileShapes, ShapeExamples, ShapeRules, SiteWorks
from softwright.ledger.states import RepoStates
from softwright.ledger.verdicts import Verdicts


class Ledger:
    """The record of one home. Many processes may read while one writes; transactions are short.

    `write()` groups several records into one transaction: all of them are kept, or none.
    """

    def __init__(self, engine: Engine, clock: Clock | None = None) -> None:
        self._engine = engine
        self._clock = clock or SystemClock()
        self._here = threading.local()
        self.events = Events(self)
        self.campaigns = Campaigns(self)
        self.states = RepoStates(self)
        self.progress = Progress(self)
        self.approvals = Approvals(self)
        self.deliveries = Deliveries(self)
        self.effects = Effects(self)
        self.verdicts = Verdicts(self)
        self.budgets = Budgets(self)
        self.edits = EditDecisions(self)
        self.examples = ShapeExamples(self)
        self.shape_rules = ShapeRules(self)
        self.work = SiteWorks(self)
        self.file_shapes = FileShapes(self)

    @classmethod
    def open(
        cls, url: str | Path, *, clock: Clock | None = None, busy_s: float = BUSY_S, migrate: bool = True
    ) -> "Ledger":
        """The ledger at a file path or database URL, SQLite or PostgreSQL; made or migrated when needed.

        Raises OutsideFault when the database is newer, corrupt, locked, full or unreachable; without
        `migrate` also when it is not there or older.
        """
        text = f"sqlite:///{url}" if isinstance(url, Path) or "://" not in url else url
        return cls(open_engine(text, busy_s=busy_s, migrate=migrate), clock)

    @property
    def clock(self) -> Clock:
        """Where the moments of the records come from."""
        return self._clock

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A write transaction; inside another one it joins that."""
        if (joined := self._joined()) is not None:
            yield joined
            return
        with (
            explained(self._engine),
            self._engine.connect().execution_options(writes=True) as connection,
            connection.begin(),
        ):
            self._here.connection = connection
            try:
                yield connection
            finally:
                self._here.connection = None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view to read from; inside `write()` it sees that transaction."""
        if (joined := self._joined()) is not None:
            yield joined
            return
        with (
            explained(self._engine),
            self._engine.connect().execution_options(**reading(self._engine)) as connection,
            connection.begin(),
        ):
            yield connection

    def _joined(self) -> Connection | None:
        """The write transaction that this thread is inside of."""
        found: Connection | None = getattr(self._here, "connection", None)
        return found

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
