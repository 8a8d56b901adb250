"""What a fork changed, read from its layer: a patch against the base."""

import os
import stat
from fnmatch import fnmatchcase
from pathlib import Path

from softwright.core import Delete, FileChange, LimitHit, Patch, Write
from softwright.workspaces.overlay import is_opaque, is_whiteout
from softwright.workspaces.walk import lstat

CACHES = (
    "*.egg-info",
    "*.pyc",
    ".cache",
    ".coverage",
    ".git",
    ".hypothesis",
    ".mypy_cache",
    ".nox",
    ".pyre",
    ".pytest_cache",
    ".pytype",
    ".ruff_cache",
    ".tox",
    ".venv",
    "__pycache__",
    "node_modules",
)
"""Names that tools leave behind; new files under them are no part of a change."""

_MOST_BYTES = 256 << 20

Key = tuple[str, ...]


class _Reader:
    def __init__(self, base: Path) -> None:
        self.base = base
        self.files: dict[str, FileChange] = {}
        self.room = _MOST_BYTES

    def overlay(self, upper: Path) -> None:
        """Collect from an overlay's upper layer."""
        todo: list[tuple[Key, bool]] = [((), True)]
        while todo:
            key, through = todo.pop()
            folder = _opened(upper.joinpath(*key))
            through = through and not (key and is_opaque(folder))
            names = [path.name for path in folder.iterdir()]
            if not through:
                self._lost(key, except_for=set(names))
            for name in names:
                inner = (*key, name)
                found = (folder / name).lstat()
                below = self.base.joinpath(*inner)
                if is_whiteout(found):
                    self._gone(inner)
                elif stat.S_ISDIR(found.st_mode):
                    if _is_folder(below):
                        todo.append((inner, through))
                    else:
                        self._gone(inner)
                        todo.append((inner, False))
                else:
                    self._entry(inner, folder / name, found)

    def copy(self, tree: Path) -> None:
        """Collect by comparing a whole copy with the base."""
        todo: list[Key] = [()]
        while todo:
            key = todo.pop()
            folder = _opened(tree.joinpath(*key))
            names = {path.name for path in folder.iterdir()}
            self._lost(key, except_for=names)
            for name in names:
                inner = (*key, name)
                found = (folder / name).lstat()
                if stat.S_ISDIR(found.st_mode):
                    if not _is_folder(self.base.joinpath(*inner)):
                        self._gone(inner)
                    todo.append(inner)
                else:
                    self._entry(inner, folder / name, found)

    def _entry(self, key: Key, place: Path, found: os.stat_result) -> None:
        below = self.base.joinpath(*key)
        if _is_folder(below):
            self._gone(key)
        old = lstat(below)
        if not (stat.S_ISREG(found.st_mode) or stat.S_ISLNK(found.st_mode)):
            self._gone(key)  # sockets, pipes and devices cannot be committed
            return
        if (old is None or stat.S_ISDIR(old.st_mode)) and _is_cache(key):
            return
        fresh = self._read(place, found)
        if old is not None and _same_shape(old, found) and fresh == _content(below, old):
            return
        self.files["/".join(key)] = fresh

    def _read(self, place: Path, found: os.stat_result) -> Write:
        if stat.S_ISREG(found.st_mode):
            self.room -= found.st_size
            if self.room < 0:
                raise LimitHit(
                    f"the change is larger than {_MOST_BYTES >> 20} MiB",
                    hint="let the command write less, or into /tmp",
                )
        return _content(place, found)

    def _gone(self, key: Key) -> None:
        """Everything that the base has at this place is deleted."""
        place = self.base.joinpath(*key)
        found = lstat(place)
        if found is None:
            return
        if not stat.S_ISDIR(found.st_mode):
            self.files["/".join(key)] = Delete()
            return
        self._lost(key, except_for=set())

    def _lost(self, key: Key, *, except_for: set[str]) -> None:
        folder = self.base.joinpath(*key)
        if _is_folder(folder):
            for path in folder.iterdir():
                if path.name not in except_for:
                    self._gone((*key, path.name))


def overlay_changes(base: Path, upper: Path) -> Patch:
    """The patch from a base to what an overlay's upper layer makes of it. Raises LimitHit above 256 MiB."""
    reader = _Reader(base)
    reader.overlay(upper)
    return Patch(dict(sorted(reader.files.items())))


def copy_changes(base: Path, tree: Path) -> Patch:
    """The patch from a base to a changed copy of it. Raises LimitHit above 256 MiB."""
    reader = _Reader(base)
    reader.copy(tree)
    return Patch(dict(sorted(reader.files.items())))


def _content(place: Path, found: os.stat_result) -> Write:
    if stat.S_ISLNK(found.st_mode):
        return Write(os.fsencode(place.readlink()), "120000")
    if not os.access(place, os.R_OK):
        place.chmod(stat.S_IMODE(found.st_mode) | 0o400)
    return Write(place.read_bytes(), "100755" if found.st_mode & 0o100 else "100644")


def _same_shape(old: os.stat_result, new: os.stat_result) -> bool:
    return stat.S_IFMT(old.st_mode) == stat.S_IFMT(new.st_mode) and old.st_size == new.st_size


def _is_cache(key: Key) -> bool:
    return any(fnmatchcase(name, pattern) for name in key for pattern in CACHES)


def _opened(folder: Path) -> Path:
    if not os.access(folder, os.R_OK | os.X_OK):
        folder.chmod(0o700)
    return folder


def _is_folder(path: Path) -> bool:
    found = lstat(path)
    return found is not None and stat.S_ISDIR(found.st_mode)
