"""Engines in databases, with an executor in this process."""

from collections.abc import Callable, Iterator

import pytest

from softwright.engine.durable import DurableEngine, EngineDatabase, Executor
from softwright.testing.engine_contract import Plays, contract_kinds


class DurableRig:
    """Satisfies `EngineRig`; the executor comes back under its own name, so no lease is needed."""

    def __init__(self, url: str) -> None:
        self.plays = Plays()
        self._kinds = contract_kinds(self.plays)
        self._database = EngineDatabase(url)
        self._database.prepare()
        self.engine = DurableEngine(self._database, self._kinds)
        self._executor: Executor | None = None

    def launch(self) -> None:
        """The executor begins."""
        self._executor = Executor(self._database, self._kinds, schedules_poll_s=0.2)
        self._executor.launch()

    def close(self) -> None:
        """The executor ends at once."""
        if self._executor is not None:
            self._executor.close()
            self._executor = None

    def end(self) -> None:
        """All of it ends."""
        self.close()
        self.engine.close()
        self._database.close()


@pytest.fixture(scope="module")
def durable_rig() -> Iterator[Callable[[str], DurableRig]]:
    """Makes a launched rig on the database of a URL."""
    rigs: list[DurableRig] = []

    def launched(url: str) -> DurableRig:
        rigs.append(DurableRig(url))
        rigs[-1].launch()
        return rigs[-1]

    yield launched
    for rig in rigs:
        rig.end()
