"""The files of one fork, seen from outside while no command runs in it."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

from softwright.core import Delete, FileChange, InvalidInput, OutsideFault, Patch, Write
from softwright.workspaces.overlay import is_opaque, is_whiteout, make_opaque, make_whiteout
from softwright.workspaces.removal import remove_tree
from softwright.workspaces.walk import lstat


class Layer:
    """A writable folder over a frozen one.

    `upper` holds what the fork changed; `lower` shows through where it says nothing. With `lower` None
    the upper folder is a whole copy. `owner` is the (user, group) that new files belong to.
    """

    def __init__(
        self, upper: Path, lower: Path | None, *, spare: Path, view: str, owner: tuple[int, int] | None
    ) -> None:
        self.upper = upper
        self.lower = lower
        self._spare = spare
        self._view = view
        self._owner = owner

    def find(self, path: str) -> Path | None:
        """Where the entry of this path lies on disk, or None; links on the way are not followed."""
        parts = checked_parts(path)
        upper, through = self._walk(parts[:-1])
        if upper is not None:
            there = lstat(upper / parts[-1])
            if there is not None:
                return None if is_whiteout(there) else upper / parts[-1]
        return self._below(parts) if through else None

    def read(self, path: str) -> bytes | None:
        """Content of a file, the target of a link, None when there is no such file."""
        place = self.find(path)
        found = lstat(place) if place else None
        if place is None or found is None:
            return None
        if stat.S_ISLNK(found.st_mode):
            return os.fsencode(place.readlink())
        return place.read_bytes() if stat.S_ISREG(found.st_mode) else None

    def apply(self, patch: Patch) -> None:
        """Make all file operations of a patch, or none.

        Raises InvalidInput for a path that leaves the tree, goes through a link or names a folder, and
        for the removal of a file that is not there; OutsideFault when the disk refuses.
        """
        undo: list[Callable[[], object]] = []
        try:
            for path, change in patch.files.items():
                self._check(path, change, patch)
            self._spare.mkdir(exist_ok=True)
            staged = {p: self._stage(n, c) for n, (p, c) in enumerate(patch.files.items())}
            # Removals first: a file may become a folder, or a folder a file, in one patch.
            for path in sorted(p for p, c in patch.files.items() if isinstance(c, Delete)):
                self._settle(path, None, undo)
            for path, fresh in sorted(staged.items()):
                if fresh is not None:
                    self._settle(path, fresh, undo)
        except BaseException as error:
            for step in reversed(undo):
                step()
            if isinstance(error, OSError):
                raise OutsideFault(
                    f"the patch could not be written: {error}",
                    hint="nothing was changed; free some space, or shorten the names",
                ) from error
            raise
        finally:
            remove_tree(self._spare)

    def _check(self, path: str, change: FileChange, patch: Patch) -> None:
        parts = checked_parts(path)
        for depth in range(1, len(parts)):
            above = "/".join(parts[:depth])
            if isinstance(change, Write) and isinstance(patch.files.get(above), Write):
                raise InvalidInput(
                    f"patch writes both `{above}` and `{path}`", hint="a name is either a file or a folder"
                )
            place = self.find(above)
            if place is None:
                continue
            mode = place.lstat().st_mode
            if not stat.S_ISDIR(mode) and not isinstance(patch.files.get(above), Delete):
                kind = "a link" if stat.S_ISLNK(mode) else "not a folder"
                raise InvalidInput(
                    f"patch writes `{path}`, but `{above}` is {kind}",
                    hint="name the file by its real path inside the tree",
                )
        place = self.find(path)
        if isinstance(change, Delete) and place is None:
            raise InvalidInput(
                f"patch removes `{path}`, which is not there", hint="make the patch against this tree"
            )
        if place is not None and stat.S_ISDIR(place.lstat().st_mode):
            kept = [p for p in self._files_below(path) if not isinstance(patch.files.get(p), Delete)]
            if kept or isinstance(change, Delete):
                raise InvalidInput(
                    f"patch names `{path}`, which is a folder", hint="name each file of the folder"
                )

    def _files_below(self, path: str) -> list[str]:
        found, todo = [], [path]
        while todo:
            folder = todo.pop()
            for name in self.names(folder):
                inner = f"{folder}/{name}"
                place = self.find(inner)
                if place is not None and stat.S_ISDIR(place.lstat().st_mode):
                    todo.append(inner)
                elif place is not None:
                    found.append(inner)
        return found

    def names(self, folder: str) -> set[str]:
        """Names in one folder, "" for the top; those that are deleted may be among them."""
        parts = tuple(folder.split("/")) if folder else ()
        upper, through = self._walk(parts)
        names = {path.name for path in upper.iterdir()} if upper is not None else set()
        if through and self.lower is not None:
            below = self.lower.joinpath(*parts)
            if _is_folder(below):
                names |= {path.name for path in below.iterdir()}
        return names

    def _stage(self, number: int, change: FileChange) -> Path | None:
        if isinstance(change, Delete):
            return None
        fresh = self._spare / f"new{number}"
        if change.mode == "120000":
            fresh.symlink_to(os.fsdecode(change.content))
        else:
            fresh.write_bytes(change.content)
            fresh.chmod(0o755 if change.mode == "100755" else 0o644)
        self._own(fresh)
        return fresh

    def _settle(self, path: str, fresh: Path | None, undo: list[Callable[[], object]]) -> None:
        parts = checked_parts(path)
        for depth in range(1, len(parts)):
            self._open_folder(parts[:depth], undo)
        _, through = self._walk(parts[:-1])
        target = self.upper.joinpath(*parts)
        self._move_aside(target, undo)
        if fresh is not None:
            fresh.rename(target)
            undo.append(target.unlink)
        elif through and self._below(parts) is not None:
            make_whiteout(target)
            undo.append(target.unlink)

    def _open_folder(self, parts: tuple[str, ...], undo: list[Callable[[], object]]) -> None:
        """Make sure that a folder is in the upper layer, so that something can be put into it."""
        target = self.upper.joinpath(*parts)
        if _is_folder(target):
            return
        hidden = self._move_aside(target, undo)
        _, through = self._walk(parts[:-1])
        below = self._below(parts) if through else None
        target.mkdir(mode=0o755)
        undo.append(target.rmdir)
        if below is not None and _is_folder(below):
            if hidden:
                make_opaque(target, view=self._view)
            else:
                target.chmod(stat.S_IMODE(below.lstat().st_mode))
        self._own(target)

    def _move_aside(self, target: Path, undo: list[Callable[[], object]]) -> bool:
        if not os.path.lexists(target):
            return False
        aside = self._spare / f"old{len(undo)}"
        target.rename(aside)
        undo.append(lambda: aside.rename(target))
        return True

    def _own(self, path: Path) -> None:
        if self._owner is not None:
            os.chown(path, *self._owner, follow_symlinks=False)

    def _walk(self, folders: tuple[str, ...]) -> tuple[Path | None, bool]:
        """The folder in the upper layer (None: not there), and whether the lower one shows through."""
        upper: Path | None = self.upper
        through = self.lower is not None
        for name in folders:
            if upper is None:
                return None, through
            upper = upper / name
            found = lstat(upper)
            if found is None:
                upper = None
            elif not stat.S_ISDIR(found.st_mode):
                return None, False
            elif through and is_opaque(upper):
                through = False
        return upper, through

    def _below(self, parts: tuple[str, ...]) -> Path | None:
        if self.lower is None:
            return None
        place = self.lower
        for name in parts[:-1]:
            place = place / name
            if not _is_folder(place):
                return None
        place = place / parts[-1]
        return place if os.path.lexists(place) else None


def checked_parts(path: str) -> tuple[str, ...]:
    """The names of a path inside the tree.

    Raises InvalidInput for one that is absolute, leaves the tree, or reaches into git's own folder.
    """
    parts = tuple(path.split("/"))
    bad = [p for p in parts if p in ("", ".", "..") or "\0" in p or p.lower() == ".git"]
    if bad:
        raise InvalidInput(
            f"`{path}` is not a path inside the tree",
            hint="allowed: names joined by `/`, none of them empty, `.`, `..` or `.git`",
        )
    return parts


def _is_folder(path: Path) -> bool:
    found = lstat(path)
    return found is not None and stat.S_ISDIR(found.st_mode)
