"""Durable runs in PostgreSQL."""

from collections.abc import Callable

import pytest

from softwright.testing.engine_contract import EngineContract, EngineRig
from softwright.testing.postgres import fresh_database


@pytest.fixture(scope="module")
def rig(postgres_server: str, durable_rig: Callable[[str], EngineRig]) -> EngineRig:
    """One for all tests."""
    return durable_rig(fresh_database(postgres_server))


class TestPostgres(EngineContract):
    """The contract, on a server."""
