"""Frozen bases: one immutable copy of a tree on disk for every fork of it."""

import contextlib
import fcntl
import json
import os
import secrets
import stat
import threading
from collections.abc import Callable
from pathlib import Path

from softwright.core import InvalidInput, OutsideFault
from softwright.workspaces import nest, trial
from softwright.workspaces.removal import remove_tree
from softwright.workspaces.sandbox import SANDBOX_UID
from softwright.workspaces.walk import walk

_DEFAULT_BYTES = 10 << 30


class Base:
    """A frozen tree on disk. It is kept from eviction for as long as this object lives.

    `path` is the folder with the files, never to be written; `tree` the hash of its git tree;
    `scratch` a folder on the same disk for forks.
    """

    def __init__(self, path: Path, tree: str, *, scratch: Path, lock: int) -> None:
        self.path = path
        self.tree = tree
        self.scratch = scratch
        self._lock = lock

    def close(self) -> None:
        """Let the cache drop this base when it needs the room. Safe to call twice."""
        lock, self._lock = self._lock, -1
        if lock >= 0:
            os.close(lock)

    def __del__(self) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Base({self.tree!r} at {self.path})"


class Bases:
    """The cache of frozen bases below one folder, shared by threads and processes.

    `max_bytes` bounds what it keeps on disk. `hand_over` gives the files to the user that sandboxed
    commands run as; None means: when this process is root.
    """

    def __init__(self, root: Path, *, max_bytes: int = _DEFAULT_BYTES, hand_over: bool | None = None) -> None:
        self._hand_over = trial.full_root() if hand_over is None else hand_over
        self.root = root.absolute()
        self.max_bytes = max_bytes
        self._trees = self.root / "trees"
        self._forks = self.root / "forks"
        self._known: set[str] = set()
        self._guard = threading.Lock()
        for folder in (self.root, self._trees, self._forks):
            folder.mkdir(parents=True, exist_ok=True)
        self.root.chmod(0o700)

    def get(self, tree: str, export: Callable[[Path], None]) -> Base:
        """The frozen base of a tree; `export` fills an empty folder with its files if there is none yet.

        A base that was left half-made or was changed since is made again. What `export` raises is
        passed on and leaves nothing behind.
        """
        if not tree or not tree.isalnum():
            raise InvalidInput(f"`{tree}` is not a tree hash", hint="give the hex hash of a git tree")
        place = self._trees / tree
        lock = _lock(self._trees / f"{tree}.lock", fcntl.LOCK_SH)
        if not self._sound(place, tree):
            os.close(lock)
            lock = _lock(self._trees / f"{tree}.lock", fcntl.LOCK_EX)
            try:
                if not self._sound(place, tree):
                    self._make(place, export)
                    self._known.add(tree)
                fcntl.flock(lock, fcntl.LOCK_SH)
            except BaseException:
                os.close(lock)
                raise
            self.evict()
        os.utime(place / "manifest")
        return Base(place / "tree", tree, scratch=self._forks, lock=lock)

    def evict(self) -> list[str]:
        """Remove the least recently used bases until the cache fits; gives their trees.

        Those in use anywhere are left alone.
        """
        sizes: list[tuple[float, int, Path]] = []
        for place in self._trees.glob("[!.]*"):  # not the drafts of bases that are being made
            with contextlib.suppress(OSError, ValueError, KeyError):
                manifest = place / "manifest"
                sizes.append((manifest.stat().st_mtime, json.loads(manifest.read_text())["bytes"], place))
        total = sum(size for _, size, _ in sizes)
        gone = []
        for _, size, place in sorted(sizes):
            if total <= self.max_bytes:
                break
            if self._remove(place):
                total -= size
                gone.append(place.name)
        return gone

    def settle(self) -> None:
        """Have the temporary files of this process lie where a sweep finds them after a kill."""
        nest.settle(self._forks)

    def sweep(self) -> None:
        """Remove what processes that were killed left behind: forks, half-made trees, temporary files."""
        nest.sweep(self._forks)
        self._sweep()

    def _remove(self, place: Path) -> bool:
        path = self._trees / f"{place.name}.lock"
        try:
            lock = _lock(path, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        try:
            self._known.discard(place.name)
            trash = self._trees / f".gone-{secrets.token_hex(8)}"
            place.rename(trash)
            path.unlink()
            remove_tree(trash)
        except FileNotFoundError:
            return False
        finally:
            os.close(lock)
        return True

    def _sound(self, place: Path, tree: str) -> bool:
        """True when the base is whole; looked at once a process, because nobody may write to it."""
        if tree in self._known and (place / "manifest").exists():
            return True
        try:
            kept = json.loads((place / "manifest").read_text())
            sound = kept == _survey(place / "tree")
        except (OSError, ValueError):
            return False
        if sound:
            self._known.add(tree)
        return bool(sound)

    def _make(self, place: Path, export: Callable[[Path], None]) -> None:
        for left in self._trees.glob(f".new-{place.name}-*"):  # of a process that died with our lock
            remove_tree(left)
        fresh = self._trees / f".new-{place.name}-{secrets.token_hex(8)}"
        try:
            (fresh / "tree").mkdir(parents=True)
            export(fresh / "tree")
            if self._hand_over:
                _give_away(fresh / "tree")
            (fresh / "manifest").write_text(json.dumps(_survey(fresh / "tree")))
            if place.exists():
                place.rename(self._trees / f".gone-{secrets.token_hex(8)}")
            fresh.rename(place)
        except OSError as error:
            raise OutsideFault(
                f"the files of tree {place.name} could not be laid out: {error}",
                hint=f"free some space below {self.root}, or set `home` to another disk",
            ) from error
        finally:
            remove_tree(fresh)
            self._sweep()

    def _sweep(self) -> None:
        """Remove what evictions and dead processes left."""
        for left in self._trees.glob(".gone-*"):
            with contextlib.suppress(OSError):
                remove_tree(left)
        for left in self._trees.glob(".new-*"):
            with contextlib.suppress(OSError):  # among them: its tree is being made now
                lock = _lock(self._trees / f"{left.name.split('-')[1]}.lock", fcntl.LOCK_EX | fcntl.LOCK_NB)
                try:
                    remove_tree(left)
                finally:
                    os.close(lock)


def _lock(path: Path, kind: int) -> int:
    """An open, locked lock file that is still the one at `path`."""
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, kind)
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(handle), path.stat()):
                    return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def _survey(tree: Path) -> dict[str, int]:
    """Counts that change when files are lost, cut, grown or touched after the freeze."""
    files = size = latest = 0
    for _, found in walk(tree):
        files += 1
        if not stat.S_ISDIR(found.st_mode):
            size += found.st_size
            latest = max(latest, found.st_mtime_ns)
    return {"files": files, "bytes": size, "latest": latest}


def _give_away(tree: Path) -> None:
    """Make the files belong to the user that sandboxed commands run as."""
    os.chown(tree, SANDBOX_UID, SANDBOX_UID)
    for folder, folders, files in os.walk(tree):
        for name in (*folders, *files):
            os.chown(os.path.join(folder, name), SANDBOX_UID, SANDBOX_UID, follow_symlinks=False)  # noqa: PTH118
