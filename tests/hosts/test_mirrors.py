"""Mirrors: synced, kept and mended, on real repositories."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.hosts.told import Make, Named, check, leftovers  # type: ignore[import-not-found]

from softwright.core import InvalidInput, OutsideFault, Patch, PrerequisiteMissing, Repo, Write
from softwright.hosts import (
    CommitSpec,
    Identity,
    Mirrors,
    ObjectReader,
    SyncState,
    entries,
    write_commit,
)
from softwright.testing import FakeClock, GitRepo


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


@pytest.mark.parametrize("moved", [True, False], ids=["moved", "unmoved"])
def test_many_small_packs_are_joined(mirrors: Mirrors, make: Make, named: Named, moved: bool) -> None:
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
    if moved:
        origin.commit({"b.py": "b"})
    check(mirrors.sync(named(origin)), SyncState.OK if moved else SyncState.UNCHANGED)
    assert len(list((folder / "objects" / "pack").glob("*.pack"))) < 10
    with ObjectReader(folder) as reader:
        assert [reader.blob(f"{sha}:a.py") for sha in commits] == [b"%d" % n for n in range(45)]
    check(mirrors.sync(named(origin)), SyncState.UNCHANGED)


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
