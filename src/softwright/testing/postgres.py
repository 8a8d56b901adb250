"""A throw-away PostgreSQL server for tests: real, on loopback, gone afterwards whatever happens.

Next to the server runs a keeper, a shell that waits until the tests let go of a pipe. They do so by
ending, also when they are killed; then the keeper ends what works in the server's folder and removes it.
"""

import os
import pwd
import random
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import psycopg
from psycopg import sql

from softwright.core import OutsideFault, PrerequisiteMissing

START_S = 60.0
"""Seconds a server may take until it answers."""

_PACKAGED = Path("/usr/lib/postgresql")  # where Debian and Ubuntu put it, a folder a version
_PORTS = range(15_000, 32_000)  # below the ports that the kernel lends to outgoing connections

# A server works in its data folder, so everything that belongs to it is found there: no pid can be mistaken.
_KEEPER = """
while read -r line; do :; done
for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
    left=
    if [ "$try" -lt 20 ]; then signal=QUIT; else signal=KILL; fi
    for each in /proc/[0-9]*; do
        if [ "$each/cwd" -ef "$1/data" ] || [ "$each/cwd" -ef "$1" ]; then
            left=yes
            kill -"$signal" "${each#/proc/}" 2>/dev/null
        fi
    done
    if [ -z "$left" ] && rm -rf "$1" 2>/dev/null; then exit 0; fi
    sleep 0.1
done
"""


def find_binaries() -> Path:
    """The folder of the server's programs, the newest version's when there are several.

    Raises PrerequisiteMissing when there is none.
    """
    packaged = sorted(_PACKAGED.glob("*/bin"), key=lambda folder: (len(folder.parent.name), folder))
    on_path = [Path(found).resolve().parent for found in (shutil.which("initdb"),) if found]
    for folder in [*reversed(packaged), *on_path]:
        if all(os.access(folder / name, os.X_OK) for name in ("initdb", "postgres")):
            return folder
    raise PrerequisiteMissing(
        f"no PostgreSQL server is installed (looked in {_PACKAGED}/*/bin and on PATH)",
        hint="install it: apt-get install postgresql",
    )


def fresh_database(server_url: str) -> str:
    """The URL of a new, empty database beside the one that `server_url` names."""
    name = f"t_{secrets.token_hex(8)}"
    with psycopg.connect(server_url.replace("+psycopg", "", 1), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return f"{server_url.rpartition('/')[0]}/{name}"


class PostgresServer:
    """A server of one's own. Use as a context manager; inside, it runs and has an empty folder.

    `fsync=False` is faster, and as safe as long as the machine itself stays up. `until` is the reading
    end of a pipe: the server then lives until every writer of that has ended, and not only this process.
    """

    def __init__(self, *, fsync: bool = True, until: BinaryIO | None = None) -> None:
        self._binaries = find_binaries()
        self._fsync = fsync
        self._until = until
        self._user = _unprivileged()
        self._password = secrets.token_hex(16)
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper: subprocess.Popen[bytes] | None = None
        self.port = 0
        self.folder = Path()

    def url(self, database: str = "postgres") -> str:
        """How SQLAlchemy reaches a database of this server."""
        return f"postgresql+psycopg://softwright:{self._password}@127.0.0.1:{self.port}/{database}"

    def fresh_database(self) -> str:
        """The URL of a new, empty database."""
        return fresh_database(self.url())

    def __enter__(self) -> "PostgresServer":
        self.folder = Path(tempfile.mkdtemp(prefix="softwright-pg-"))
        if self._user is not None:
            os.chown(self.folder, self._user.pw_uid, self._user.pw_gid)
        self._keeper = self._spawn(
            ["/bin/sh", "-c", _KEEPER, "keeper", str(self.folder)],
            cwd=Path("/"),
            stdin=self._until or subprocess.PIPE,
        )
        try:
            self._make_cluster()
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._until is None:
            self.close()

    def close(self) -> None:
        """Stop the server and remove its folder."""
        if self._process is not None and self._process.poll() is None:
            self.stop(immediate=True)
        if self._keeper is not None and self._keeper.stdin is not None:
            self._keeper.stdin.close()
            self._keeper.wait()

    def start(self) -> None:
        """Start the server (again, on the same port); returns when it answers. Raises OutsideFault."""
        again = self.port != 0
        for _ in range(10):
            self.port = self.port if again else _free_port()
            if self._answers():
                return
        raise OutsideFault(f"PostgreSQL does not start: {self._log()[-2000:]}", where=str(self.folder))

    def stop(self, *, immediate: bool = False) -> None:
        """Stop the server; with `immediate` as a crash does, so that it recovers at the next start."""
        assert self._process is not None, "the server was not started"
        self._process.send_signal(signal.SIGQUIT if immediate else signal.SIGINT)
        self._process.wait()

    def _make_cluster(self) -> None:
        (self.folder / "password").write_text(self._password)
        initdb = [
            str(self._binaries / "initdb"),
            f"--pgdata={self.folder / 'data'}",
            "--username=softwright",
            f"--pwfile={self.folder / 'password'}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ]
        with (self.folder / "log").open("wb") as log:
            failed = self._spawn(initdb, cwd=self.folder, output=log).wait()
        if failed:
            raise OutsideFault(f"initdb failed: {self._log()[-2000:]}", where=str(self.folder))

    def _answers(self) -> bool:
        """Whether the server runs now; False when it ended, for example because its port is taken."""
        options = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self.folder),
            "fsync": "on" if self._fsync else "off",
            "max_connections": "200",
            "shared_buffers": "32MB",
            "dynamic_shared_memory_type": "mmap",  # leaves nothing in /dev/shm
            "wal_level": "minimal",
            "max_wal_senders": "0",
            "jit": "off",
        }
        command = [str(self._binaries / "postgres"), "-D", str(self.folder / "data"), "-p", str(self.port)]
        command += [f"--{name}={value}" for name, value in options.items()]
        with (self.folder / "log").open("ab") as log:
            self._process = self._spawn(command, cwd=self.folder, output=log)
        url = self.url().replace("+psycopg", "", 1)
        give_up = time.monotonic() + START_S
        while self._process.poll() is None:
            try:
                psycopg.connect(url, connect_timeout=2).close()
            except psycopg.OperationalError:
                if time.monotonic() > give_up:
                    self.stop(immediate=True)
                    break
                time.sleep(0.03)
            else:
                return self._process.poll() is None
        return False

    def _spawn(
        self,
        command: list[str],
        *,
        cwd: Path,
        stdin: int | BinaryIO = subprocess.DEVNULL,
        output: int | BinaryIO = subprocess.DEVNULL,
    ) -> subprocess.Popen[bytes]:
        """Start a program as the unprivileged user, out of reach of a Ctrl-C meant for the tests."""
        user = self._user
        return subprocess.Popen(
            command,
            cwd=cwd,
            stdin=stdin,
            stdout=output,
            stderr=output,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"},
            start_new_session=True,
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
        )

    def _log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")


def _unprivileged() -> pwd.struct_passwd | None:
    """The user to run as, None for the present one: PostgreSQL refuses to be root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PrerequisiteMissing(
        "PostgreSQL does not run as root, and there is no user `postgres` or `nobody` to run it as",
        hint="run as an ordinary user, or add one: useradd --system postgres",
    )


def _free_port() -> int:
    while True:
        port = random.choice(_PORTS)  # noqa: S311 - no secret
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
