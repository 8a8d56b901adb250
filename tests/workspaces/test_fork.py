"""Forks: patch, run, diff, discard."""

import errno
import hashlib
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from softwright.core import Delete, FileChange, InvalidInput, OutsideFault, Patch, Write
from softwright.workspaces import Base, Fork, Isolation, open_fork
from softwright.workspaces.layer import Layer


def digest_of(tree: Path) -> str:
    """A name for every byte, mode and link of a tree."""
    seen = hashlib.sha256()
    for path in sorted(tree.rglob("*")):
        found = path.lstat()
        seen.update(repr((str(path.relative_to(tree)), found.st_mode, found.st_mtime_ns)).encode())
        if stat.S_ISREG(found.st_mode):
            seen.update(path.read_bytes())
        elif stat.S_ISLNK(found.st_mode):
            seen.update(os.fsencode(path.readlink()))
    return seen.hexdigest()


def test_patch_is_what_diff_gives_back(each_fork: Fork) -> None:
    """Writing, adding, removing and making executable come back from `diff` as they went in."""
    patch = Patch(
        {
            "README.md": Write(b"changed\n"),
            "new/dir/tool.sh": Write(b"#!/bin/sh\n", "100755"),
            "run.sh": Delete(),
            "src/deep/er/x.txt": Delete(),
            "src/pointer": Write(b"app.py", "120000"),
        }
    )
    each_fork.apply(patch)
    assert each_fork.diff().files == patch.files


def test_command_sees_what_the_patch_made(each_fork: Fork) -> None:
    """A command reads the patched files, and `read` sees what the command wrote."""
    each_fork.apply(Patch({"src/app.py": Write(b"VALUE = 2\n"), "run.sh": Delete()}))
    ran = each_fork.exec(
        ["sh", "-c", "cat src/app.py; ls; echo out > made; rm README.md; chmod +x src/app.py"]
    )
    assert ran.ok, ran
    assert ran.stdout.startswith(b"VALUE = 2\n")
    assert b"run.sh" not in ran.stdout
    assert each_fork.read("made") == b"out\n"
    assert each_fork.read("README.md") is None
    assert each_fork.read("run.sh") is None
    assert each_fork.diff().files == {
        "README.md": Delete(),
        "made": Write(b"out\n"),
        "run.sh": Delete(),
        "src/app.py": Write(b"VALUE = 2\n", "100755"),
    }


def test_removed_and_remade_folder_hides_the_old_one(each_fork: Fork) -> None:
    """A folder that a command deleted and made anew holds only what is new, also for later patches."""
    ran = each_fork.exec(["sh", "-c", "rm -r src && mkdir src && echo n > src/new"])
    assert ran.ok, ran
    each_fork.apply(Patch({"src/deep/z": Write(b"z")}))
    assert each_fork.read("src/deep/y.txt") is None
    assert each_fork.diff().files == {
        "src/app.py": Delete(),
        "src/deep/er/x.txt": Delete(),
        "src/deep/y.txt": Delete(),
        "src/deep/z": Write(b"z"),
        "src/new": Write(b"n\n"),
    }
    seen = each_fork.exec(["find", "src", "-type", "f"])
    assert sorted(seen.stdout.split()) == [b"src/deep/z", b"src/new"]


def test_file_and_folder_change_places(each_fork: Fork) -> None:
    """In one patch a file may become a folder and a folder a file."""
    patch = Patch(
        {
            "README.md": Delete(),
            "README.md/part": Write(b"now a folder"),
            "src/deep": Write(b"now a file"),
            "src/deep/er/x.txt": Delete(),
            "src/deep/y.txt": Delete(),
        }
    )
    each_fork.apply(patch)
    seen = each_fork.exec(["sh", "-c", "cat README.md/part src/deep; find . | wc -l"])
    assert seen.stdout == b"now a foldernow a file9\n", seen
    assert each_fork.diff().files == patch.files


def test_folder_deleted_by_patch_and_made_again(each_fork: Fork) -> None:
    """A folder emptied by one command and refilled by a patch shows nothing of the old one."""
    assert each_fork.exec(["rm", "-r", "src/deep"]).ok
    each_fork.apply(Patch({"src/deep/fresh": Write(b"f")}))
    assert each_fork.exec(["ls", "src/deep"]).stdout == b"fresh\n"
    assert each_fork.read("src/deep/y.txt") is None


def test_caches_are_no_change(each_fork: Fork) -> None:
    """What tools leave behind is left out of the diff, and so are pipes; a touched file is no change."""
    line = (
        "mkdir -p src/__pycache__ .pytest_cache/v && touch src/__pycache__/a.pyc .pytest_cache/v/x README.md"
    )
    assert each_fork.exec(["sh", "-c", f"{line} && mkfifo pipe && mkdir empty"]).ok
    assert each_fork.diff() == Patch()


@pytest.mark.parametrize(
    "path",
    [
        "../up",
        "/etc/passwd",
        "a/../../b",
        "out/passwd",
        "link/x",
        ".git/config",
        "",
        "a//b",
        "src/./x",
        "src/.GIT/x",
    ],
)
def test_patch_cannot_leave_the_tree(each_fork: Fork, path: str) -> None:
    """Paths that are absolute, climb, go through a link or into git's folder are refused, nothing is done."""
    with pytest.raises(InvalidInput) as refused:
        each_fork.apply(Patch({"first": Write(b"1"), path: Write(b"x")}))
    assert refused.value.hint
    assert each_fork.diff() == Patch()


def test_link_made_by_a_command_is_not_followed(fork: Fork) -> None:
    """A command plants links to the host; neither reading nor patching goes through them."""
    assert fork.exec(["sh", "-c", "rm -r src; ln -s /etc src; ln -s /etc/passwd stolen"]).ok
    assert fork.read("src/passwd") is None
    assert fork.read("stolen") == b"/etc/passwd"
    with pytest.raises(InvalidInput, match="a link"):
        fork.apply(Patch({"src/passwd": Write(b"x")}))
    assert fork.diff().files["stolen"] == Write(b"/etc/passwd", "120000")
    fork.apply(Patch({"stolen": Write(b"mine")}))
    assert fork.read("stolen") == b"mine"


def test_failed_patch_leaves_nothing(each_fork: Fork) -> None:
    """When one operation cannot be done, none is: here the removal of a file that is not there."""
    each_fork.apply(Patch({"README.md": Write(b"kept\n")}))
    before = each_fork.diff()
    with pytest.raises(InvalidInput, match="not there"):
        each_fork.apply(Patch({"README.md": Delete(), "src/new": Write(b"x"), "nowhere": Delete()}))
    with pytest.raises(InvalidInput, match="a folder"):
        each_fork.apply(Patch({"src/new": Write(b"x"), "src/deep": Write(b"x")}))
    assert each_fork.diff() == before


def test_patch_is_rolled_back_when_the_disk_refuses(each_fork: Fork) -> None:
    """A disk that refuses the last of several operations: what was already done is undone."""
    layer = each_fork._layer
    patch = {"README.md": Delete(), "a/b": Write(b"x"), "src/app.py": Write(b"x"), "src/new": Write(b"x")}
    for allowed in range(len(patch)):
        full = FullDisk(layer.upper, layer.lower, spare=layer._spare, view=layer._view, owner=layer._owner)
        full.allowed = allowed
        with pytest.raises(OutsideFault, match="No space left"):
            full.apply(Patch(patch))
        assert each_fork.diff() == Patch()
        assert each_fork.read("README.md") == b"hello\n"
    with pytest.raises(OutsideFault, match="name too long"):
        each_fork.apply(Patch({"README.md": Delete(), "z" * 300: Write(b"x")}))
    assert each_fork.diff() == Patch()


class FullDisk(Layer):
    """A layer on a disk that takes only so many operations."""

    allowed = 0

    def _settle(self, path: str, fresh: Path | None, undo: list[Callable[[], object]]) -> None:
        if self.allowed == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.allowed -= 1
        super()._settle(path, fresh, undo)


def test_discard_leaves_nothing_and_may_be_repeated(base: Base, isolation: Isolation) -> None:
    """After `discard` the folder is gone, whatever a command left in it; a second time is fine."""
    fork = open_fork(base, isolation=isolation)
    nasty = "mkdir -p a/b && touch a/b/c && chmod 000 a/b a && ln -s / root && mkfifo p"
    assert fork.exec(["sh", "-c", nasty]).ok
    deep = "import os\nfor _ in range(1200):\n    os.mkdir('a-folder'); os.chdir('a-folder')"
    assert fork.exec(["python3", "-c", deep]).ok
    folder = fork._folder
    fork.discard()
    fork.discard()
    assert not folder.exists()
    with pytest.raises(InvalidInput, match="discarded"):
        fork.read("README.md")


def test_trusted_tool_sees_the_same_tree(each_fork: Fork) -> None:
    """A trusted tool runs in the patched tree without a sandbox; what it writes belongs to the fork."""
    each_fork.apply(Patch({"README.md": Delete(), "x": Write(b"x")}))
    ran = each_fork.exec(["sh", "-c", "ls; echo t > tool.txt"], trusted=True)
    assert ran.ok
    assert ran.stdout.split() == [b"link", b"out", b"run.sh", b"src", b"x"]
    assert each_fork.exec(["sh", "-c", "echo more >> tool.txt"]).ok
    assert each_fork.read("tool.txt") == b"t\nmore\n"


def test_input_and_environment_are_what_is_given(fork: Fork, monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard input and variables arrive; nothing of the caller's environment does."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    ran = fork.exec(["sh", "-c", "cat; env"], stdin=b"given\n" * 50_000, env={"MARK": "here"})
    assert ran.stdout.startswith(b"given\n" * 50_000)
    assert b"MARK=here" in ran.stdout
    assert b"hush" not in ran.stdout


def test_missing_program_is_told(fork: Fork) -> None:
    """A program that does not exist gives the shell's 127 and its name, with and without the sandbox."""
    ran = fork.exec(["no-such-program"])
    assert (ran.exit_code, ran.limit_hit) == (127, "")
    assert b"no-such-program" in ran.stderr
    with pytest.raises(OutsideFault, match="could not be started"):
        fork.exec(["no-such-program"], trusted=True)
    with pytest.raises(InvalidInput):
        fork.exec([])


def test_extra_folder_is_shown_read_only(fork: Fork, tmp_path: Path) -> None:
    """A bound folder is seen at its own place and cannot be written; a home folder is refused."""
    tmp_path.chmod(0o755)
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "data").write_text("tool data")
    ran = fork.exec(["sh", "-c", f"cat {tools}/data; echo x > {tools}/data"], binds=[tools])
    assert ran.stdout == b"tool data"
    assert ran.exit_code != 0
    for private in (Path.home(), Path("/"), Path("/etc"), Path("/proc/1")):
        with pytest.raises(InvalidInput, match="cannot be shown"):
            fork.exec(["true"], binds=[private])


START = {
    "README.md": b"hello\n",
    "run.sh": b"#!/bin/sh\necho run\n",
    "src/app.py": b"VALUE = 1\n",
    "src/deep/er/x.txt": b"x\n",
    "src/deep/y.txt": b"y\n",
}
names = st.sampled_from(["a", "er", "deep", "README.md", "src", "app.py"])
paths = st.lists(names, min_size=1, max_size=3).map("/".join)
changes: st.SearchStrategy[FileChange] = st.one_of(st.just(Delete()), st.binary(max_size=8).map(Write))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    patches=st.lists(st.dictionaries(paths, changes, min_size=1, max_size=4), max_size=4),
    run=st.booleans(),
)
def test_fork_never_changes_its_parent(
    base: Base, isolation: Isolation, patches: list[dict[str, FileChange]], run: bool
) -> None:
    """Whatever is applied or run, the base keeps every byte; equal patches give equal trees in every way."""
    before = digest_of(base.path)
    with open_fork(base, isolation=isolation) as fork:
        model = dict(START)
        for files in patches:
            try:
                fork.apply(Patch(files))
            except InvalidInput:
                continue
            for path, change in files.items():
                if isinstance(change, Delete):
                    del model[path]
            for path, change in files.items():
                if isinstance(change, Write):
                    model[path] = change.content
            for path, content in model.items():
                assert fork.read(path) == content
        if run:
            assert fork.exec(["sh", "-c", "echo x >> README.md; rm -rf src; touch src"]).limit_hit == ""
        else:
            diff = fork.diff().files
            now = {p: c for p, c in START.items() if diff.get(p) != Delete()}
            now |= {p: c.content for p, c in diff.items() if isinstance(c, Write)}
            assert now == model
    assert digest_of(base.path) == before
