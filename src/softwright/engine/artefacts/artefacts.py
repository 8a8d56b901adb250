"""Artefacts: bytes under the name of their content, checked whenever they are read."""

import hashlib
import re
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from softwright.core import Clock, InvalidInput, OutsideFault, SystemClock
from softwright.engine.artefacts.folder import FolderShelf
from softwright.engine.artefacts.frame import HEAD_SIZE, read_head, unwrap, wrap
from softwright.engine.artefacts.remote import RemoteShelf
from softwright.engine.artefacts.shelf import Shelf
from softwright.engine.payload import dumps, loads

FRESH = timedelta(hours=1)
"""A file older than this is written anew when its content is put again, so that a collector of old
files, which began before, leaves it alone."""

_FOLDER_URLS = ("file://", "local://")
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
_MARK = "store"  # lies beside the folders of contents, so that no sweep comes by
_NAME = re.compile(r"[0-9a-f]{2}/([0-9a-f]{64})")


def artefact_digest(content: bytes) -> str:
    """The name of a content: "sha256:" and 64 hexadecimal digits."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


class Artefacts:
    """A store of immutable contents. Equal contents are stored once; putting is safe to repeat at any time.

    Many processes and machines may use one store at once. What is read is checked against its digest, so
    that a damaged or exchanged file is an error and never a wrong content.
    """

    def __init__(self, shelf: Shelf, clock: Clock | None = None) -> None:
        self._shelf = shelf
        self._clock = clock or SystemClock()

    @classmethod
    def open(cls, where: str | Path, *, fsync: bool = False, clock: Clock | None = None) -> "Artefacts":
        """The store in a folder (a path or `file://…`), or behind another URL that fsspec knows (`s3://…`).

        With `fsync` a content that was put survives a power cut (folders only); without, one that the cut
        took is missing or damaged, never wrong. Raises InvalidInput for a URL of no known kind,
        PrerequisiteMissing when its driver is not installed.
        """
        text = str(where)
        if isinstance(where, Path) or "://" not in text or text.startswith(_FOLDER_URLS):
            return cls(FolderShelf(Path(text.rpartition("://")[2]), fsync=fsync), clock)
        return cls(RemoteShelf(text), clock)

    @property
    def where(self) -> str:
        """What to call the store in messages."""
        return self._shelf.where

    def mark(self) -> str:
        """The mark by which this store is known wherever it is moved to, "" when it has none."""
        return (self._shelf.read(_MARK) or b"").decode("ascii", "replace")

    def make_mark(self) -> str:
        """Mark the store, and give the mark. Not for many at once."""
        self._shelf.write(_MARK, uuid4().hex.encode())
        return self.mark()

    def put(self, content: bytes) -> str:
        """Store `content` and give its digest."""
        digest = artefact_digest(content)
        name = _file_name(digest)
        if not self._holds(name, len(content)):
            self._shelf.write(name, wrap(content))
        return digest

    def get(self, digest: str) -> bytes:
        """The content of that digest. Raises OutsideFault when it is missing or damaged."""
        stored = self._shelf.read(_file_name(digest))
        if stored is None:
            raise OutsideFault(
                f"the artefact {digest} is missing",
                hint="it was collected or belongs to another store; run the step that made it again",
                where=self._shelf.where,
            )
        content = unwrap(stored)
        if content is None or artefact_digest(content) != digest:
            raise OutsideFault(
                f"the artefact {digest} is damaged: its content is another",
                hint="delete it and run the step that made it again; look at the disk",
                where=self._shelf.where,
            )
        return content

    def put_json(self, value: Any) -> str:
        """Store a value as payload text, of any length, and give the digest of that text."""
        return self.put(dumps(value, limit=None).encode())

    def get_json(self, digest: str) -> Any:
        """The value that `put_json` stored. Raises OutsideFault as `get` and `loads` do."""
        content = self.get(digest)
        try:
            return loads(content.decode())
        except UnicodeDecodeError as error:
            raise OutsideFault(
                f"the artefact {digest} is no payload text", hint="read it with `get`"
            ) from error

    def has(self, digest: str) -> bool:
        """True when there is a file of that digest; its content is not read."""
        return self._shelf.find(_file_name(digest)) is not None

    def size(self, digest: str) -> int:
        """Bytes of the content, uncompressed. Raises OutsideFault when it is missing or damaged."""
        head = self._shelf.read(_file_name(digest), HEAD_SIZE)
        sizes = None if head is None else read_head(head)
        return len(self.get(digest)) if sizes is None else sizes[0]

    def delete(self, digest: str, *, older_than: datetime | None = None) -> bool:
        """Remove a content; False when there was none, or it was put again since `older_than`."""
        name = _file_name(digest)
        if older_than is not None:
            found = self._shelf.find(name)
            if found is None or found.at is None or found.at >= older_than:
                return False
        return self._shelf.remove(name)

    def digests(self, *, older_than: datetime | None = None) -> Iterator[str]:
        """Every digest in the store, or those last put before `older_than`, in any order."""
        for found in self._shelf.files():
            named = _NAME.fullmatch(found.name)
            if named and (older_than is None or (found.at is not None and found.at < older_than)):
                yield f"sha256:{named[1]}"

    def sweep(
        self, *, older_than: datetime, keep: Collection[str] = (), dry_run: bool = False
    ) -> tuple[int, int]:
        """Remove contents last put before `older_than`, but for those of `keep`; gives how many, and bytes.

        One that is put again meanwhile stays. The bytes are those on the shelf, compressed.
        """
        count = size = 0
        for found in self._shelf.files():
            named = _NAME.fullmatch(found.name)
            if not named or found.at is None or found.at >= older_than or f"sha256:{named[1]}" in keep:
                continue
            if dry_run or self.delete(f"sha256:{named[1]}", older_than=older_than):
                count, size = count + 1, size + found.size
        return count, size

    def tidy(self, *, older_than: datetime) -> int:
        """Remove what writers that died left half-written before `older_than`; gives how many files."""
        left = [
            f.name for f in self._shelf.files() if f.at and f.at < older_than and not _NAME.fullmatch(f.name)
        ]
        return sum(self._shelf.remove(name) for name in left)

    def _holds(self, name: str, size: int) -> bool:
        """True when a whole and rather new file of that name is there."""
        found = self._shelf.find(name)
        if found is None or found.at is None or found.at < self._clock.now() - FRESH:
            return False
        return read_head(self._shelf.read(name, HEAD_SIZE) or b"") == (size, found.size)


def _file_name(digest: str) -> str:
    found = _DIGEST.fullmatch(digest)
    if found is None:
        raise InvalidInput(
            f"`{digest[:80]}` is no digest of an artefact", hint="it is `sha256:` and 64 hexadecimal digits"
        )
    return f"{found[1][:2]}/{found[1]}"
