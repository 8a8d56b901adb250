"""Durable runs in SQLite."""

from collections.abc import Callable

import pytest

from softwright.testing.engine_contract import EngineContract, EngineRig


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory, durable_rig: Callable[[str], EngineRig]) -> EngineRig:
    """One for all tests."""
    return durable_rig(f"sqlite:///{tmp_path_factory.mktemp('engine')}/engine.db")


class TestSqlite(EngineContract):
    """The contract, in a file."""
