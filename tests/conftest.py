"""A PostgreSQL server for the tests that ask for one: a single one a run, started by the first of them."""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from softwright.core import PrerequisiteMissing
from softwright.testing.postgres import PostgresServer, fresh_database

pytest.register_assert_rewrite("softwright.testing.engine_contract")  # before the rooms import it

_FOLDER = pytest.StashKey[Path]()
_HOLD = pytest.StashKey[int]()
_SERVER = pytest.StashKey[PostgresServer]()


def pytest_configure(config: pytest.Config) -> None:
    """The run's first process makes a pipe and holds its end: the server lives as long as that does."""
    if (found := getattr(config, "workerinput", {}).get("postgres_folder")) is not None:
        config.stash[_FOLDER] = Path(found)
        return
    folder = config.stash[_FOLDER] = Path(tempfile.mkdtemp(prefix="softwright-tests-"))
    os.mkfifo(folder / "hold")
    config.stash[_HOLD] = os.open(folder / "hold", os.O_RDWR)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    """Tell a worker where the pipe is."""
    node.workerinput["postgres_folder"] = str(node.config.stash[_FOLDER])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Let go of the pipe: the server, if there is one, ends."""
    if _HOLD in config.stash:
        os.close(config.stash[_HOLD])
        shutil.rmtree(config.stash[_FOLDER], ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server(pytestconfig: pytest.Config) -> str:
    """The URL of a running server that every worker shares; not for tests that stop it."""
    folder = pytestconfig.stash[_FOLDER]
    known = folder / "url"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not known.exists():
            server = pytestconfig.stash[_SERVER] = _started(folder)
            known.write_text(server.url())
    return known.read_text()


def _started(folder: Path) -> PostgresServer:
    reading = os.open(folder / "hold", os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(reading, True)
    try:
        with os.fdopen(reading, "rb") as until, PostgresServer(fsync=False, until=until) as server:
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
