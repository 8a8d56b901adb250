"""What a commit of any git repository changed, read from its objects."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from softwright.core import InvalidInput, OutsideFault
from softwright.hosts.git import Git
from softwright.hosts.objects import ObjectReader, entries

_REGULAR = ("100644", "100755")


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file that a commit changed without moving it: its contents before and after."""

    path: str
    before: bytes
    after: bytes


@dataclass(frozen=True, slots=True)
class CommitChange:
    """A commit against its first parent: full names of both, and the files that are there before and after.

    `others` counts what is no example of an edit: files that were added, deleted or moved, links, submodules.
    """

    git_dir: str
    commit: str
    parent: str
    files: tuple[ChangedFile, ...]
    others: int

    def untouched(self) -> Iterator[tuple[str, bytes]]:
        """Path and content of every regular file that the commit left as it was, in order."""
        changed = {file.path for file in self.files}
        yield from snapshot_files(self.git_dir, self.parent, without=changed)


def git_folder(path: Path) -> str:
    """The folder that holds the objects of the repository at `path`: a working tree or a bare repository.

    Raises InvalidInput when it is neither.
    """
    try:
        printed = Git(path).run("rev-parse", "--path-format=absolute", "--git-common-dir")
    except OutsideFault as error:
        raise InvalidInput(
            f"this is no git repository: {error.message}", where=str(path), hint="give the folder of one"
        ) from error
    return os.fsdecode(printed.rstrip(b"\n"))


def resolve_commit(place: Path, name: str) -> str:
    """The full name of a commit, given by any name git knows. Raises InvalidInput when there is none."""
    code, printed, _ = Git(place).attempt(
        "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"
    )
    if code:
        raise InvalidInput(
            f"there is no commit `{name}`",
            where=str(place),
            hint="`git log` lists commits; a shallow clone lacks the older ones",
        )
    return printed.decode().strip()


@dataclass(frozen=True, slots=True)
class CommitLine:
    """A commit of a history: full name, date (2026-01-31), first line, and the files that it modified."""

    commit: str
    date: str
    title: str
    modified: tuple[str, ...]


def commits_since(place: Path, since: str = "", *, most: int = 5000) -> list[CommitLine]:
    """The last commits that modified a file and are no merges, the newest first.

    `since` is a date as git reads it.
    Raises InvalidInput when the repository has no commit.
    """
    head = resolve_commit(place, "HEAD")
    known = [f"--since={since}"] if since else []
    form = "--format=%x01%H%x02%cs%x02%s%x03"
    names = ("--name-only", "--diff-filter=M", "--no-renames", "-z")
    printed = Git(place).run("log", "--no-merges", f"--max-count={most}", *known, form, *names, head)
    found: list[CommitLine] = []
    for part in printed.split(b"\x01")[1:]:
        said, _, paths = part.partition(b"\x03")
        commit, date, title = said.decode("utf-8", "replace").split("\x02", 2)
        listed = (os.fsdecode(path.lstrip(b"\n")) for path in paths.split(b"\0"))
        found.append(CommitLine(commit, date, title, tuple(path for path in listed if path)))
    return found


def commit_change(place: Path, name: str) -> CommitChange:
    """What a commit changed. `place` is a bare repository or a working tree.

    Raises InvalidInput for an unknown commit or one without a parent, OutsideFault for damaged objects.
    """
    git_dir, commit = git_folder(place), resolve_commit(place, name)
    code, printed, _ = Git(place).attempt("rev-parse", "--verify", "--quiet", f"{commit}^1")
    if code:
        raise InvalidInput(
            f"commit {commit[:12]} has no parent here, so there is nothing before it",
            where=str(place),
            hint="name a commit that changes files that were there; a shallow clone lacks the parents",
        )
    parent = printed.decode().strip()
    listed = Git(place).run("diff-tree", "-r", "-z", "--no-renames", "--no-abbrev", parent, commit)
    rows = listed.split(b"\0")[:-1]
    pairs = [
        (os.fsdecode(path), old, new)
        for head, path in zip(rows[::2], rows[1::2], strict=True)
        for mode, new_mode, old, new, _ in [head.decode().removeprefix(":").split()]
        if mode in _REGULAR and new_mode in _REGULAR and old != new
    ]
    with ObjectReader(git_dir) as reader:
        blobs = [blob for _, old, new in pairs for blob in (old, new)]
        contents = [content for _, content in reader.read(blobs)]
    files = zip((path for path, _, _ in pairs), contents[::2], contents[1::2], strict=True)
    changed = tuple(ChangedFile(*file) for file in files)
    return CommitChange(git_dir, commit, parent, changed, len(rows) // 2 - len(changed))


def snapshot_files(
    git_dir: str, commit: str, *, without: frozenset[str] | set[str] = frozenset()
) -> Iterator[tuple[str, bytes]]:
    """Path and content of the regular files of a commit, in order. Raises OutsideFault."""
    wanted = [e for e in entries(git_dir, commit) if e.mode in _REGULAR and e.path not in without]
    with ObjectReader(git_dir) as reader:
        for entry, (_, content) in zip(wanted, reader.read(e.blob for e in wanted), strict=True):
            yield entry.path, content
