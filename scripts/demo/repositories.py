"""Real git repositories from source distributions: the same archive gives the same commit everywhere."""

import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from download import Package

RECIPE = "1"  # part of a repository's mark: raise it when the way they are made changes
WHEN = "2024-01-02T03:04:05+00:00"
_ENV = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    **{f"GIT_{who}_{part}": value for who in ("AUTHOR", "COMMITTER") for part, value in (
        ("NAME", "Demo Fleet"), ("EMAIL", "demo@localhost.invalid"), ("DATE", WHEN))},
}  # fmt: skip


def make_repository(package: Package, archive: Path, *, checkouts: Path, remotes: Path) -> bool:
    """True when the checkout and its bare remote were made now, False when they stood already.

    Both appear by rename, the remote last, so an interrupted run leaves nothing half-made.
    """
    remote, checkout = remotes / f"{package.name}.git", checkouts / package.name
    mark = f"{RECIPE} {package.sha256}\n"
    mark_file = remote / "demo-mark"
    if mark_file.is_file() and mark_file.read_text() == mark and (checkout / ".git").is_dir():
        return False
    for folder in (checkouts, remotes):
        folder.mkdir(parents=True, exist_ok=True)
    for stale in (remote, checkout):
        shutil.rmtree(stale, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=remotes.parent) as name:
        tree = _unpack(archive, Path(name))
        _git(tree, "init", "-q", "-b", "main")
        _git(tree, "add", "--all", "--force")
        _git(tree, "commit", "-q", "--no-verify", "-m", f"{package.name} {package.version}")
        _git(tree, "remote", "add", "origin", str(remote))
        bare = Path(name) / "bare"
        _git(tree, "clone", "-q", "--bare", "--no-local", ".", str(bare))
        _git(bare, "remote", "remove", "origin")
        (bare / "demo-mark").write_text(mark)
        tree.rename(checkout)
        bare.rename(remote)
    return True


def _unpack(archive: Path, into: Path) -> Path:
    """The one top folder of the archive, unpacked without links or paths that lead outside."""
    with tarfile.open(archive) as tar:
        tar.extractall(into, filter="data")
    folders = [path for path in into.iterdir() if path.is_dir()]
    if len(folders) != 1:
        raise ValueError(f"{archive.name}: expected one folder at its top, found {len(folders)}")
    for path in folders[0].rglob("*"):  # modes differ with the umask; git keeps only the executable bit
        if path.is_file() and not path.is_symlink():
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
    return folders[0]


def _git(folder: Path, *args: str) -> None:
    subprocess.run(
        ["git", "-c", "core.autocrlf=false", "-c", "gc.auto=0", *args],
        cwd=folder,
        env={**os.environ, **_ENV},
        check=True,
        capture_output=True,
    )
