"""The in-memory twin of durable runs."""

from collections.abc import Iterator

import pytest

from softwright.engine import Engine
from softwright.testing.engine_contract import EngineContract, EngineRig, Plays, contract_kinds
from softwright.testing.engine_memory import MemoryEngine


class MemoryRig:
    """Engine and executor are one."""

    def __init__(self) -> None:
        self.plays = Plays()
        self._memory = MemoryEngine(contract_kinds(self.plays))
        self.engine: Engine = self._memory
        self.launch = self._memory.launch
        self.close = self._memory.close


@pytest.fixture(scope="module")
def rig() -> Iterator[EngineRig]:
    """One for all tests."""
    rig = MemoryRig()
    rig.launch()
    yield rig
    rig.close()


class TestMemory(EngineContract):
    """The contract, in memory."""
