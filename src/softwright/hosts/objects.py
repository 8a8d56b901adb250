"""Reading a repository by its objects: listings, contents and history, without a working tree."""

import os
import re
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import groupby, islice
from pathlib import Path
from types import TracebackType

from softwright.core import Entry, OutsideFault
from softwright.hosts.git import Git, close_pipes, git_argv, last_words, start
from softwright.hosts.stored import Objects

_WINDOW = 1000  # requests of 41 or 65 bytes each: always less than a pipe holds, so writing never blocks


class ObjectReader:
    """Any number of objects for the price of one process, or of none.

    One `git cat-file --batch` is kept open for what cannot be read in this process. Use it as a context
    manager; not to be shared between threads.
    """

    def __init__(self, git_dir: Path | str) -> None:
        self.git_dir = str(git_dir)
        self._process: subprocess.Popen[bytes] | None = None
        self._stored: Objects | None = None
        self._pending: deque[str] = deque()

    def __enter__(self) -> "ObjectReader":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process and close the files; the next read opens them again."""
        self._stored = None
        self._end_process()

    def _end_process(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()  # it only reads: nothing to tidy up, and a polite end takes longer
            process.wait()
            close_pipes(process)

    def read(self, blobs: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Name and content of every object asked for, in order.

        Raises OutsideFault at the first one that is missing or damaged.
        """
        for at_hand, group in groupby(((name, self._at_hand(name)) for name in blobs), _is_at_hand):
            if at_hand:
                yield from ((name, content) for name, content in group if content is not None)
            else:
                yield from self._read_by_git(name for name, _ in group)

    def _at_hand(self, name: str) -> bytes | None:
        """The content of an object, None when git must be asked."""
        if self._stored is None:
            self._stored = Objects(self.git_dir)
        return self._stored.get(name)

    def _read_by_git(self, blobs: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        if self._pending:  # another reading of this reader is under way: leave its answers alone
            with ObjectReader(self.git_dir) as other:
                yield from other._read_by_git(blobs)
            return
        process, names, pending = self._opened(), iter(blobs), self._pending
        try:
            while True:
                if len(pending) <= _WINDOW // 2:
                    more = list(islice(names, _WINDOW - len(pending)))
                    if more:
                        self._ask(process, more)
                        pending.extend(more)
                if not pending:
                    return
                for _ in range(min(len(pending), _WINDOW // 2)):
                    content = self._answer(process, pending[0])
                    name = pending.popleft()
                    yield name, content
        finally:
            if pending:  # left early: the answers to come are nobody's
                pending.clear()
                self._end_process()

    def has(self, sha: str) -> bool:
        """True when an object of this full name is here; False when only git may know."""
        return self._at_hand(sha) is not None

    def blob(self, sha: str) -> bytes:
        """The content of one object (any name git knows). Raises OutsideFault when missing or damaged."""
        content = self._at_hand(sha)
        if content is not None:
            return content
        if self._pending:
            with ObjectReader(self.git_dir) as other:
                return other.blob(sha)
        process = self._opened()
        self._ask(process, [sha])
        return self._answer(process, sha)

    def entries(self, tree: str) -> list[Entry]:
        """Every file of a tree, sorted by path, without another process; sizes are not known (-1).

        Raises OutsideFault when a tree is missing or damaged.
        """
        found: list[Entry] = []
        level = [("", tree)]
        while level:
            deeper: list[tuple[str, str]] = []
            for (prefix, _), (_, content) in zip(level, self.read([sha for _, sha in level]), strict=True):
                for mode, name, sha in _tree_rows(content, len(tree) // 2):
                    if mode == _TREE:
                        deeper.append((f"{prefix}{name}/", sha))
                    else:
                        found.append(Entry(prefix + name, sha, mode, -1))
            level = deeper
        return sorted(found, key=lambda entry: entry.path)

    def _opened(self) -> "subprocess.Popen[bytes]":
        if self._process is None:
            self._process = start(git_argv(self.git_dir, "cat-file", "--batch"), cwd=self.git_dir)
        return self._process

    def _ask(self, process: "subprocess.Popen[bytes]", names: list[str]) -> None:
        assert process.stdin is not None
        try:
            process.stdin.write(os.fsencode("\n".join(names) + "\n"))
            process.stdin.flush()
        except BrokenPipeError:
            raise self._died(names[0], process) from None

    def _answer(self, process: "subprocess.Popen[bytes]", name: str) -> bytes:
        assert process.stdout is not None
        head = process.stdout.readline()
        words = head.split()
        if len(words) != 3 or not head.endswith(b"\n"):
            if words[-1:] == [b"missing"]:
                raise OutsideFault(f"object {name} is missing or damaged", where=self.git_dir, hint=_CURE)
            raise self._died(name, process)
        size = int(words[2])
        content = process.stdout.read(size + 1)
        if len(content) != size + 1:
            raise self._died(name, process)
        return content[:-1]

    def _died(self, name: str, process: "subprocess.Popen[bytes]") -> OutsideFault:
        """Why git ended; the process is gone afterwards and the next read starts another."""
        assert process.stderr is not None
        self._process = None
        process.kill()
        said = process.stderr.read().decode("utf-8", "replace")
        process.wait()
        close_pipes(process)
        return OutsideFault(
            last_words(said) or f"object {name} cannot be read", where=self.git_dir, hint=_CURE
        )


def _is_at_hand(pair: tuple[str, bytes | None]) -> bool:
    return pair[1] is not None


_CURE = "run `softwright fleet sync --check`: a damaged mirror is fetched anew"


def _tree_rows(content: bytes, width: int) -> Iterator[tuple[str, str, str]]:
    """Mode, name and object of each row of a raw tree; object names are `width` bytes."""
    for row in _ROW[width].finditer(content):
        mode, name, sha = row.groups()
        yield mode.decode(), name.decode(_FILE_NAMES, "surrogateescape"), sha.hex()


_ROW = {width: re.compile(rb"(\d+) ([^\0]+)\0(.{%d})" % width, re.DOTALL) for width in (20, 32)}
_TREE = "40000"
_FILE_NAMES = sys.getfilesystemencoding()  # as os.fsdecode, in a third of the time


def entries(git_dir: Path | str, treeish: str) -> list[Entry]:
    """Every file of a tree (folders are walked), sorted by path as git sorts it.

    Paths that are not UTF-8 come as surrogateescape text. Raises OutsideFault.
    """
    listed = Git(Path(git_dir)).run("ls-tree", "-r", "-z", "--long", "--full-tree", treeish)
    found = []
    for line in listed.split(b"\0")[:-1]:
        head, path = line.split(b"\t", 1)
        mode, _, blob, size = head.split()
        if size == b"BAD":
            raise OutsideFault(
                f"object {blob.decode()} ({os.fsdecode(path)!r}) is missing or damaged",
                where=str(git_dir),
                hint=_CURE,
            )
        found.append(
            Entry(
                path.decode(_FILE_NAMES, "surrogateescape"),
                blob.decode(),
                mode.decode(),
                -1 if size == b"-" else int(size),
            )
        )
    return found


def changed_paths(git_dir: Path | str, old: str, new: str) -> list[str]:
    """Paths whose content or mode differs between two commits or trees; a rename counts as two."""
    printed = Git(Path(git_dir)).run("diff-tree", "-r", "-z", "--name-only", "--no-renames", old, new)
    return [os.fsdecode(path) for path in printed.split(b"\0")[:-1]]


def last_changed(git_dir: Path | str, commit: str) -> dict[str, datetime]:
    """For every file of the commit, when (UTC) its last change arrived on the branch.

    Follows first parents: work that came by a merge counts at the time of the merge. Raises OutsideFault.
    """
    printed = Git(Path(git_dir)).run(
        "-c", "log.showRoot=true", "log", "--first-parent", "--diff-merges=first-parent", "--raw", "-z",
        "--no-renames", "--no-abbrev", "--format=%x01%ct", commit, "--",
    )  # fmt: skip
    times: dict[str, datetime] = {}
    when = datetime.fromtimestamp(0, UTC)
    parts = iter(printed.split(b"\0"))
    for part in parts:
        word = part.lstrip(b"\n")
        if word.startswith(b"\x01"):
            when = datetime.fromtimestamp(int(word[1:]), UTC)
        elif word.startswith(b":"):  # one changed file: its modes and objects, then its path
            times.setdefault(os.fsdecode(next(parts)), when)
    return times


def export_tree(git_dir: Path | str, treeish: str, to: Path) -> None:
    """Write the files of a tree below `to`, which is made if need be; modes and links are kept.

    A link that leads out of the tree becomes a file that holds its target, as git does where there are
    no links. Submodules become empty folders. Raises OutsideFault.
    """
    listed = entries(git_dir, treeish)
    try:
        to.mkdir(parents=True, exist_ok=True)
        with ObjectReader(git_dir) as reader:
            _export_files([e for e in listed if e.mode.startswith("100")], reader, to)
            _export_links([e for e in listed if e.mode == "120000"], reader, to)
        for entry in listed:
            if entry.mode == "160000":
                _inside(to, entry.path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutsideFault(
            f"the files cannot be written: {error.strerror}", where=str(error.filename or to)
        ) from error


def _export_files(files: list[Entry], reader: ObjectReader, to: Path) -> None:
    made: set[Path] = set()
    for entry, (_, content) in zip(files, reader.read(e.blob for e in files), strict=True):
        target = _inside(to, entry.path)
        if target.parent not in made:
            target.parent.mkdir(parents=True, exist_ok=True)
            made.add(target.parent)
        target.write_bytes(content)
        if entry.mode == "100755":
            target.chmod(0o755)


def _export_links(links: list[Entry], reader: ObjectReader, to: Path) -> None:
    """Links come last, so that nothing is ever written through one."""
    written: list[tuple[Path, bytes]] = []
    for entry, (_, content) in zip(links, reader.read(e.blob for e in links), strict=True):
        target = _inside(to, entry.path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(os.fsdecode(content))
        written.append((target, content))
    root = to.resolve()
    for target, content in written:
        if not _ends_inside(target, root):
            target.unlink()
            target.write_bytes(content)


def _ends_inside(link: Path, root: Path) -> bool:
    try:
        return link.resolve().is_relative_to(root)
    except (OSError, RuntimeError):  # a loop leads nowhere
        return True


def _inside(to: Path, path: str) -> Path:
    parts = path.split("/")
    if any(part in ("", ".", "..") or part.lower() == ".git" for part in parts):
        raise OutsideFault(f"the tree holds the unsafe path {path!r}", where=str(to))
    return to.joinpath(*parts)
