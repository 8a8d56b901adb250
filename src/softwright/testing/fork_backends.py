"""The suite every way of making forks (`workspaces.Isolation`) must pass."""

import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from softwright.core import Delete, FileChange, InvalidInput, Patch, Write
from softwright.workspaces import Base, Bases, Isolation, Limits, open_fork


class ForkBackendContract:
    """What every way of making forks must do. Subclass it in a test and give `backend` as a fixture.

    Every test forks a base made of `FILES`, with a link `pointer` to `README` and one `outside` to /etc.
    """

    FILES: Mapping[str, bytes] = {
        "README": b"no line end",
        "pkg/a.py": b"x = 1\r\n",
        "pkg/deep/er/b.txt": b"\xff\x00\xfe",
        "tool.sh": b"#!/bin/sh\necho hello\n",
        "sp ace/ä.py": b"y = 2\n",
    }

    def base(self, folder: Path, backend: Isolation) -> Base:
        """The frozen tree of the suite."""
        return Bases(folder / "bases", hand_over=backend.root).get("c0ffee", self._lay_out)

    def _lay_out(self, folder: Path) -> None:
        for path, content in self.FILES.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        (folder / "tool.sh").chmod(0o755)
        (folder / "pointer").symlink_to("README")
        (folder / "outside").symlink_to("/etc")

    def test_a_fresh_fork_is_the_base(self, backend: Isolation, tmp_path: Path) -> None:
        """Every file reads as the base has it, and nothing differs."""
        with open_fork(self.base(tmp_path, backend), isolation=backend) as fork:
            assert {path: fork.read(path) for path in self.FILES} == dict(self.FILES)
            assert fork.read("absent") is None
            assert not fork.diff()

    def test_diff_gives_the_patch_back(self, backend: Isolation, tmp_path: Path) -> None:
        """Written, added, removed, made executable, turned into a link: all as it went in."""
        changes: dict[str, FileChange] = {
            "README": Write(b"changed"),
            "pkg/a.py": Delete(),
            "pkg/deep/er/b.txt": Delete(),
            "new/dir/tool": Write(b"#!/bin/sh\n", "100755"),
            "link": Write(b"README", "120000"),
            "sp ace/ä.py": Write(b"y = 3\n", "100755"),
        }
        with open_fork(self.base(tmp_path, backend), isolation=backend) as fork:
            fork.apply(Patch(changes))
            assert fork.read("README") == b"changed"
            assert fork.read("pkg/a.py") is None
            assert dict(fork.diff().files) == changes

    def test_commands_see_and_make_changes(self, backend: Isolation, tmp_path: Path) -> None:
        """A command reads what was applied; what it leaves behind is in `read` and `diff`."""
        with open_fork(self.base(tmp_path, backend), isolation=backend) as fork:
            fork.apply(Patch({"README": Write(b"told\n")}))
            ran = fork.exec(["sh", "-c", "cat README; ./tool.sh; echo out > made; rm 'sp ace/ä.py'"])
            assert (ran.exit_code, ran.stdout, ran.limit_hit) == (0, b"told\nhello\n", ""), ran
            assert fork.read("made") == b"out\n"
            assert fork.diff().files.keys() == {"README", "made", "sp ace/ä.py"}
            assert isinstance(fork.diff().files["sp ace/ä.py"], Delete)

    def test_tools_and_commands_see_the_same_tree(self, backend: Isolation, tmp_path: Path) -> None:
        """A trusted tool of ours and a sandboxed command take turns in one fork."""
        with open_fork(self.base(tmp_path, backend), isolation=backend) as fork:
            first = fork.exec(["sh", "-c", "echo tool > by-tool"], trusted=True)
            second = fork.exec(["sh", "-c", "cat by-tool; echo more >> by-tool"])
            third = fork.exec(["cat", "by-tool"], trusted=True)
            assert [r.exit_code for r in (first, second, third)] == [0, 0, 0], (first, second, third)
            assert (second.stdout, third.stdout) == (b"tool\n", b"tool\nmore\n")

    def test_the_base_is_never_touched(self, backend: Isolation, tmp_path: Path) -> None:
        """Whatever patches and commands do, every byte, mode and time of the base stays."""
        base = self.base(tmp_path, backend)
        before = fingerprint(base.path)
        with open_fork(base, isolation=backend) as fork:
            fork.apply(Patch({"README": Write(b"x"), "pkg/a.py": Delete()}))
            fork.exec(["sh", "-c", "rm -rf pkg; chmod 700 tool.sh; echo y >> README; touch -d @0 tool.sh"])
        assert fingerprint(base.path) == before

    def test_forks_do_not_meet(self, backend: Isolation, tmp_path: Path) -> None:
        """Two forks of one base know nothing of each other."""
        base = self.base(tmp_path, backend)
        with open_fork(base, isolation=backend) as one, open_fork(base, isolation=backend) as other:
            one.apply(Patch({"README": Write(b"one")}))
            one.exec(["sh", "-c", "echo one > made"])
            assert other.read("README") == self.FILES["README"]
            assert other.read("made") is None
            assert not other.diff()

    def test_a_refused_patch_changes_nothing(self, backend: Isolation, tmp_path: Path) -> None:
        """A path that leaves the tree, directly or through a link, is refused whole."""
        with open_fork(self.base(tmp_path, backend), isolation=backend) as fork:
            for path in ("../escape", "/etc/escape", "outside/escape", "pkg/../../escape"):
                try:
                    fork.apply(Patch({"README": Write(b"half"), path: Write(b"")}))
                except InvalidInput:
                    assert fork.read("README") == self.FILES["README"], path
                else:
                    raise AssertionError(f"{path} was written")
            assert not fork.diff()

    def test_limits_hold(self, backend: Isolation, tmp_path: Path) -> None:
        """A command past its time is stopped, and the fork lives on."""
        with open_fork(self.base(tmp_path, backend), isolation=backend) as fork:
            assert fork.exec(["sleep", "60"], limits=Limits(wall_s=0.5)).limit_hit == "wall"
            assert fork.exec(["cat", "README"]).stdout == self.FILES["README"]

    def test_nothing_is_left_behind(self, backend: Isolation, tmp_path: Path) -> None:
        """A discarded fork leaves no file, may be discarded again, and cannot be used."""
        base = self.base(tmp_path, backend)
        fork = open_fork(base, isolation=backend)
        fork.exec(["sh", "-c", "mkdir d && echo x > d/leftover && chmod 000 d"])
        fork.discard()
        fork.discard()
        assert list(base.scratch.rglob("leftover")) == []
        try:
            fork.read("README")
        except InvalidInput:
            return
        raise AssertionError("a discarded fork was read")


def fingerprint(tree: Path) -> str:
    """A name for every byte, mode, time and link of a tree."""
    seen = hashlib.sha256()
    for path in sorted(tree.rglob("*")):
        found = path.lstat()
        seen.update(repr((os.fsencode(path), found.st_mode, found.st_mtime_ns)).encode())
        if stat.S_ISREG(found.st_mode):
            seen.update(path.read_bytes())
        elif stat.S_ISLNK(found.st_mode):
            seen.update(os.fsencode(path.readlink()))
    return seen.hexdigest()
