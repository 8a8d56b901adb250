"""Mirrors: every way a repository can be odd or broken, on real repositories."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from softwright.core import InvalidInput, OutsideFault, Patch, PrerequisiteMissing, Repo, Write
from softwright.hosts import (
    CommitSpec,
    Identity,
    Mirrors,
    ObjectReader,
    SyncResult,
    SyncState,
    entries,
    write_commit,
)
from softwright.testing import FakeClock, GitRepo

Make = Callable[..., GitRepo]
Named = Callable[..., Repo]


def check(result: SyncResult, state: SyncState, *words: str) -> None:
    """The state is as expected, and the reason or notes say all the words."""
    told = " ".join((result.reason, *result.notes))
    assert result.state is state, told
    for word in words:
        assert word in told
    assert (result.snapshot is not None) == state.usable


def leftovers(mirrors: Mirrors) -> list[str]:
    """Everything below the root that is neither a mirror nor bookkeeping."""
    incoming = mirrors.root / ".incoming"
    return [place.name for place in incoming.iterdir()] if incoming.exists() else []


def test_first_sync_clones_and_second_finds_nothing_new(mirrors: Mirrors, make: Make, named: Named) -> None:
    """A clone gives a snapshot of the default branch; syncing again does nothing and says so."""
    origin = make(branch="trunk")
    first, second = mirrors.sync(named(origin)), mirrors.sync(named(origin))
    check(first, SyncState.OK)
    check(second, SyncState.UNCHANGED)
    assert first.bytes > 0 == second.bytes
    assert first.snapshot == second.snapshot == mirrors.snapshot(named(origin))
    assert (first.snapshot.commit, first.snapshot.branch) == (origin.head, "trunk")
    assert first.snapshot.tree == origin.git("rev-parse", "HEAD^{tree}")


def test_new_commits_and_rewritten_history_are_followed(mirrors: Mirrors, make: Make, named: Named) -> None:
    """The mirror goes where the remote's branch goes, also when its history was rewritten."""
    origin = make()
    mirrors.sync(named(origin))
    origin.commit({"b.py": "b"})
    check(mirrors.sync(named(origin)), SyncState.OK)
    assert mirrors.snapshot(named(origin)).commit == origin.head
    origin.git("commit", "--amend", "-q", "-m", "rewritten")
    check(mirrors.sync(named(origin)), SyncState.OK)
    assert mirrors.snapshot(named(origin)).commit == origin.head


def test_empty_remote(mirrors: Mirrors, make: Make, named: Named) -> None:
    """A repository without commits is empty, which is no failure; it works once it has some."""
    origin = make(files={})
    origin.git("update-ref", "-d", "HEAD")
    result = mirrors.sync(named(origin))
    check(result, SyncState.EMPTY, "no commits")
    assert not result.state.failed
    with pytest.raises(OutsideFault, match="no commits yet"):
        mirrors.snapshot(named(origin))
    origin.commit({"a.py": ""})
    check(mirrors.sync(named(origin)), SyncState.OK)


@pytest.mark.parametrize(
    "url", ["/nowhere/at/all", "file:///nowhere/at/all", "https://127.0.0.1:1/x.git", "git://127.0.0.1:1/x"]
)
def test_unreachable_remote(mirrors: Mirrors, url: str) -> None:
    """An address where nothing is gives `unreachable`, and leaves nothing behind."""
    check(mirrors.sync(Repo("x", url)), SyncState.UNREACHABLE)
    assert not mirrors.path("x").exists()
    assert leftovers(mirrors) == []


def test_vanished_remote_keeps_the_mirror(mirrors: Mirrors, make: Make) -> None:
    """When a remote goes away, what was synced stays usable."""
    origin = make()
    repo = Repo("x", origin.url)
    mirrors.sync(repo)
    shutil.rmtree(origin.path)
    check(mirrors.sync(repo), SyncState.UNREACHABLE)
    assert [e.path for e in entries(mirrors.path("x"), mirrors.snapshot(repo).commit)] == ["a.py"]


def corrupt(origin: GitRepo, name: str) -> None:
    """Overwrite one loose object with rubbish."""
    sha = origin.git("rev-parse", name)
    place = origin.path / ".git" / "objects" / sha[:2] / sha[2:]
    place.chmod(0o644)
    place.write_bytes(b"rubbish")


@pytest.mark.parametrize("name", ["HEAD:a.py", "HEAD^{tree}", "HEAD"])
def test_corrupt_remote(mirrors: Mirrors, make: Make, named: Named, name: str) -> None:
    """A remote with a damaged blob, tree or commit is `broken`, with git's reason; nothing is left behind."""
    origin = make()
    corrupt(origin, name)
    result = mirrors.sync(named(origin))
    check(result, SyncState.BROKEN)
    assert result.reason
    assert not mirrors.path("team/origin").exists()
    assert leftovers(mirrors) == []


def test_corrupt_remote_keeps_the_old_mirror(mirrors: Mirrors, make: Make, named: Named) -> None:
    """When a remote breaks later, the mirror stays at its last good commit."""
    origin = make()
    mirrors.sync(named(origin))
    before = mirrors.snapshot(named(origin))
    origin.commit({"b.py": "b"})
    corrupt(origin, "HEAD:b.py")
    check(mirrors.sync(named(origin)), SyncState.BROKEN)
    assert mirrors.snapshot(named(origin)) == before
    assert not (mirrors.root / ".damaged").exists()


def test_lost_pack_of_the_mirror_is_fetched_again(mirrors: Mirrors, make: Make, named: Named) -> None:
    """A mirror that lost a pack is whole again after the next sync, though the remote has not moved."""
    origin = make()
    mirrors.sync(named(origin))
    for pack in (mirrors.path("team/origin") / "objects" / "pack").iterdir():
        pack.unlink()
    check(mirrors.sync(named(origin)), SyncState.OK)
    assert [e.path for e in entries(mirrors.path("team/origin"), origin.head)] == ["a.py"]


def test_rotten_pack_is_found_by_verify(mirrors: Mirrors, make: Make, named: Named) -> None:
    """Damage that keeps the size is found by `verify`: the mirror is made anew, the old one kept aside."""
    origin = make(files={"a.py": os.urandom(5000)})
    mirrors.sync(named(origin))
    pack = next((mirrors.path("team/origin") / "objects" / "pack").glob("*.pack"))
    pack.chmod(0o644)
    content = bytearray(pack.read_bytes())
    content[2000:2100] = bytes(100)
    pack.write_bytes(content)
    check(mirrors.sync(named(origin)), SyncState.UNCHANGED)
    check(mirrors.sync(named(origin), verify=True), SyncState.OK, "made anew", "kept at")
    with ObjectReader(mirrors.path("team/origin")) as reader:
        assert len(reader.blob(f"{origin.head}:a.py")) == 5000
    assert len(list((mirrors.root / ".damaged").iterdir())) == 1
    check(mirrors.sync(named(origin), verify=True), SyncState.UNCHANGED)


def test_prepared_branches_survive_a_new_mirror(mirrors: Mirrors, make: Make, named: Named) -> None:
    """Branches written in a damaged mirror are taken over into the new one where they can be read."""
    origin = make(files={"a.py": "a\n", "big": os.urandom(5000)})
    at = mirrors.sync(named(origin)).snapshot
    folder = mirrors.path("team/origin")
    (folder / "objects" / "pack" / "rubbish.idx").write_bytes(b"rubbish")
    me = Identity("T", "t@example.org")
    when = datetime(2026, 1, 1, tzinfo=UTC)
    spec = CommitSpec(at, Patch({"a.py": Write(b"b\n")}), "refs/heads/softwright/x", "m", me, me, when)
    sha = write_commit(folder, spec)
    check(mirrors.sync(named(origin), verify=True), SyncState.OK, "made anew")
    assert (folder / "refs/heads/softwright/x").read_text().strip() == sha
    with ObjectReader(folder) as reader:
        assert reader.blob(f"{sha}:a.py") == b"b\n"


def test_a_cut_connection_does_not_condemn_the_mirror(
    mirrors: Mirrors, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the line breaks in the middle of a fetch, the mirror stays where it is, at its commit."""
    origin = make()
    script = tmp_path / "ssh"
    script.write_text(
        "#!/bin/sh\nfor last; do :; done\n"
        f"echo x >> {tmp_path}/calls\n"
        f'if [ "$(wc -l < {tmp_path}/calls)" = 4 ]; then sh -c "$last" | head -c 3000; exit 1; fi\n'
        'exec sh -c "$last"\n'
    )
    script.chmod(0o755)
    monkeypatch.setenv("GIT_SSH_COMMAND", str(script))
    monkeypatch.setenv("GIT_SSH_VARIANT", "simple")
    repo = Repo("x", f"ssh://host{origin.path}")
    check(mirrors.sync(repo), SyncState.OK)
    before = mirrors.snapshot(repo)
    origin.commit({"blob": os.urandom(200_000)})
    assert mirrors.sync(repo).state.failed
    assert mirrors.snapshot(repo) == before
    assert not (mirrors.root / ".damaged").exists()
    check(mirrors.sync(repo), SyncState.OK)


def test_no_git_is_nobodys_fault(
    mirrors: Mirrors, make: Make, named: Named, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the program no repository is called broken: the whole sync says what to install."""
    origin = make()
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(PrerequisiteMissing, match="git"):
        mirrors.sync_all([named(origin)])
    assert mirrors.last_sync("team/origin") is None


def test_many_small_packs_are_joined(mirrors: Mirrors, make: Make, named: Named) -> None:
    """A sync joins the packs of many campaigns; no commit is lost, not even one no branch holds."""
    origin = make()
    at = mirrors.sync(named(origin)).snapshot
    folder = mirrors.path("team/origin")
    me, when = Identity("T", "t@example.org"), datetime(2026, 1, 1, tzinfo=UTC)
    commits = [
        write_commit(
            folder,
            CommitSpec(at, Patch({"a.py": Write(b"%d" % n)}), "refs/heads/softwright/x", "m", me, me, when),
        )
        for n in range(45)
    ]
    origin.commit({"b.py": "b"})
    check(mirrors.sync(named(origin)), SyncState.OK)
    assert len(list((folder / "objects" / "pack").glob("*.pack"))) < 10
    with ObjectReader(folder) as reader:
        assert [reader.blob(f"{sha}:a.py") for sha in commits] == [b"%d" % n for n in range(45)]
    check(mirrors.sync(named(origin)), SyncState.UNCHANGED)


def test_wanted_branch(mirrors: Mirrors, make: Make, named: Named) -> None:
    """A branch named in the fleet file is followed; one that is missing is said with those there are."""
    origin = make()
    origin.git("branch", "release")
    origin.commit({"b.py": "b"})
    check(mirrors.sync(named(origin, branch="release")), SyncState.OK)
    assert mirrors.snapshot(named(origin, branch="release")).branch == "release"
    check(mirrors.sync(named(origin, branch="relaese")), SyncState.BRANCH_MISSING, "relaese", "main, release")
    with pytest.raises(OutsideFault, match="asks for `main`"):
        mirrors.snapshot(named(origin, branch="main"))
    check(mirrors.sync(named(origin, branch="main")), SyncState.OK)
    origin.git("branch", "-m", "main", "trunk")
    check(mirrors.sync(named(origin)), SyncState.UNCHANGED)
    assert mirrors.sync(named(origin)).notes == ()


def test_renamed_default_branch_is_followed(mirrors: Mirrors, make: Make, named: Named) -> None:
    """When the remote renames its default branch the mirror follows, and says so once."""
    origin = make(branch="master")
    mirrors.sync(named(origin))
    origin.git("branch", "-m", "master", "main")
    check(mirrors.sync(named(origin)), SyncState.UNCHANGED, "renamed: master → main")
    assert mirrors.snapshot(named(origin)).branch == "main"
    origin.git("branch", "-m", "main", "main/next")  # a folder where a branch was
    origin.commit({"b.py": "b"})
    check(mirrors.sync(named(origin)), SyncState.OK, "renamed: main → main/next")
    assert mirrors.sync(named(origin)).notes == ()


def test_head_that_names_no_branch(mirrors: Mirrors, make: Make, named: Named) -> None:
    """A remote whose HEAD names a missing branch says which branches could be set instead."""
    origin = make()
    origin.git("symbolic-ref", "HEAD", "refs/heads/gone")
    check(mirrors.sync(named(origin)), SyncState.BRANCH_MISSING, "set `branch`", "main")


def test_detached_head(mirrors: Mirrors, make: Make, named: Named) -> None:
    """A remote whose HEAD is on no branch is worked on at that commit."""
    origin = make()
    origin.git("checkout", "-q", "--detach")
    check(mirrors.sync(named(origin)), SyncState.OK)
    assert mirrors.snapshot(named(origin)).branch == ""


def test_shallow_remote(mirrors: Mirrors, make: Make, tmp_path: Path) -> None:
    """A remote with a cut-off history is mirrored, and noted."""
    origin = make()
    origin.commit({"b.py": "b"})
    origin.git("clone", "-q", "--depth=1", origin.url, str(tmp_path / "shallow"))
    repo = Repo("x", f"file://{tmp_path}/shallow")
    check(mirrors.sync(repo), SyncState.OK, "shallow")
    check(mirrors.sync(repo), SyncState.UNCHANGED, "shallow")


def test_submodules_and_lfs_are_noted(mirrors: Mirrors, make: Make, named: Named) -> None:
    """Submodules and LFS pointers are left alone, and said so."""
    origin = make(files={"docs/.gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n", "a.py": ""})
    inner = make("inner")
    origin.git(
        "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.path), "lib/inner"
    )
    origin.git("commit", "-q", "-m", "submodule")
    check(mirrors.sync(named(origin)), SyncState.OK, "1 submodule: left alone", "LFS")


def test_names_and_contents_that_are_not_utf8(mirrors: Mirrors, make: Make, named: Named) -> None:
    """File names in another encoding are mirrored, noted and read back byte for byte."""
    odd = os.fsdecode(b'caf\xe9 "q"\n.py')
    origin = make(files={odd: b"\xff\xfe", "a.py": ""})
    check(mirrors.sync(named(origin)), SyncState.OK, "1 file name not in UTF-8")
    assert odd in [e.path for e in entries(mirrors.path("team/origin"), "HEAD")]


def test_odd_branch_name(mirrors: Mirrors, make: Make, named: Named) -> None:
    """A branch name may hold quotes and letters of any script."""
    origin = make(branch='it\'s-"ü"-$x')
    check(mirrors.sync(named(origin)), SyncState.OK)
    assert mirrors.snapshot(named(origin)).branch == 'it\'s-"ü"-$x'


def test_many_files_are_noted(mirrors: Mirrors, make: Make, named: Named) -> None:
    """A very large repository is mirrored like any other, and noted."""
    origin = make()
    rows = b"".join(b"M 100644 :1 d%d/f%d\n" % (n // 500, n) for n in range(100_001))
    stream = (
        b"blob\nmark :1\ndata 1\nx\ncommit refs/heads/main\ncommitter T <t@example.org> 0 +0000\ndata 1\nm\n"
        + rows
    )
    subprocess.run(["git", "fast-import", "--quiet", "--force"], cwd=origin.path, input=stream, check=True)
    check(mirrors.sync(named(origin)), SyncState.OK, "large: 100,001 files")


def test_sha256_repository(mirrors: Mirrors, make: Make, tmp_path: Path) -> None:
    """A repository with SHA-256 names is mirrored too."""
    subprocess.run(["git", "init", "-q", "--object-format=sha256", str(tmp_path / "s")], check=True)
    origin = make("s")
    check(mirrors.sync(Repo("s", str(origin.path))), SyncState.OK)
    assert len(mirrors.snapshot(Repo("s", "")).commit) == 64
    assert [e.path for e in entries(mirrors.path("s"), origin.head)] == ["a.py"]


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


def test_last_sync_is_remembered(tmp_path: Path, make: Make, named: Named) -> None:
    """How a sync ended is kept with its time, failures included."""
    clock = FakeClock()
    mirrors = Mirrors(tmp_path / "m", clock=clock)
    assert mirrors.last_sync("x") is None
    mirrors.sync(Repo("x", "/nowhere"))
    last = mirrors.last_sync("x")
    assert last is not None
    assert (last.state, last.at) == (SyncState.UNREACHABLE, clock.now())
    assert "/nowhere" in last.reason


@pytest.mark.parametrize("name", ["", "..", "a/../b", ".hidden", "a//b", "/a", "a.git/b", "x.git", "a\0b"])
def test_names_that_cannot_be_folders(mirrors: Mirrors, name: str) -> None:
    """A name that would leave the root or hide inside another mirror is refused."""
    with pytest.raises(InvalidInput):
        mirrors.path(name)
