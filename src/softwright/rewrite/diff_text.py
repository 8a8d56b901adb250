"""Unified diffs as people pass them on: read, and applied to a text forwards or backwards.

A hunk is applied where its header says when its lines stand there, else at the one place where they do; never
by similarity. Forms: those of `git diff`, `diff -u` and change requests.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from softwright.core import InvalidInput

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_NOWHERE = "/dev/null"


@dataclass(frozen=True, slots=True)
class Hunk:
    """One stretch: its lines before and after (with their line ends), and their first lines, from 1.

    `line` is its place in the diff.
    """

    old_start: int
    old: tuple[str, ...]
    new_start: int
    new: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class FileDiff:
    """The hunks of one file; a path is "" where the file does not exist on that side."""

    old_path: str
    new_path: str
    hunks: tuple[Hunk, ...]
    line: int

    @property
    def path(self) -> str:
        """The file's path, after the change where there is one."""
        return self.new_path or self.old_path

    def reversed(self) -> "FileDiff":
        """The diff that takes this one back."""
        hunks = tuple(Hunk(h.new_start, h.new, h.old_start, h.old, h.line) for h in self.hunks)
        return replace(self, old_path=self.new_path, new_path=self.old_path, hunks=hunks)

    def apply(self, text: str) -> str:
        """The text after the change.

        Raises InvalidInput naming the hunk whose lines are not there, or stand in several places.
        """
        lines = text.split("\n")
        ended = [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
        done: list[str] = []
        at = 0
        for hunk in self.hunks:
            place = _place(hunk, ended, at)
            done += [*ended[at:place], *hunk.new]
            at = place + len(hunk.old)
        return "".join([*done, *ended[at:]])


def read_diff(text: str, where: str) -> list[FileDiff]:
    """The files of a unified diff that have hunks; `where` names the diff in errors.

    Raises InvalidInput when it holds none, or a hunk is cut off or of the combined kind that merges give.
    """
    lines = text.replace("\r\n", "\n").split("\n") if "\r\n@@ " in text else text.split("\n")
    files = list(_files(lines, where))
    if not files:
        raise InvalidInput(
            "there is no unified diff in this file",
            where=where,
            hint="make one with `git diff`, `git show COMMIT` or `diff -u OLD NEW`",
        )
    return files


def _files(lines: Sequence[str], where: str) -> Iterator[FileDiff]:
    at = 0
    while at < len(lines):
        if lines[at].startswith("@@@"):
            raise InvalidInput(
                "this is the combined diff of a merge",
                where=f"{where}:{at + 1}",
                hint="give the diff against one parent: `git diff PARENT COMMIT`",
            )
        if not (lines[at].startswith("--- ") and at + 1 < len(lines) and lines[at + 1].startswith("+++ ")):
            at += 1
            continue
        first = at
        old, new = _name(lines[at]), _name(lines[at + 1])
        at += 2
        hunks: list[Hunk] = []
        while at < len(lines) and _HUNK.match(lines[at]):
            hunk, at = _hunk(lines, at, where)
            hunks.append(hunk)
        if hunks:
            yield _stripped(FileDiff(old, new, tuple(hunks), first + 1))


def _hunk(lines: Sequence[str], at: int, where: str) -> tuple[Hunk, int]:
    head = _HUNK.match(lines[at])
    assert head is not None
    first = at
    left = [1 if head[group] is None else int(head[group]) for group in (2, 4)]
    sides: tuple[list[str], list[str]] = ([], [])
    at += 1
    while left[0] > 0 or left[1] > 0:
        line = lines[at] if at < len(lines) else "end"
        touched = {" ": (0, 1), "": (0, 1), "-": (0,), "+": (1,)}.get(line[:1])
        if touched is None or any(left[side] <= 0 for side in touched):
            raise InvalidInput(
                f"the hunk is cut off: `{lines[first]}` promises more lines",
                where=f"{where}:{min(at, len(lines) - 1) + 1}",
                hint="give the whole diff, as the program wrote it",
            )
        for side in touched:
            sides[side].append(f"{line[1:]}\n")
            left[side] -= 1
        at += 1
        if at < len(lines) and lines[at].startswith("\\"):
            for side in touched:
                sides[side][-1] = sides[side][-1][:-1]
            at += 1
    return Hunk(int(head[1]), tuple(sides[0]), int(head[3]), tuple(sides[1]), first + 1), at


def _place(hunk: Hunk, lines: Sequence[str], least: int) -> int:
    """The line (from 0) at which a hunk's lines stand, at `least` or behind."""
    wanted = list(hunk.old)
    said = max(hunk.old_start - 1, 0) if wanted else hunk.old_start
    if said >= least and list(lines[said : said + len(wanted)]) == wanted and said <= len(lines):
        return said
    found = [
        at
        for at in range(least, len(lines) - len(wanted) + 1)
        if list(lines[at : at + len(wanted)]) == wanted
    ]
    if len(found) == 1 and wanted:
        return found[0]
    why = f"stand in {len(found)} places" if found and wanted else "are not there"
    raise InvalidInput(f"the lines of the hunk at line {hunk.line} of the diff {why}")


def _name(line: str) -> str:
    name = line[4:].split("\t", 1)[0].rstrip()
    if name.startswith('"') and name.endswith('"'):
        escaped = name[1:-1].encode("latin-1", "backslashreplace").decode("unicode_escape")
        name = escaped.encode("latin-1", "replace").decode("utf-8", "surrogateescape")
    return "" if name == _NOWHERE else name


def _stripped(file: FileDiff) -> FileDiff:
    """Without the `a/` and `b/` that git puts in front."""
    is_git = file.old_path.startswith(("a/", "i/", "c/")) or not file.old_path
    is_git = is_git and (file.new_path.startswith(("b/", "w/", "i/")) or not file.new_path)
    return replace(file, old_path=file.old_path[2:], new_path=file.new_path[2:]) if is_git else file
