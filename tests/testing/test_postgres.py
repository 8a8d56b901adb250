"""The throw-away server: really there, and really gone afterwards."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from softwright.core import PrerequisiteMissing
from softwright.testing import PostgresServer, postgres


@pytest.fixture
def installed(postgres_server: str) -> None:
    """The server's programs are there; a test that asks is skipped where they are not."""


def ask(url: str, query: str) -> object:
    """The first value that the query gives."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        cursor = connection.execute(query)
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def at_work_in(folder: Path) -> list[int]:
    """Processes whose working folder is in there."""
    found = []
    for each in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if each.readlink().is_relative_to(folder):
                found.append(int(each.parent.name))
        except OSError:
            continue
    return found


@pytest.mark.parametrize("fsync", [True, False])
def test_a_server_comes_and_goes(installed, fsync):
    """It answers on loopback only, and afterwards neither a process nor a folder of it is left."""
    with PostgresServer(fsync=fsync) as server:
        assert ask(server.url(), "SHOW fsync") == ("on" if fsync else "off")
        assert ask(server.url(), "SHOW listen_addresses") == "127.0.0.1"
        assert at_work_in(server.folder) != []
    assert at_work_in(server.folder) == []
    assert not server.folder.exists()


def test_what_was_committed_survives_a_crash(installed):
    """Stopped at once it recovers at the next start, under the same URL."""
    with PostgresServer() as server:
        url = server.fresh_database()
        ask(url, "CREATE TABLE t AS SELECT 7 AS n")
        server.stop(immediate=True)
        with pytest.raises(psycopg.OperationalError):
            ask(url, "SELECT 1")
        server.start()
        assert ask(url, "SELECT n FROM t") == 7


def test_databases_are_apart(postgres_server):
    """A fresh database is empty, whatever was put into another one."""
    first, second = (postgres.fresh_database(postgres_server) for _ in range(2))
    ask(first, "CREATE TABLE t ()")
    assert ask(second, "SELECT to_regclass('t')") is None


def test_a_password_is_asked_for(installed):
    """Other users of the machine do not get in."""
    with PostgresServer(fsync=False) as server, pytest.raises(psycopg.OperationalError, match="password"):
        wrong = f"postgresql://softwright:wrong@127.0.0.1:{server.port}/postgres"
        psycopg.connect(wrong)


def test_a_killed_test_leaves_nothing(installed):
    """When the process that started the server is killed, the server and its folder go too."""
    code = (
        "import sys; from softwright.testing import PostgresServer\n"
        "with PostgresServer() as s: print(s.folder, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as tester:
        assert tester.stdout is not None
        folder = Path(tester.stdout.readline().strip())
        assert at_work_in(folder) != []
        tester.send_signal(signal.SIGKILL)
        tester.wait()
    give_up = time.monotonic() + 20
    while folder.exists() and time.monotonic() < give_up:
        time.sleep(0.05)
    assert not folder.exists()
    assert at_work_in(folder) == []


def test_a_taken_port_is_passed_over(installed, monkeypatch):
    """When somebody else took the port in the meantime, another one is chosen."""
    choose = postgres._free_port
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        offered = iter([taken])
        monkeypatch.setattr(postgres, "_free_port", lambda: next(offered, None) or choose())
        with PostgresServer(fsync=False) as server:
            assert server.port != taken
            assert ask(server.url(), "SELECT 1") == 1


def test_a_missing_server_is_said_so(monkeypatch, tmp_path):
    """Without the server's programs, the message says what to install."""
    monkeypatch.setattr(postgres, "_PACKAGED", tmp_path)
    monkeypatch.setitem(os.environ, "PATH", str(tmp_path))
    with pytest.raises(PrerequisiteMissing, match="no PostgreSQL server") as raised:
        PostgresServer()
    assert "apt-get install postgresql" in raised.value.hint
