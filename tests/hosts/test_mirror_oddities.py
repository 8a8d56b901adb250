"""Mirrors of repositories that are odd, but not broken."""

import os
import subprocess
from pathlib import Path

import pytest
from tests.hosts.told import Make, Named, check  # type: ignore[import-not-found]

from softwright.core import OutsideFault, Repo
from softwright.hosts import (
    Mirrors,
    SyncState,
    entries,
)


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
