"""Durable runs in PostgreSQL."""

from collections.abc import Callable

import psycopg
import pytest
from psycopg import sql

from softwright.engine import Kind, Kinds, Queue, Start
from softwright.engine.durable import DurableEngine, EngineDatabase
from softwright.testing.engine_contract import EngineContract, EngineRig
from softwright.testing.postgres import fresh_database


@pytest.fixture(scope="module")
def rig(postgres_server: str, durable_rig: Callable[[str], EngineRig]) -> EngineRig:
    """One for all tests."""
    return durable_rig(fresh_database(postgres_server))


class TestPostgres(EngineContract):
    """The contract, on a server."""


async def _nothing(*_: object) -> None:
    """Never run here."""


def test_ids_are_compared_by_bytes_in_a_database_of_another_order(postgres_server: str) -> None:
    """A database whose words are ordered as people order them finds the same runs under an id."""
    with psycopg.connect(postgres_server.replace("+psycopg", "", 1), autocommit=True) as connection:
        words = "CREATE DATABASE {} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
        try:
            connection.execute(sql.SQL(words).format(sql.Identifier("by_words")))
        except psycopg.Error as error:
            pytest.skip(f"this server orders words one way only: {error}")
    database = EngineDatabase(f"{postgres_server.rpartition('/')[0]}/by_words")
    database.prepare()
    engine = DurableEngine(database, Kinds([Queue("all", 1)], [Kind("one", "all", _nothing)]))
    ids = ["a", "a/1", "a/Z", "a/é", "a-b", "a b", "A/1", "a0", "aa"]
    engine.start_many([Start("one", run) for run in ids])
    assert {info.id for info in engine.runs(under="a")} == {"a", "a/1", "a/Z", "a/é"}
    assert {info.id for info in engine.runs(under="A")} == {"A/1"}
    engine.close()
    database.close()
