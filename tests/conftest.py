"""A PostgreSQL server for the tests that ask for one: a single one a run, started by the first of them."""

import fcntl
import os
from pathlib import Path

import pytest

from softwright.core import PrerequisiteMissing
from softwright.testing.postgres import PostgresServer, fresh_database

pytest.register_assert_rewrite("softwright.testing.engine_contract")  # before the rooms import it

_PLACES = pytest.StashKey[tuple[str, str]]()
_SERVER = pytest.StashKey[PostgresServer]()


def pytest_configure(config: pytest.Config) -> None:
    """The run's first process holds a pipe, which the server lives as long as, and a note for its URL.

    Workers open both by way of `/proc`, so there is nothing on disk that a killed run would leave.
    """
    places = getattr(config, "workerinput", {}).get("postgres_places")
    if places is None:
        reading, _held = os.pipe()
        note = os.memfd_create("postgres-url")
        places = tuple(f"/proc/{os.getpid()}/fd/{number}" for number in (reading, note))
    config.stash[_PLACES] = places


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    """Tell a worker where both are."""
    node.workerinput["postgres_places"] = node.config.stash[_PLACES]


@pytest.fixture(scope="session")
def postgres_server(pytestconfig: pytest.Config) -> str:
    """The URL of a running server that every worker shares; not for tests that stop it."""
    pipe, note = pytestconfig.stash[_PLACES]
    with Path(note).open("r+") as shared:
        fcntl.flock(shared, fcntl.LOCK_EX)
        if not (url := shared.read()):
            server = pytestconfig.stash[_SERVER] = _started(pipe)
            url = server.url()
            shared.write(url)
    return url


def _started(pipe: str) -> PostgresServer:
    try:
        with Path(pipe).open("rb") as until, PostgresServer(fsync=False, until=until) as server:
            return server
    except PrerequisiteMissing as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))


@pytest.fixture
def postgres(postgres_server: str) -> str:
    """The URL of an empty PostgreSQL database."""
    return fresh_database(postgres_server)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, once of each kind."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgres")
    return f"sqlite:///{tmp_path / 'test.db'}"
