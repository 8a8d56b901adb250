"""The inside of the sandbox: which parts of the machine a command sees, and where."""

import contextlib
import os
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

from softwright.core import InvalidInput
from softwright.workspaces.limits import Limits

WORK = "/softwright/work"
"""Where the work tree lies inside the sandbox, always the same so that outputs can be compared."""
HOME = "/tmp/home"  # noqa: S108 - inside the sandbox's own /tmp

SANDBOX_UID = 59_777
"""User id of sandboxed commands when Softwright itself runs as root; nobody's on a usual machine."""
_INNER_UID = 1000
"""User id that an ordinary user's sandboxed commands see themselves as."""

_ETC_FILES = (
    "ca-certificates.conf",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d/*",
    "localtime",
    "mime.types",
    "nsswitch.conf",
    "os-release",
    "protocols",
    "services",
    "ssl/cert.pem",
    "ssl/openssl.cnf",
    "timezone",
)
_ETC_FOLDERS = ("alternatives", "java-*", "pki/ca-trust", "pki/tls/certs", "ssl/certs")
_ETC_NET = ("gai.conf", "host.conf", "resolv.conf")


def sandbox_argv(
    argv: Sequence[str],
    *,
    tree: Path,
    etc: Path,
    view: str,
    limits: Limits,
    env: Mapping[str, str],
    binds: Iterable[Path] = (),
) -> list[str]:
    """The bubblewrap command line that runs `argv` with `tree` as its only writable folder.

    `etc` is the folder shown as `/etc`; `binds` are further paths shown read-only at
    the same place. Raises InvalidInput for a bind that would hide or open what must not be.
    """
    line = ["bwrap", "--unshare-ipc", "--unshare-pid", "--unshare-uts", "--unshare-cgroup-try"]
    line += ["--die-with-parent", "--new-session", "--clearenv", "--hostname", "sandbox"]
    line += ["--unshare-net"] * (not limits.net)
    if view == "root":
        # Mounts are made as root; the command then becomes a user whom limits and permissions bind.
        line += ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        line += ["--unshare-user", "--cap-drop", "ALL", "--uid", str(_INNER_UID), "--gid", str(_INNER_UID)]
    line += _system(etc)
    line += ["--proc", "/proc", *_read_only_proc()]
    line += ["--dev", "/dev", *_tmpfs("/dev/shm", 64), "--remount-ro", "/dev"]  # noqa: S108
    line += [*_tmpfs("/tmp", limits.tmp_mb), "--perms", "1777", "--dir", HOME]  # noqa: S108
    for path in _shown(binds):
        line += [*_parents(path), "--ro-bind", path, path]
    line += [*_parents(WORK), "--bind", str(tree), WORK, "--chdir", WORK, "--remount-ro", "/"]
    for name, value in environment(env).items():
        line += ["--setenv", name, value]
    return [*line, "--", *_as_user(view), *argv]


def _parents(path: str) -> list[str]:
    """Folders on the way, open to the sandbox's user: bubblewrap would close them to all but root."""
    line: list[str] = []
    for parent in list(Path(path).parents)[-2::-1]:
        line += ["--perms", "0755", "--dir", str(parent)]
    return line


def _as_user(view: str) -> list[str]:
    switch = ["setpriv", "--no-new-privs"]
    if view == "root":
        switch += [f"--reuid={SANDBOX_UID}", f"--regid={SANDBOX_UID}", "--clear-groups"]
    return [*switch, "--"]


@cache
def _read_only_proc() -> tuple[str, ...]:
    """Settings of the whole machine; bubblewrap covers some of them, and not for every user."""
    paths = [path for path in ("/proc/sys", "/proc/sysrq-trigger") if Path(path).exists()]
    return tuple(word for path in paths for word in ("--ro-bind", path, path))


def _tmpfs(at: str, size_mb: int) -> list[str]:
    return ["--perms", "1777", "--size", str(size_mb << 20), "--tmpfs", at]


def _system(etc: Path) -> list[str]:
    line = ["--ro-bind", "/usr", "/usr", "--ro-bind", str(etc), "/etc"]
    for folder in _etc_folders():
        line += ["--ro-bind", str(folder), str(folder)]
    for name in ("bin", "lib", "lib32", "lib64", "libx32", "sbin"):
        path = Path("/", name)
        if path.is_symlink():
            line += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            line += ["--ro-bind", str(path), str(path)]
    return line


@cache
def _etc_folders() -> tuple[Path, ...]:
    return tuple(path for name in _ETC_FOLDERS for path in sorted(Path("/etc").glob(name)) if path.is_dir())


def write_etc(folder: Path, *, net: bool = False) -> None:
    """Make the `/etc` of sandboxed commands: what loaders and TLS need, and accounts of root and itself.

    Files are copied, because each mount would cost time at every start; folders are only places to mount.
    """
    for path in (folder, *(folder / path.relative_to("/etc") for path in _etc_folders())):
        path.mkdir(parents=True, exist_ok=True)
    for name in (*_ETC_FILES, *(_ETC_NET if net else ())):
        for path in Path("/etc").glob(name):
            target = folder / path.relative_to("/etc")
            target.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(OSError):  # what we may not read, it may not see
                shutil.copyfile(path, target)
    uids = (SANDBOX_UID, _INNER_UID)
    people = "".join(f"softwright:x:{uid}:{uid}::{HOME}:/bin/sh\n" for uid in uids)
    groups = "".join(f"softwright:x:{uid}:\n" for uid in uids)
    nobody = "nobody:x:65534:65534::/:/bin/false\n"
    (folder / "passwd").write_text(f"root:x:0:0::/:/bin/sh\n{people}{nobody}")
    (folder / "group").write_text(f"root:x:0:\n{groups}nogroup:x:65534:\n")
    (folder / "hosts").write_text("127.0.0.1 localhost\n::1 localhost\n")
    for path in (folder, *folder.rglob("*")):  # whatever the umask
        path.chmod(0o755 if path.is_dir() else 0o644)


def toolchain() -> list[Path]:
    """The Python environment in use: its own folder and that of the interpreter it was made from."""
    named = {Path(prefix) for prefix in (sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix)}
    real = {path.resolve() for path in named}
    return sorted(path for path in named | real if not _private(path))


def outer_environment() -> dict[str, str]:
    """What bubblewrap itself gets: only where to find programs, as the caller does."""
    return {"PATH": os.environ.get("PATH", os.defpath)}


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of a command: nothing of the caller's own but what is given in `extra`."""
    folders = [*(f"{path}/bin" for path in (Path(sys.prefix), Path(sys.base_prefix))), "/usr/local/bin"]
    path = ":".join(dict.fromkeys([*folders, "/usr/bin", "/bin"]))
    plain = {
        "GIT_TERMINAL_PROMPT": "0",
        "HOME": HOME,
        "LANG": "C.UTF-8",
        "LOGNAME": "softwright",
        "PAGER": "cat",
        "PATH": path,
        "PYTHONHASHSEED": "0",
        "SHELL": "/bin/sh",
        "TERM": "dumb",
        "TMPDIR": "/tmp",  # noqa: S108
        "TZ": "UTC",
        "USER": "softwright",
    }
    return plain | dict(extra)


def _shown(binds: Iterable[Path]) -> list[str]:
    """Paths to show read-only, outermost first, those inside of another left out."""
    asked = [Path(path).absolute() for path in binds]
    for path in asked:
        if _private(path):
            raise InvalidInput(
                f"`{path}` cannot be shown inside the sandbox: it is a folder of the system, a home folder, "
                f"or in the way of {WORK}",
                hint="name the one folder that the command needs",
            )
    shown = [Path("/usr")]
    for path in sorted({*toolchain(), *asked}):
        if path.exists() and not any(path.is_relative_to(outer) for outer in shown):
            shown.append(path)
    return [str(path) for path in shown[1:]]


_CLOSED = ("/boot", "/dev", "/etc", "/proc", "/run", "/sys", "/tmp", "/var")  # noqa: S108
"""Folders that are never shown as a whole."""


def _private(path: Path) -> bool:
    """True for what would open the machine or a person's home, or hide the work tree."""
    above = [Path(WORK), Path.home(), Path("/home/anyone"), Path("/root")]
    in_the_way = path.is_relative_to("/softwright") or any(place.is_relative_to(path) for place in above)
    return in_the_way or path.as_posix() in _CLOSED or path.parts[1:2] in (("proc",), ("sys",), ("dev",))
