"""Commits from objects: what `git commit-tree` would give, or nothing at all."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from softwright.core import Delete, FileChange, InvalidInput, OutsideFault, Patch, Repo, Snapshot, Write
from softwright.hosts import CommitSpec, Identity, Mirrors, ObjectReader, entries, write_commit
from softwright.hosts.care import fetching, writer_lock
from softwright.testing import GitRepo

REF = "refs/heads/softwright/x"
AUTHOR = Identity("Ann Ötör", "ann@example.org")
COMMITTER = Identity("Softwright", "bot@example.org")
WHEN = datetime(2026, 3, 4, 5, 6, 7, tzinfo=timezone(timedelta(hours=-3, minutes=-30)))


def spec_of(parent: Snapshot, patch: Patch, **change: Any) -> CommitSpec:
    """A commit with everything filled in."""
    given: dict[str, Any] = {
        "ref": REF, "message": "subject\n\nbody\n", "author": AUTHOR, "committer": COMMITTER, "when": WHEN,
    }  # fmt: skip
    return CommitSpec(parent, patch, **{**given, **change})


@pytest.fixture
def origin(tmp_path: Path) -> GitRepo:
    """A repository with an executable, a link and a submodule."""
    made = GitRepo(tmp_path / "origin", {"a.py": "a\n", "d/b.py": "b\n", "d/c.py": "c\n", "run.sh": "#!"})
    (made.path / "run.sh").chmod(0o755)
    (made.path / "link").symlink_to("a.py")
    made.commit({})
    made.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},lib/inner")
    made.git("commit", "-q", "-m", "submodule")
    return made


@pytest.fixture
def mirror(origin: GitRepo, mirrors: Mirrors) -> tuple[Path, Snapshot]:
    """Its mirror and snapshot."""
    repo = Repo("r", str(origin.path))
    mirrors.sync(repo)
    return mirrors.path("r"), mirrors.snapshot(repo)


def files_of(git_dir: Path, commit: str) -> dict[str, tuple[str, bytes]]:
    """Mode and content by path."""
    listed = [entry for entry in entries(git_dir, commit) if entry.mode != "160000"]
    with ObjectReader(git_dir) as reader:
        contents = [content for _, content in reader.read(entry.blob for entry in listed)]
    return {entry.path: (entry.mode, content) for entry, content in zip(listed, contents, strict=True)}


def test_same_sha_as_commit_tree(mirror: tuple[Path, Snapshot], tmp_path: Path) -> None:
    """Tree, people, times, zone, message and trailers are byte for byte what git itself would write."""
    folder, at = mirror
    patch = Patch({"a.py": Write(b"new\n"), "run.sh": Write(b"#!2", "100755"), "d/b.py": Delete()})
    sha = write_commit(folder, spec_of(at, patch, trailers=(("Campaign", "x"), ("Sites", "3"))))

    def git(*args: str, stdin: bytes = b"", **env: str) -> str:
        full = {**os.environ, "GIT_DIR": str(folder), "GIT_INDEX_FILE": str(tmp_path / "index"), **env}
        return (
            subprocess.run(["git", *args], env=full, input=stdin, capture_output=True, check=True)
            .stdout.decode()
            .strip()
        )

    git("read-tree", at.commit)
    for path, mode, content in (("a.py", "100644", b"new\n"), ("run.sh", "100755", b"#!2")):
        git(
            "update-index",
            "--cacheinfo",
            f"{mode},{git('hash-object', '-w', '--stdin', stdin=content)},{path}",
        )
    git("update-index", "--index-info", stdin=f"0 {'0' * 40}\td/b.py\n".encode())
    when = f"{int(WHEN.timestamp())} -0330"
    expected = git(
        "commit-tree", git("write-tree"), "-p", at.commit,
        stdin=b"subject\n\nbody\n\nCampaign: x\nSites: 3\n",
        GIT_AUTHOR_NAME=AUTHOR.name, GIT_AUTHOR_EMAIL=AUTHOR.email, GIT_AUTHOR_DATE=when,
        GIT_COMMITTER_NAME=COMMITTER.name, GIT_COMMITTER_EMAIL=COMMITTER.email, GIT_COMMITTER_DATE=when,
    )  # fmt: skip
    assert sha == expected == git("rev-parse", REF)


def test_equal_specs_give_equal_shas(mirror: tuple[Path, Snapshot]) -> None:
    """Writing the same commit again changes nothing, and leaves one commit."""
    folder, at = mirror
    spec = spec_of(at, Patch({"a.py": Write(b"new\n")}))
    assert write_commit(folder, spec) == write_commit(folder, spec)


def test_modes_links_and_submodules_stay(mirror: tuple[Path, Snapshot]) -> None:
    """Entries the patch does not name are untouched: the executable bit, the link, the submodule."""
    folder, at = mirror
    sha = write_commit(folder, spec_of(at, Patch({"a.py": Write(b"new\n")})))
    before = {entry.path: entry for entry in entries(folder, at.commit)}
    after = {entry.path: entry for entry in entries(folder, sha)}
    assert before.pop("a.py") != after.pop("a.py")
    assert before == after
    assert after["lib/inner"].mode == "160000"


ODD = [
    'q"uote',
    "sp ace",
    "new\nline",
    "\nlead",
    "tab\t",
    "back\\slash",
    os.fsdecode(b"lat\xe9"),
    "ünï/cødé",
    "-n",
    "\x01",
]


def test_paths_of_any_bytes(mirror: tuple[Path, Snapshot]) -> None:
    """Quotes, blanks, line ends and names that are not UTF-8 are written, replaced and removed."""
    folder, at = mirror
    one = write_commit(
        folder, spec_of(at, Patch({path: Write(path.encode("utf-8", "replace")) for path in ODD}))
    )
    assert set(ODD) <= set(files_of(folder, one))
    again = Snapshot(at.repo, one, "")
    two = write_commit(folder, spec_of(again, Patch({path: Delete() for path in ODD})))
    assert files_of(folder, two) == files_of(folder, at.commit)


def test_files_and_folders_change_places(mirror: tuple[Path, Snapshot]) -> None:
    """A file may become a folder and a folder a file in one patch."""
    folder, at = mirror
    ops: dict[str, FileChange] = {
        "a.py": Delete(), "a.py/x": Write(b"x"), "d/b.py": Delete(), "d/c.py": Delete(), "d": Write(b"d"),
    }  # fmt: skip
    assert {"a.py/x", "d"} <= set(files_of(folder, write_commit(folder, spec_of(at, Patch(ops)))))


@pytest.mark.parametrize("path", ["", "/a", "a//b", "a/", "../a", "a/./b", ".git/config", "d/.GIT/x", "a\0b"])
def test_paths_git_cannot_hold(mirror: tuple[Path, Snapshot], path: str) -> None:
    """A path that leaves the tree or means git's own folder is refused, and nothing is written."""
    folder, at = mirror
    with pytest.raises(InvalidInput, match="cannot be a file"):
        write_commit(folder, spec_of(at, Patch({path: Write(b"x")})))
    assert not (folder / REF).exists()


@pytest.mark.parametrize("path", ["lib/inner", "lib/inner/x.py"])
@pytest.mark.parametrize("op", [Write(b"x"), Delete()])
def test_submodules_are_out_of_reach(mirror: tuple[Path, Snapshot], path: str, op: FileChange) -> None:
    """A patch that would replace, remove or enter a submodule is refused."""
    folder, at = mirror
    with pytest.raises(InvalidInput, match="submodule"):
        write_commit(folder, spec_of(at, Patch({path: op})))


def test_other_bad_specs(mirror: tuple[Path, Snapshot]) -> None:
    """An empty patch, a strange mode, a naive time, a ref that is no branch, a bad name: all refused."""
    folder, at = mirror
    patch = Patch({"a.py": Write(b"x")})
    for bad in (
        spec_of(at, Patch()),
        spec_of(at, Patch({"a.py": Write(b"x", "160000")})),
        spec_of(at, patch, when=datetime(2026, 1, 1)),
        spec_of(at, patch, ref="refs/tags/x"),
        spec_of(at, patch, trailers=(("two words", "x"),)),
        spec_of(at, patch, ref="refs/heads/a b"),
    ):
        with pytest.raises(InvalidInput):
            write_commit(folder, bad)
    for name, email in (("a<b", "x"), ("a\nb", "x"), ("a", ""), ("a", "x>")):
        with pytest.raises(InvalidInput):
            Identity(name, email)


def test_failure_leaves_the_ref_and_no_reports(mirror: tuple[Path, Snapshot]) -> None:
    """A parent that is not there fails in git's words; the branch stays, no crash report is left."""
    folder, at = mirror
    sha = write_commit(folder, spec_of(at, Patch({"a.py": Write(b"1")})))
    with pytest.raises(OutsideFault):
        write_commit(folder, spec_of(Snapshot("r", "2" * 40, ""), Patch({"a.py": Write(b"2")})))
    assert (folder / REF).read_text().strip() == sha
    assert not list(folder.glob("fast_import_crash_*"))


def test_expected_guards_the_ref(mirror: tuple[Path, Snapshot]) -> None:
    """With `expected` the branch is only moved from that commit; "" means it must not exist."""
    folder, at = mirror
    one = write_commit(folder, spec_of(at, Patch({"a.py": Write(b"1")}), expected=""))
    with pytest.raises(OutsideFault, match="as expected"):
        write_commit(folder, spec_of(at, Patch({"a.py": Write(b"2")}), expected=""))
    two = write_commit(folder, spec_of(at, Patch({"a.py": Write(b"2")}), expected=one))
    assert (folder / REF).read_text().strip() == two


def test_expected_sees_packed_refs(mirror: tuple[Path, Snapshot]) -> None:
    """A branch that git moved into `packed-refs` is still seen."""
    folder, at = mirror
    one = write_commit(folder, spec_of(at, Patch({"a.py": Write(b"1")})))
    subprocess.run(["git", f"--git-dir={folder}", "pack-refs", "--all"], check=True)
    assert not (folder / REF).exists()
    write_commit(folder, spec_of(at, Patch({"a.py": Write(b"2")}), expected=one))


def test_concurrent_writers(mirror: tuple[Path, Snapshot]) -> None:
    """Of many writers that expect no branch one wins; writers of different branches all do."""
    folder, at = mirror

    def write(n: int, ref: str, expected: str | None) -> str:
        try:
            return write_commit(
                folder, spec_of(at, Patch({"a.py": Write(b"%d" % n)}), ref=ref, expected=expected)
            )
        except OutsideFault:
            return ""

    with ThreadPoolExecutor(6) as pool:
        same = list(pool.map(lambda n: write(n, REF, ""), range(12)))
        apart = list(pool.map(lambda n: write(n, f"{REF}-{n}", None), range(12)))
    assert len([sha for sha in same if sha]) == 1
    assert (folder / REF).read_text().strip() in same
    assert len(set(apart)) == 12
    assert "" not in apart


def test_full_disk(tmp_path: Path) -> None:
    """When there is no room for the commit, the branch does not move and what was there stays readable."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(disk)], capture_output=True
    ).returncode:
        pytest.skip("no right to mount a small file system")
    try:
        origin = GitRepo(tmp_path / "o", {"a.py": "a"})
        repo = Repo("r", str(origin.path))
        mirrors = Mirrors(disk / "m")
        mirrors.sync(repo)
        at = mirrors.snapshot(repo)
        with pytest.raises(OutsideFault, match="diskspace"):
            write_commit(mirrors.path("r"), spec_of(at, Patch({"big": Write(os.urandom(3_000_000))})))
        assert not (mirrors.path("r") / REF).exists()
        assert files_of(mirrors.path("r"), at.commit) == {"a.py": ("100644", b"a")}
        assert write_commit(mirrors.path("r"), spec_of(at, Patch({"small": Write(b"s")})))
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[Path, Snapshot]]:
    """One mirror for many examples; every example writes its own commits."""
    with tempfile.TemporaryDirectory() as folder:
        files: dict[str, str | bytes] = {"a": "a", "b/c": "c", "b/d/e": "e", "x y": "", "f": b"\xff\0"}
        origin = GitRepo(Path(folder) / "o", files)
        repo = Repo("r", str(origin.path))
        mirrors = Mirrors(Path(folder) / "m")
        mirrors.sync(repo)
        yield mirrors.path("r"), mirrors.snapshot(repo)


STEP = (
    st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=4).filter(
        lambda step: step not in (".", "..") and step.lower() != ".git"
    )
    | st.binary(min_size=1, max_size=3).map(os.fsdecode).filter(lambda s: not set(s) & set("/\0."))
    | st.sampled_from("abcdef")
)
PATH = st.lists(STEP, min_size=1, max_size=3).map("/".join)
WRITE = st.builds(Write, st.binary(max_size=20), st.sampled_from(["100644", "100755", "120000"]))


def applied(files: dict[str, tuple[str, bytes]], ops: dict[str, FileChange]) -> dict[str, tuple[str, bytes]]:
    """What the tree should hold after the patch: removals first, then writes in order of path."""
    after = dict(files)
    for path, op in ops.items():
        if isinstance(op, Delete):
            after = {p: f for p, f in after.items() if p != path and not p.startswith(f"{path}/")}
    for path, op in sorted(ops.items()):
        if isinstance(op, Write):
            after = {
                p: f
                for p, f in after.items()
                if not p.startswith(f"{path}/") and not path.startswith(f"{p}/")
            }
            after[path] = (op.mode, op.content)
    return after


@settings(max_examples=40, deadline=None)
@given(
    ops=st.dictionaries(
        PATH | st.sampled_from(["a", "b/c", "b/d/e", "x y"]),
        WRITE | st.just(Delete()),
        min_size=1,
        max_size=6,
    )
)
def test_any_patch_reads_back_and_reverts(shared: tuple[Path, Snapshot], ops: dict[str, FileChange]) -> None:
    """Any patch written and read back gives the expected files; reverting it gives the very same tree."""
    folder, at = shared
    before = files_of(folder, at.commit)
    one = write_commit(folder, spec_of(at, Patch(ops), when=datetime(2026, 1, 1, tzinfo=UTC)))
    after = files_of(folder, one)
    assert after == applied(before, ops)
    back: dict[str, FileChange] = {path: Delete() for path in after if path not in before}
    back |= {path: Write(content, mode) for path, (mode, content) in before.items()}
    two = write_commit(folder, spec_of(Snapshot("r", one, ""), Patch(back)))
    with ObjectReader(folder) as reader:
        assert reader.blob(two).split(b"\n")[0] == b"tree " + at.tree.encode()


def test_what_a_killed_writer_left_is_removed_by_the_next(mirror: tuple[Path, Snapshot]) -> None:
    """Its half pack, crash report and lock of the branch are gone, and the commit is written."""
    git_dir, snapshot = mirror
    program = (
        "import os, sys; from pathlib import Path; from softwright.hosts.care import writer_lock\n"
        "with writer_lock(Path(sys.argv[1])): os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", program, str(git_dir)], check=False).returncode == 9
    packs = git_dir / "objects" / "pack"
    left = [
        git_dir / f"{REF}.lock",
        git_dir / "fast_import_crash_7",
        packs / "tmp_pack_x",
        packs / "pack-x.pack",
    ]
    kept = packs / "pack-y.keep"
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    kept.write_text("by a person")
    spec = spec_of(snapshot, Patch({"new.py": Write(b"n\n")}))
    assert write_commit(git_dir, spec) == write_commit(git_dir, spec)
    assert [path for path in left if path.exists()] == []
    assert kept.exists()


def test_packs_of_a_fetch_are_left_to_it(mirror: tuple[Path, Snapshot]) -> None:
    """While a fetch is under way, the writer after a killed one touches no pack."""
    git_dir, snapshot = mirror
    (git_dir / "softwright.lock").write_text("x")
    incoming = git_dir / "objects" / "pack" / "tmp_pack_x"
    incoming.touch()
    with fetching(git_dir):
        write_commit(git_dir, spec_of(snapshot, Patch({"new.py": Write(b"n\n")})))
        assert incoming.exists()


def test_a_git_whose_starter_is_killed_keeps_the_lock(mirror: tuple[Path, Snapshot], tmp_path: Path) -> None:
    """Another writer waits until the orphan has ended."""
    git_dir, _ = mirror
    program = (
        "import os, subprocess, sys; from pathlib import Path\n"
        "from softwright.hosts.care import writer_lock\n"
        "from softwright.hosts.git import start\n"
        "with writer_lock(Path(sys.argv[1])) as lock:\n"
        "    start(['sh', '-c', 'sleep 0.5; touch ' + sys.argv[2]], cwd='/', hold=lock); os._exit(9)"
    )
    done = tmp_path / "done"
    subprocess.run([sys.executable, "-c", program, str(git_dir), str(done)], check=False)
    with writer_lock(git_dir):
        assert done.exists()
