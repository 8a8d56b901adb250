"""A process without threads that forks others, for a process that has threads and must not fork itself."""

import contextlib
import ctypes
import gc
import os
import signal
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG
_NUMBER = 8
_HIRE, _BURY = b"h", b"b"


@dataclass(frozen=True, slots=True)
class Hired:
    """A forked process: what is sent down `tasks` it reads, what it writes comes out of `replies`."""

    pid: int
    tasks: "Connection[Any, Any]"
    replies: "Connection[Any, Any]"


class ForemanLost(Exception):
    """The foreman has ended, and with it every process it forked."""


class Foreman:
    """Forks processes that run `serve(tasks, replies)`; everything in memory at its making is theirs too.

    Must be made before this process starts threads. All its processes end when this one does, in any way.
    Asked to go by SIGTERM it stays, as whoever stops a service asks all processes at once: its owner decides.
    """

    def __init__(self, serve: "Callable[[Connection[Any, Any], Connection[Any, Any]], None]") -> None:
        self._here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        # What is here now lives as long as the processes: their collectors need not look at it.
        gc.freeze()
        self.pid = os.fork()
        if not self.pid:
            code = 1
            try:
                self._here.close()
                _end_with_parent(signal.SIGKILL)
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                _work(there, serve)
                code = 0
            finally:
                os._exit(code)
        gc.unfreeze()
        there.close()

    def hire(self) -> Hired:
        """A new process. Raises ForemanLost."""
        with _lost():
            self._here.sendall(_HIRE)
            message, fds, _, _ = socket.recv_fds(self._here, _NUMBER, 2)
            if len(fds) != 2:
                raise EOFError
        return Hired(
            int.from_bytes(message, "big"),
            Connection(fds[0], readable=False),
            Connection(fds[1], writable=False),
        )

    def bury(self, pid: int) -> int:
        """Wait for the end of a hired process; gives its exit code, minus the signal if one ended it.

        Raises ForemanLost.
        """
        with _lost():
            self._here.sendall(_BURY + pid.to_bytes(_NUMBER, "big"))
            return os.waitstatus_to_exitcode(int.from_bytes(_exactly(self._here, _NUMBER), "big"))

    def dismiss(self) -> None:
        """End the foreman; who is still hired ends with it."""
        self._here.close()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


@contextlib.contextmanager
def _lost() -> Iterator[None]:
    try:
        yield
    except (EOFError, OSError) as error:
        raise ForemanLost from error


def _exactly(channel: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        part = channel.recv(count - len(found))
        if not part:
            raise EOFError("the foreman has ended")
        found += part
    return found


def _end_with_parent(number: signal.Signals) -> None:
    """Have this process get a signal when the one that forked it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = os.getppid()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_DEATH_SIGNAL, number)
    if os.getppid() != parent:
        os._exit(1)


def _work(
    channel: socket.socket, serve: "Callable[[Connection[Any, Any], Connection[Any, Any]], None]"
) -> None:
    """The life of the foreman: orders in, processes out, until nobody orders."""
    while order := channel.recv(1):
        if order == _HIRE:
            tasks_out, tasks_in = os.pipe()
            replies_out, replies_in = os.pipe()
            pid = os.fork()
            if not pid:
                channel.close()
                os.close(tasks_in)
                os.close(replies_out)
                _live(tasks_out, replies_in, serve)
            socket.send_fds(channel, [pid.to_bytes(_NUMBER, "big")], [tasks_in, replies_out])
            for fd in (tasks_out, tasks_in, replies_out, replies_in):
                os.close(fd)
        else:
            _, status = os.waitpid(int.from_bytes(_exactly(channel, _NUMBER), "big"), 0)
            channel.sendall(status.to_bytes(_NUMBER, "big"))


def _live(
    tasks: int, replies: int, serve: "Callable[[Connection[Any, Any], Connection[Any, Any]], None]"
) -> None:
    """The life of a hired process. SIGTERM lets it clean up behind itself."""
    code = 1
    try:
        signal.signal(signal.SIGTERM, _leave)
        _end_with_parent(signal.SIGTERM)
        serve(Connection(tasks, writable=False), Connection(replies, readable=False))
        code = 0
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 1
    finally:
        os._exit(code)


def _leave(number: int, frame: object) -> None:
    signal.signal(number, signal.SIG_IGN)  # asked twice, as by two parents that end, it still cleans up
    raise SystemExit(128 + number)
