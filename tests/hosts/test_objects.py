"""Reading by objects: listings, contents, history and files on disk."""

import os
import stat
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from softwright.core import Entry, OutsideFault
from softwright.hosts import ObjectReader, changed_paths, entries, export_tree, last_changed
from softwright.testing import GitRepo

ODD = [
    'with "quotes"',
    "with space",
    "new\nline",
    "\nleading",
    "tab\there",
    "back\\slash",
    os.fsdecode(b"lat\xe9"),
]


@pytest.fixture
def origin(tmp_path: Path) -> GitRepo:
    """A repository with every kind of entry."""
    made = GitRepo(tmp_path / "r", {f"odd/{name}": name.encode("utf-8", "replace") for name in ODD})
    made.write({"run.sh": "#!/bin/sh\n", "sub/deep/a.py": "a\n"})
    (made.path / "run.sh").chmod(0o755)
    (made.path / "link").symlink_to("sub/deep/a.py")
    made.commit({}, "all")
    made.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},lib/inner")
    made.git("commit", "-q", "-m", "submodule")
    return made


def git_dir(origin: GitRepo) -> Path:
    """The repository's git folder."""
    return origin.path / ".git"


def test_entries_lists_everything(origin: GitRepo) -> None:
    """Paths of any bytes, modes of all kinds, sizes; -1 for a submodule."""
    listed = {entry.path: entry for entry in entries(git_dir(origin), "HEAD")}
    assert set(listed) == {*(f"odd/{name}" for name in ODD), "run.sh", "sub/deep/a.py", "link", "lib/inner"}
    assert (listed["run.sh"].mode, listed["run.sh"].size) == ("100755", 10)
    assert listed["link"].mode == "120000"
    assert listed["lib/inner"] == Entry("lib/inner", "1" * 40, "160000", -1)
    assert listed["sub/deep/a.py"].blob == origin.git("rev-parse", "HEAD:sub/deep/a.py")


def test_entries_of_nothing(origin: GitRepo, tmp_path: Path) -> None:
    """An unknown commit or folder is an outside fault."""
    with pytest.raises(OutsideFault):
        entries(git_dir(origin), "0" * 40)
    with pytest.raises(OutsideFault):
        entries(tmp_path / "none", "HEAD")


def test_reading_thousands_without_a_stall(tmp_path: Path) -> None:
    """More requests and more bytes than pipes hold; contents come in order, byte for byte."""
    contents = [os.urandom(7) + b"\n" * (n % 3) for n in range(300)] + [b"", os.urandom(2_000_000)]
    made = GitRepo(tmp_path / "many", {f"f{n:04}": content for n, content in enumerate(contents)})
    listed = entries(git_dir(made), "HEAD")
    with ObjectReader(git_dir(made)) as reader:
        read = list(reader.read(entry.blob for entry in listed * 5))
        assert [content for _, content in read] == contents * 5
        assert reader.blob(listed[0].blob) == contents[0]


def test_a_reading_may_be_left_early(origin: GitRepo) -> None:
    """Stopping in the middle leaves a reader that still answers rightly."""
    listed = entries(git_dir(origin), "HEAD^")
    with ObjectReader(git_dir(origin)) as reader:
        for _ in reader.read(entry.blob for entry in listed):
            break
        assert reader.blob(origin.git("rev-parse", "HEAD:run.sh")) == b"#!/bin/sh\n"


def test_readings_may_overlap(origin: GitRepo) -> None:
    """A reading begun while another is under way does not mix up the answers."""
    blobs = [entry.blob for entry in entries(git_dir(origin), "HEAD^")]
    with ObjectReader(git_dir(origin)) as reader:
        outer = reader.read(blobs)
        first = next(outer)
        assert [name for name, _ in reader.read(blobs)] == blobs
        assert reader.blob(blobs[0]) == first[1]
        assert [name for name, _ in outer] == blobs[1:]


def test_missing_and_damaged_objects(origin: GitRepo) -> None:
    """A missing or damaged object is an outside fault that names it and the cure; the reader goes on."""
    sha = origin.git("rev-parse", "HEAD:run.sh")
    place = git_dir(origin) / "objects" / sha[:2] / sha[2:]
    place.chmod(0o644)
    place.write_bytes(b"rubbish")
    with ObjectReader(git_dir(origin)) as reader:
        with pytest.raises(OutsideFault, match="0000000") as caught:
            reader.blob("0" * 40)
        assert "--check" in caught.value.hint
        with pytest.raises(OutsideFault, match=sha[:10]):
            list(reader.read([sha]))
        assert reader.blob(origin.git("rev-parse", "HEAD:sub/deep/a.py")) == b"a\n"
    with pytest.raises(OutsideFault, match=sha[:10]):
        entries(git_dir(origin), "HEAD")


def test_reader_leaves_no_process(origin: GitRepo) -> None:
    """Closing ends git at once, and closing twice is fine."""
    reader = ObjectReader(git_dir(origin))
    reader.blob("HEAD")
    process = reader._process
    reader.close()
    reader.close()
    assert process is not None
    assert process.returncode is not None


def test_changed_paths(origin: GitRepo) -> None:
    """Content, mode, additions and removals count; a rename is two paths; odd names survive."""
    before = origin.head
    (origin.path / "run.sh").chmod(0o644)
    (origin.path / "link").rename(origin.path / "link2")
    origin.commit({f"odd/{ODD[2]}": "new", f"odd/{ODD[6]}": None, "sub/deep/b.py": "b"})
    assert set(changed_paths(git_dir(origin), before, origin.head)) == {
        "run.sh", "link", "link2", f"odd/{ODD[2]}", f"odd/{ODD[6]}", "sub/deep/b.py", "lib/inner",
    }  # fmt: skip


def test_last_changed_follows_the_branch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file's time is that of its last change on the branch; merged work counts at the merge."""
    made = GitRepo(tmp_path / "h", {"a": "1", "\nb": "1"})
    (made.path / ".git" / "config").open("a").write("[log]\n\tshowRoot = false\n[diff]\n\trenames = copies\n")

    def step(day: int, *command: str) -> None:
        when = f"2026-02-{day:02}T00:00:00+00:00"
        env = {**os.environ, "GIT_COMMITTER_DATE": when, "GIT_AUTHOR_DATE": when}
        who = ["-c", "user.name=T", "-c", "user.email=t@example.org"]
        subprocess.run(["git", *who, *command], cwd=made.path, env=env, check=True, capture_output=True)

    step(1, "checkout", "-q", "-b", "side")
    made.write({"side": "x"})
    step(1, "add", "side")
    step(2, "commit", "-q", "-m", "side")
    step(2, "checkout", "-q", "main")
    made.write({"a": "2"})
    step(3, "commit", "-q", "-a", "-m", "a")
    step(4, "merge", "-q", "--no-ff", "-m", "merge", "side")
    day = {path: (when.month, when.day) for path, when in last_changed(made.path / ".git", "HEAD").items()}
    assert day == {"a": (2, 3), "\nb": (1, 1), "side": (2, 4)}
    assert last_changed(made.path / ".git", "HEAD~1")["a"] == datetime(2026, 2, 3, tzinfo=UTC)


def test_export_writes_the_files(origin: GitRepo, tmp_path: Path) -> None:
    """Contents, the executable bit, links and odd names are on disk; a submodule is an empty folder."""
    to = tmp_path / "out" / "tree"
    export_tree(git_dir(origin), "HEAD", to)
    assert (to / "link").readlink() == Path("sub/deep/a.py")
    assert (to / "run.sh").stat().st_mode & stat.S_IXUSR
    assert not (to / "sub/deep/a.py").stat().st_mode & stat.S_IXUSR
    assert {place.name for place in (to / "odd").iterdir()} == {name.lstrip("/") for name in ODD}
    assert list((to / "lib/inner").iterdir()) == []


@pytest.mark.parametrize("target", ["/etc/passwd", "../../secret", "d/up/../.."])
def test_links_out_of_the_tree_become_files(tmp_path: Path, target: str) -> None:
    """A link that leads outside, also by way of another link, is written as a file holding its target."""
    made = GitRepo(tmp_path / "r", {"d/x": "x"})
    (made.path / "d" / "up").symlink_to("..")
    (made.path / "bad").symlink_to(target)
    (made.path / "good").symlink_to("d/x")
    made.commit({})
    export_tree(git_dir(made), "HEAD", tmp_path / "out")
    assert not (tmp_path / "out" / "bad").is_symlink()
    assert (tmp_path / "out" / "bad").read_text() == target
    assert (tmp_path / "out" / "good").read_text() == "x"
    assert (tmp_path / "out" / "d" / "up").is_symlink()


def raw_tree(made: GitRepo, *rows: tuple[str, str, str]) -> str:
    """A tree that git itself would refuse to make: rows of mode, name and object."""
    content = b"".join(f"{mode} {name}\0".encode() + bytes.fromhex(sha) for mode, name, sha in rows)
    done = subprocess.run(
        ["git", "hash-object", "-t", "tree", "-w", "--literally", "--stdin"],
        cwd=made.path, input=content, capture_output=True, check=True,
    )  # fmt: skip
    return done.stdout.decode().strip()


def test_hostile_trees_cannot_leave_the_folder(tmp_path: Path) -> None:
    """Names such as `..` or `.git`, and a link that is also a folder, are refused."""
    made = GitRepo(tmp_path / "r", {"x": "x"})
    (made.path / "l").symlink_to(tmp_path)
    made.commit({})
    blob, link = made.git("rev-parse", "HEAD:x"), made.git("rev-parse", "HEAD:l")
    inner = raw_tree(made, ("100644", "evil", blob))
    for rows in (
        [("40000", "..", inner)],
        [("40000", ".git", inner)],
        [("120000", "a", link), ("40000", "a", inner)],
    ):
        with pytest.raises(OutsideFault):
            export_tree(git_dir(made), raw_tree(made, *rows), tmp_path / "out" / "deep")
    assert not list(tmp_path.glob("evil"))
    assert not list((tmp_path / "out").glob("evil"))
