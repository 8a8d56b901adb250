"""Artefacts behind a URL: an object store, or whatever else fsspec reaches."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from softwright.core import InvalidInput, OutsideFault, PrerequisiteMissing
from softwright.engine.artefacts.shelf import Found

_TIMES = ("LastModified", "last_modified", "mtime", "updated", "modified", "created")


class RemoteShelf:
    """Files under a URL. Object stores show a file only when it is whole; elsewhere reading notices a part.

    So while a store that is no object store is being written to, a reader of the same content may find it
    damaged for a moment; for folders there is `FolderShelf`.
    """

    def __init__(self, url: str) -> None:
        parsed = urlsplit(url)
        if parsed.password or (parsed.username and parsed.scheme in ("s3", "gs", "gcs", "abfs", "az")):
            raise InvalidInput(
                f"the URL of the artefact store on `{parsed.hostname}` holds a secret",
                hint="give credentials in the environment, as the store's own tools expect them",
            )
        self.where = url.rstrip("/")
        self._scheme = parsed.scheme
        self._system()

    def write(self, name: str, content: bytes) -> None:
        """Store a file."""
        system, root = self._system()
        path = f"{root}/{name}"
        with self._explained():
            try:
                system.pipe_file(path, content)
            except FileNotFoundError:
                if not system.exists(root):  # a bucket is nothing to be made in passing
                    raise
                system.makedirs(path.rpartition("/")[0], exist_ok=True)
                system.pipe_file(path, content)

    def read(self, name: str, size: int = -1) -> bytes | None:
        """The first bytes of a file, or all."""
        system, root = self._system()
        with self._explained():
            try:
                return bytes(system.cat_file(f"{root}/{name}", start=0, end=None if size < 0 else size))
            except FileNotFoundError:
                return None

    def find(self, name: str) -> Found | None:
        """Size and time of a file."""
        system, root = self._system()
        with self._explained():
            try:
                return self._found(name, system.info(f"{root}/{name}"))
            except FileNotFoundError:
                return None

    def remove(self, name: str) -> bool:
        """Remove a file."""
        if self.find(name) is None:  # object stores do not tell
            return False
        system, root = self._system()
        with self._explained():
            try:
                system.rm_file(f"{root}/{name}")
            except FileNotFoundError:
                return False
        return True

    def files(self) -> Iterator[Found]:
        """Every file, folder by folder, so that no listing is very long."""
        system, root = self._system()
        with self._explained():
            try:
                folders = [row["name"] for row in system.ls(root, detail=True) if row["type"] == "directory"]
            except FileNotFoundError:
                return
        for folder in sorted(folders):
            with self._explained():
                try:
                    listed = system.find(folder, detail=True)
                except FileNotFoundError:
                    continue
            for path, row in listed.items():
                yield self._found("/".join(path.rsplit("/", 2)[-2:]), row)

    def _system(self) -> tuple[Any, str]:
        """fsspec's object and the path of the root; fsspec keeps one for each process and thread."""
        import fsspec  # slow to import, and most homes keep their artefacts in a folder

        try:
            system, path = fsspec.core.url_to_fs(self.where, use_listings_cache=False)
        except ValueError as error:
            raise InvalidInput(
                f"`{self._scheme}` is no kind of artefact store: {error}",
                hint="give a folder, or a URL that fsspec knows, such as s3://bucket/path",
            ) from error
        except ImportError as error:
            raise PrerequisiteMissing(
                f"the driver for `{self._scheme}://` is not installed: {error}",
                hint="pip install 'softwright[object-store]' brings the one for s3://",
            ) from error
        except Exception as error:
            raise self._fault(error) from error
        return system, path.rstrip("/")

    def _found(self, name: str, row: dict[str, Any]) -> Found:
        at = next((row[key] for key in _TIMES if row.get(key)), None)
        if isinstance(at, int | float):
            at = datetime.fromtimestamp(at, UTC)
        elif not isinstance(at, datetime):
            at = None
        elif at.tzinfo is None:
            at = at.replace(tzinfo=UTC)
        return Found(name, int(row.get("size") or 0), at)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turns whatever a driver raises into an OutsideFault; each has errors of its own."""
        try:
            yield
        except Exception as error:
            raise self._fault(error) from error

    def _fault(self, error: Exception) -> OutsideFault:
        said = str(error) or type(error).__name__
        return OutsideFault(
            f"the artefact store cannot be used: {said[:500]}",
            hint="check the URL, the credentials in the environment and the network, then run again",
            where=self.where,
        )
