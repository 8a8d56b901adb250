"""What works on this machine, found by doing it, and what would make it better."""

import locale
import os
import shlex
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from softwright.core import OutsideFault
from softwright.workspaces import trial
from softwright.workspaces.isolation import Files, Isolation
from softwright.workspaces.launcher import Order
from softwright.workspaces.sandbox import environment, toolchain

_INSTALL = "apt-get install"
_SPACE_GB = 2.0


@dataclass(frozen=True, slots=True)
class Probe:
    """One thing that was tried: did it work, what was found, what falls back, and the command that helps.

    `required` things must work for Softwright to do its main job; the others make it quicker or stricter.
    """

    name: str
    ok: bool
    found: str
    required: bool = False
    fallback: str = ""
    improve: str = ""


def probe(scratch: Path) -> list[Probe]:
    """Everything tried once, on the disk of `scratch`; takes about a second."""
    root = trial.full_root()
    disk = _disk(scratch)
    if not disk[0].ok:
        scratch = Path(tempfile.gettempdir())
    return [
        _program("git", "git", required=True, arguments=["--version"]),
        *disk,
        _text(),
        *_sandbox(root),
        _files(scratch, root),
        _namespaces("user namespaces", "user", needed=not root),
        _cgroups(root),
        _landlock(),
        _tool("ty", "ty", required=True),
        _tool("ruff", "ruff", required=True),
        _module("ast-grep", "ast_grep_py"),
        _module("duckdb", "duckdb"),
        _program("ripgrep", "rg", package="ripgrep", fallback="files are searched by Softwright itself"),
    ]


def _program(
    name: str,
    program: str,
    *,
    package: str = "",
    required: bool = False,
    fallback: str = "",
    arguments: list[str] | None = None,
) -> Probe:
    said, works = _says([program, *(arguments or ["--version"])])
    cure = "" if works else f"{_INSTALL} {package or program}"
    return Probe(name, works, said, required, "" if works else fallback, cure)


def _tool(name: str, program: str, *, required: bool) -> Probe:
    said, works = _says([program, "--version"])
    cure = "" if works else f"{sys.executable} -m pip install {program}"
    return Probe(name, works, said, required, "", cure)


def _says(argv: list[str]) -> tuple[str, bool]:
    try:
        ending = trial.run_once(Order(argv, environment({"PATH": _path()})))
    except OutsideFault:
        return "not found", False
    lines = (ending.stdout or ending.stderr).decode(errors="replace").splitlines()
    return (lines[0] if lines else f"exit code {ending.exit_code}"), ending.exit_code == 0


def _path() -> str:
    return ":".join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])


def _module(name: str, module: str) -> Probe:
    """A Python package of ours: imported in another process, because a broken one may crash."""
    package = module.replace("_", "-")
    line = f"import {module}, importlib.metadata as m; print(m.version({package!r}))"
    said, works = _says([sys.executable, "-c", line])
    cure = "" if works else f"{sys.executable} -m pip install --force-reinstall {package}"
    return Probe(name, works, said if works else f"`import {module}` fails", True, improve=cure)


def _disk(scratch: Path) -> list[Probe]:
    set_home = "set SOFTWRIGHT_HOME to a folder on another disk"
    try:
        with trial.scratch_folder(scratch) as folder:
            (folder / "probe").write_bytes(b"x" * 4096)
        free = shutil.disk_usage(scratch).free / 1e9
    except OSError as error:
        return [
            Probe("home", False, f"{scratch} cannot be written: {error.strerror}", True, improve=set_home)
        ]
    roomy = free >= _SPACE_GB
    fallback, cure = ("", "") if roomy else ("large fleets will not fit", set_home)
    return [
        Probe("home", True, f"{scratch} can be written", True),
        Probe("disk space", roomy, f"{free:.1f} GB free", False, fallback, cure),
    ]


def _text() -> Probe:
    encoding = locale.getencoding()
    ok = encoding.lower().replace("-", "") == "utf8"
    fallback = "" if ok else "names that are not ASCII may be shown wrongly"
    return Probe("locale", ok, encoding, False, fallback, "" if ok else "export LANG=C.UTF-8")


def _sandbox(root: bool) -> list[Probe]:
    view = "root" if root else "user"
    probe = _bubblewrap(view)
    if not probe.ok:
        return [probe]
    reason = trial.python_fails(view)
    prefixes = " ".join(shlex.quote(str(path)) for path in toolchain())
    cure = f"chmod -R go+rX {prefixes}" if reason else ""
    fallback = "checks in Python fail inside the sandbox" if reason else ""
    return [probe, Probe("sandboxed Python", not reason, reason or sys.executable, True, fallback, cure)]


def _bubblewrap(view: str) -> Probe:
    reason = trial.bubblewrap_fails(view)
    version, _ = _says(["bwrap", "--version"])
    if not reason:
        return Probe("sandbox", True, version, True)
    if version == "not found":
        return Probe("sandbox", False, "bubblewrap not found", True, _REFUSED, f"{_INSTALL} bubblewrap")
    cure = _allow_user_namespaces() or "run as root, or in a container that allows user namespaces"
    if reason == trial.CLOSED_ROOT:
        cure = "run softwright as an ordinary user, or start the container privileged"
    return Probe("sandbox", False, f"{version}: {reason}", True, _REFUSED, cure)


_REFUSED = "checks that run a repository's code are refused without --allow-unsandboxed"


def _files(scratch: Path, root: bool) -> Probe:
    chosen = Isolation.choose(True, scratch=scratch)
    if chosen.files is Files.OVERLAY:
        return Probe("overlay forks", True, f"mounted as {'root' if root else 'an ordinary user'}")
    with trial.scratch_folder(scratch) as folder:
        reason = trial.namespaces_fail(chosen.view) or trial.overlay_fails(folder, "root" if root else "user")
    how = "copies that share blocks" if chosen.files is Files.REFLINK else "plain copies"
    cure = _allow_user_namespaces() or "set SOFTWRIGHT_HOME to a folder on ext4, xfs, btrfs or tmpfs"
    return Probe("overlay forks", False, reason, False, f"forks are {how}: slower for large trees", cure)


def _namespaces(name: str, view: str, *, needed: bool) -> Probe:
    reason = trial.namespaces_fail(view)
    fallback = "" if not reason else ("no sandbox" if needed else "not needed as root")
    return Probe(
        name, not reason, reason or "work", False, fallback, _allow_user_namespaces() if reason else ""
    )


def _allow_user_namespaces() -> str:
    for knob, wanted in (
        ("kernel/apparmor_restrict_unprivileged_userns", "0"),
        ("kernel/unprivileged_userns_clone", "1"),
    ):
        try:
            if Path("/proc/sys", knob).read_text().strip() != wanted:
                return f"sysctl -w {knob.replace('/', '.')}={wanted}"
        except OSError:
            continue
    return ""


def _cgroups(root: bool) -> Probe:
    reason = trial.cgroups_fail()
    if not reason:
        return Probe("control groups", True, "bound memory and processes")
    cure = "run as root" if not root else "run where /sys/fs/cgroup can be written"
    return Probe(
        "control groups",
        False,
        reason,
        False,
        "memory and processes are bounded by watching and by rlimits",
        cure,
    )


def _landlock() -> Probe:
    version = trial.landlock_abi()
    ok = version > 0
    return Probe(
        "Landlock",
        ok,
        f"ABI {version}" if ok else "not in this kernel",
        fallback="not used while bubblewrap is",
    )
