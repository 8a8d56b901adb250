"""Mirrors when the remote is silent, the process is ended, or the disk is full."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.hosts.told import Make, Named, check, leftovers  # type: ignore[import-not-found]

from softwright.core import OutsideFault, Repo
from softwright.hosts import (
    Mirrors,
    SyncResult,
    SyncState,
)


@pytest.fixture
def silent_server() -> Iterator[int]:
    """A port that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_silent_remote_times_out(tmp_path: Path, silent_server: int) -> None:
    """A remote that never answers is given up after the time allowed."""
    mirrors = Mirrors(tmp_path / "m", timeout_s=0.5)
    check(mirrors.sync(Repo("x", f"git://127.0.0.1:{silent_server}/x")), SyncState.TIMEOUT, "0.5 s")


def test_one_bad_repository_never_stops_the_others(
    tmp_path: Path, make: Make, named: Named, silent_server: int
) -> None:
    """Good repositories are synced whatever the others do; results come in the order asked for."""
    mirrors = Mirrors(tmp_path / "m", parallel=2, timeout_s=3)
    origin = make()
    repos = [
        Repo("hangs", f"git://127.0.0.1:{silent_server}/x"),
        Repo("gone", "/nowhere"),
        Repo("bad name/..", "/nowhere"),
        named(origin, "good/1"),
        named(origin, "good/2"),
    ]
    seen: list[str] = []
    results = mirrors.sync_all(repos, lambda result: seen.append(result.repo.name))
    assert [r.repo.name for r in results] == [r.name for r in repos]
    assert sorted(seen) == sorted(r.name for r in repos)
    assert [r.state.value for r in results] == ["timeout", "unreachable", "broken", "ok", "ok"]


def test_interruption_ends_the_git_processes(
    tmp_path: Path, make: Make, named: Named, silent_server: int
) -> None:
    """Ctrl-C during a sync returns soon, and an interrupted repository is not called broken."""
    mirrors = Mirrors(tmp_path / "m", parallel=2, timeout_s=100)
    repos = [Repo("hangs", f"git://127.0.0.1:{silent_server}/x"), named(make())]

    def interrupt(result: SyncResult) -> None:
        raise KeyboardInterrupt

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        mirrors.sync_all(repos, interrupt)
    assert time.monotonic() - began < 60
    assert mirrors.last_sync("hangs") is None
    check(mirrors.sync_all(repos[1:])[0], SyncState.UNCHANGED)


def test_remains_of_a_killed_clone_are_cleared(mirrors: Mirrors, make: Make, named: Named) -> None:
    """What a killed process left of a clone or fetch is in nobody's way."""
    origin = make()
    remains = mirrors.root / ".incoming" / "team%2Forigin"
    (remains / "objects").mkdir(parents=True)
    check(mirrors.sync(named(origin)), SyncState.OK)
    assert leftovers(mirrors) == []
    folder = mirrors.path("team/origin")
    (folder / "refs/softwright/base.lock").touch()
    (folder / "shallow.lock").touch()
    old = folder / "objects/pack/tmp_pack_x"
    old.touch()
    os.utime(old, (0, 0))
    origin.commit({"b.py": ""})
    check(mirrors.sync(named(origin)), SyncState.OK)
    assert not old.exists()


def test_sync_cut_short_before_its_record(mirrors: Mirrors, make: Make, named: Named) -> None:
    """A mirror whose ref moved but whose record did not is not trusted until the next sync."""
    origin = make()
    mirrors.sync(named(origin))
    record = mirrors.path("team/origin") / "softwright.json"
    old = record.read_bytes()
    origin.commit({"b.py": ""})
    mirrors.sync(named(origin))
    record.write_bytes(old)
    with pytest.raises(OutsideFault, match="cut short"):
        mirrors.snapshot(named(origin))
    check(mirrors.sync(named(origin)), SyncState.OK)
    record.write_bytes(b"{half")
    check(mirrors.sync(named(origin)), SyncState.OK)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(disk)], capture_output=True)
    if done.returncode:
        pytest.skip("no right to mount a small file system")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_full_disk(small_disk: Path, make: Make, named: Named) -> None:
    """A clone that does not fit is `disk-full`, leaves nothing, and the small repository beside it works."""
    mirrors = Mirrors(small_disk / "m", parallel=1)
    small, large = make("small"), make("large", {"blob": os.urandom(3_000_000)})
    results = mirrors.sync_all([named(small, "small"), named(large, "large"), named(small, "small2")])
    check(results[0], SyncState.OK)
    check(results[1], SyncState.DISK_FULL, "free some space")
    check(results[2], SyncState.OK)
    assert not mirrors.path("large").exists()
    assert leftovers(mirrors) == []


def test_full_disk_while_fetching_keeps_the_mirror(small_disk: Path, make: Make, named: Named) -> None:
    """A fetch that does not fit leaves the mirror at its last commit and frees what it took."""
    mirrors = Mirrors(small_disk / "m")
    origin = make()
    mirrors.sync(named(origin))
    before = mirrors.snapshot(named(origin))
    origin.commit({"blob": os.urandom(3_000_000)})
    check(mirrors.sync(named(origin)), SyncState.DISK_FULL)
    assert mirrors.snapshot(named(origin)) == before
    origin.git("reset", "-q", "--hard", "HEAD~1")
    origin.commit({"b.py": ""})
    check(mirrors.sync(named(origin)), SyncState.OK)
