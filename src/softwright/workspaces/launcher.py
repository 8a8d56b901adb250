"""The near side of the launch server: hand it a command, get its process id and its end."""

import array
import atexit
import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from softwright.core import OutsideFault, PrerequisiteMissing

_SERVER = Path(__file__).with_name("launch.py")


@dataclass(frozen=True, slots=True)
class Order:
    """One command to start.

    `view` is where it sees files: "host", a private mount table made by "root", or one made in a
    "user" namespace. `overlay` mounts (`at`, `options`) in that view. `cgroups` are files that take
    the process id; `rlimits` maps names such as "CPU" to numbers.
    """

    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: str = "/"
    view: str = "host"
    overlay: Mapping[str, str] | None = None
    cgroups: Sequence[str] = ()
    rlimits: Mapping[str, int] = field(default_factory=dict)

    def to_json(self) -> bytes:
        """The order as the server reads it."""
        names = ("argv", "env", "cwd", "view", "overlay", "cgroups", "rlimits")
        return json.dumps({name: getattr(self, name) for name in names}).encode()


@dataclass(slots=True)
class Started:
    """A command under way: pipes to read, and `news`, the pipe that tells its process id and its end."""

    stdout: BinaryIO
    stderr: BinaryIO
    news: BinaryIO

    def close(self) -> None:
        """Let go of the pipes."""
        for pipe in (self.stdout, self.stderr, self.news):
            pipe.close()


class Launcher:
    """Owns one launch server. Safe to use from several threads."""

    def __init__(self) -> None:
        """Raises PrerequisiteMissing when this Python cannot be started a second time."""
        self._owner = os.getpid()
        self._lock = threading.Lock()
        near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._door = near
        with far:
            try:
                self._server = subprocess.Popen(
                    [sys.executable, "-I", "-S", str(_SERVER), str(far.fileno())],
                    pass_fds=(far.fileno(),),
                    stdin=subprocess.DEVNULL,
                    start_new_session=True,
                    cwd="/",
                )
            except OSError as error:
                near.close()
                raise PrerequisiteMissing(
                    f"cannot start {sys.executable}: {error.strerror}",
                    hint="commands are started by this Python: let this user run it",
                ) from error

    @property
    def usable(self) -> bool:
        """True while the server lives and belongs to this process."""
        return self._owner == os.getpid() and self._server.poll() is None

    def start(self, order: Order, *, stdin: bytes = b"") -> Started:
        """Start a command; what it reads from standard input is given whole.

        Raises OutsideFault when the server is gone.
        """
        pipes = [os.pipe2(os.O_CLOEXEC) for _ in range(3)]
        orders, given = _in_memory(order.to_json()), _in_memory(stdin)
        (out_r, out_w), (err_r, err_w), (news_r, news_w) = pipes
        sent = array.array("i", [orders, news_w, given, out_w, err_w])
        started = Started(os.fdopen(out_r, "rb", 0), os.fdopen(err_r, "rb", 0), os.fdopen(news_r, "rb", 0))
        try:
            with self._lock:
                self._door.sendmsg([b"start"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, sent)])
        except OSError as error:
            started.close()
            raise OutsideFault(f"the launch server is gone: {error}", hint="run the command again") from error
        finally:
            for handle in sent:
                os.close(handle)
        return started

    def close(self) -> None:
        """End the server and everything it started."""
        self._door.close()
        if self._owner == os.getpid():
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._server.wait(10)


def _in_memory(data: bytes) -> int:
    handle = os.memfd_create("softwright", os.MFD_CLOEXEC)
    written = 0
    while written < len(data):
        written += os.write(handle, data[written:])
    os.lseek(handle, 0, os.SEEK_SET)
    return handle


_current: list[Launcher] = []
_making = threading.Lock()


def launcher() -> Launcher:
    """The launch server of this process, started on first use and again if it died."""
    with _making:
        if not (_current and _current[0].usable):
            end_launcher()
            _current.append(Launcher())
        return _current[0]


@atexit.register
def end_launcher() -> None:
    """End the launch server of this process, if there is one, and everything it started."""
    while _current:
        _current.pop().close()
