"""Artefacts in a folder of this machine, or of a file system that machines share."""

import errno
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from softwright.core import OutsideFault
from softwright.engine.artefacts.shelf import Found

_PART = ".part-"
_NO_UNNAMED = {errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT, errno.EXDEV, errno.EPERM}


class FolderShelf:
    """Files under `root`, in a folder for each of the first two digits.

    A file is written without a name where the file system can do that, so that a writer that is killed
    leaves nothing behind; elsewhere under a name that `files` shows.
    """

    def __init__(self, root: Path, *, fsync: bool = False) -> None:
        self.root = root
        self.where = str(root)
        self._fsync = fsync

    def write(self, name: str, content: bytes) -> None:
        """Store a file by giving it its name only when it is whole."""
        target = self.root / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists() or not self._write_unnamed(target, content):
                self._write_renamed(target, content)
            if self._fsync:
                _sync_folder(target.parent)
        except OSError as error:
            raise self._fault(error) from error

    def read(self, name: str, size: int = -1) -> bytes | None:
        """The first bytes of a file, or all."""
        try:
            with (self.root / name).open("rb") as file:
                return file.read(size)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._fault(error) from error

    def find(self, name: str) -> Found | None:
        """Size and time of a file."""
        try:
            status = (self.root / name).stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._fault(error) from error
        return Found(name, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))

    def remove(self, name: str) -> bool:
        """Remove a file."""
        try:
            (self.root / name).unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise self._fault(error) from error
        return True

    def files(self) -> Iterator[Found]:
        """Every file, folder by folder."""
        for folder in self._listed(self.root):
            if not folder.is_dir():
                continue
            for path in self._listed(folder):
                found = self.find(f"{folder.name}/{path.name}")
                if found is not None:  # gone since it was listed
                    yield found

    def _listed(self, folder: Path) -> list[Path]:
        try:
            return sorted(folder.iterdir())
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._fault(error) from error

    def _write_unnamed(self, target: Path, content: bytes) -> bool:
        """Write and link; False when this file system has no files without a name."""
        folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            number = os.open(target.parent, os.O_TMPFILE | os.O_WRONLY, 0o644)
            with os.fdopen(number, "wb"):
                self._fill(number, content)
                # Only with a folder's descriptor does Python follow the link under /proc.
                os.link(f"/proc/self/fd/{number}", target.name, src_dir_fd=folder, dst_dir_fd=folder)
        except FileExistsError:
            return True  # another writer was quicker, with the same content
        except OSError as error:
            if error.errno in _NO_UNNAMED:
                return False
            raise
        finally:
            os.close(folder)
        return True

    def _write_renamed(self, target: Path, content: bytes) -> None:
        part = target.with_name(f"{_PART}{uuid4().hex}")
        try:
            number = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
            with os.fdopen(number, "wb") as file:
                self._fill(file.fileno(), content)
            part.replace(target)
        except BaseException:
            with suppress(OSError):
                part.unlink()
            raise

    def _fill(self, number: int, content: bytes) -> None:
        view = memoryview(content)
        while view:
            view = view[os.write(number, view) :]
        if self._fsync:
            os.fsync(number)

    def _fault(self, error: OSError) -> OutsideFault:
        hint = "free some space and run again" if error.errno in (errno.ENOSPC, errno.EDQUOT) else ""
        return OutsideFault(
            f"the artefact store cannot be used: {error.strerror or error}",
            hint=hint or "make the folder readable and writable for you",
            where=str(error.filename or self.root),
        )


def _sync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
