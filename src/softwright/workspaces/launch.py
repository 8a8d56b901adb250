"""The launch server: a small process that starts commands in their own view of the files.

Run as a script with the number of a socket, never imported. It needs nothing but the standard library.
A process of its own, because changing namespaces between fork and exec is not safe in a program with
threads, and because a small process forks in well under a millisecond. Each message carries file
descriptors: the order of work (JSON), the pipe for news, and stdin, stdout, stderr of the command.
Each command gets a supervisor, the parent of whatever the command leaves behind. News are two lines:
`pid` of the supervisor, and `exit` (or `stopped`, when it was asked to end it), the exit code and the
CPU seconds, once nothing of it is left; or `failed` and why, when it could not be started. When the
socket closes, everything is killed.
"""

import array
import contextlib
import ctypes
import json
import os
import resource
import select
import signal
import socket
import sys
from typing import Any

_libc = ctypes.CDLL(None, use_errno=True)

CLONE_NEWNS, CLONE_NEWUSER = 0x20000, 0x10000000
MS_REC, MS_PRIVATE = 0x4000, 0x40000
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


def _must(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def _write(path: str, text: str) -> None:
    handle = os.open(path, os.O_WRONLY)
    try:
        os.write(handle, text.encode())
    finally:
        os.close(handle)


def enter_namespaces(order: dict[str, Any]) -> None:
    """Leave the host's mount table (and, without root, its user namespace) for a private one."""
    flags = CLONE_NEWNS
    uid, gid = os.getuid(), os.getgid()
    if order["view"] == "user":
        flags |= CLONE_NEWUSER
    _must(_libc.unshare(flags), "unshare")
    if order["view"] == "user":
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{uid} {uid} 1")
        _write("/proc/self/gid_map", f"{gid} {gid} 1")
    _must(_libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None), "private mounts")


def mount_overlay(overlay: dict[str, str]) -> None:
    """Lay the fork's own layer over the frozen base; gone with the last process of the namespace."""
    _must(
        _libc.mount(b"overlay", os.fsencode(overlay["at"]), b"overlay", 0, os.fsencode(overlay["options"])),
        "mount overlay",
    )


def set_limits(limits: dict[str, int]) -> None:
    """Resource limits of the command, never above what is allowed already."""
    for name, value in limits.items():
        kind = getattr(resource, f"RLIMIT_{name}")
        _soft, hard = resource.getrlimit(kind)
        top = value if hard == resource.RLIM_INFINITY else min(value, hard)
        # One second between soft and hard gives SIGXCPU, which can be told from other kills.
        soft = top if name != "CPU" else max(1, top - 1)
        resource.setrlimit(kind, (soft, top))


def become(order: dict[str, Any], standard: list[int]) -> None:
    """Turn this freshly forked process into the command. Does not return unless something failed."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    for target, source in enumerate(standard):
        os.dup2(source, target)
    for group in order["cgroups"]:
        _write(group, "0")
    if order["view"] != "host":
        enter_namespaces(order)
    if order["overlay"]:
        mount_overlay(order["overlay"])
    set_limits(order["rlimits"])
    os.chdir(order["cwd"])
    os.execvpe(order["argv"][0], order["argv"], order["env"])  # noqa: S606 - starting it is the task


class _Stop(Exception):
    """Asked to end the command."""


def _stop(number: int, frame: object) -> None:
    raise _Stop


def stand_by(main: int, news: int) -> None:
    """Wait for the command, end whatever it left behind, and only then tell how it ended.

    Everything that loses its parent becomes a child of this process, so nothing can stay unseen, and
    the CPU time told is that of the whole family.
    """
    code, ending, told = 137, False, "exit"
    while True:
        try:
            pid, status = os.wait()
        except ChildProcessError:
            break
        except _Stop:
            pid, ending, told = 0, True, "stopped"
        if pid == main:
            code, ending = os.waitstatus_to_exitcode(status), True
        if ending:  # children of what is killed become ours with its death, and are next
            _kill_children()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    line = f"{told} {code if code >= 0 else 128 - code} {used.ru_utime + used.ru_stime:.6f}\n"
    os.write(news, line.encode())


def _kill_children() -> None:
    own = os.getpid()
    with open(f"/proc/{own}/task/{own}/children") as listing:  # noqa: PTH123 - no need for pathlib here
        for pid in listing.read().split():
            os.kill(int(pid), signal.SIGKILL)


def supervise(order: dict[str, Any], standard: list[int], news: int, server: int) -> None:
    """Start one command and stay until it and all it started are gone. Runs in a process of its own.

    SIGTERM ends the command; it comes from the watcher at a limit, or from the kernel when the server dies.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    signal.signal(signal.SIGTERM, _stop)
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != server:
        return
    os.setsid()
    _must(_libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "become the reaper")
    os.write(news, f"pid {os.getpid()}\n".encode())
    main = os.fork()
    if main == 0:
        try:
            for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGPIPE, signal.SIGTERM, signal.SIGXFSZ):
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_SETMASK, ())
            become(order, standard)
        except BaseException as error:
            os.write(news, f"failed {error}\n".encode())
        finally:
            os._exit(127)
    for handle in standard:
        os.close(handle)
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    except _Stop:
        _kill_children()
    stand_by(main, news)


def take(door: socket.socket) -> bool:
    """Start what one message asks for; False when there will be no more."""
    room = socket.CMSG_SPACE(5 * array.array("i").itemsize)
    data, parts, _, _ = door.recvmsg(64, room, socket.MSG_CMSG_CLOEXEC)
    if not data:
        return False
    files = array.array("i")
    for _level, _kind, raw in parts:
        files.frombytes(raw[: len(raw) - len(raw) % files.itemsize])
    order_file, news, *standard = files
    order = json.loads(os.pread(order_file, os.fstat(order_file).st_size, 0))
    server = os.getpid()
    if os.fork() == 0:
        try:
            door.close()
            supervise(order, standard, news, server)
        finally:
            os._exit(0)
    for handle in files:
        os.close(handle)
    return True


def serve(door: socket.socket) -> None:
    """Work until the other side is gone; every supervisor dies with this process."""
    wake_out, wake_in = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wake_in, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    serving = True
    while serving:
        ready = select.select([door.fileno(), wake_out], [], [])[0]
        if wake_out in ready:
            os.read(wake_out, 4096)
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
        if door.fileno() in ready:
            serving = take(door)


if __name__ == "__main__":
    os.set_inheritable(int(sys.argv[1]), False)
    serve(socket.socket(fileno=int(sys.argv[1])))
