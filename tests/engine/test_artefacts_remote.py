"""The store behind fsspec: the contract in memory, and what drivers do when they fail."""

import pickle
from importlib.util import find_spec
from uuid import uuid4

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from softwright.core import InvalidInput, OutsideFault, PrerequisiteMissing
from softwright.engine.artefacts import Artefacts, RemoteShelf, artefact_digest
from softwright.testing import ArtefactsContract


class WithFolders(MemoryFileSystem):
    """A driver that writes only into folders that are there."""

    protocol = "withfolders"
    store: dict = {}  # noqa: RUF012 - fsspec's own form
    pseudo_dirs = [""]  # noqa: RUF012

    @classmethod
    def _strip_protocol(cls, path):
        return super()._strip_protocol(path.replace("withfolders://", "memory://"))

    def pipe_file(self, path, value, mode="overwrite", **kwargs):
        """Write, as the parent does."""
        if not self.isdir(self._parent(path)):
            raise FileNotFoundError(path)
        super().pipe_file(path, value, mode=mode, **kwargs)


class Refusing(MemoryFileSystem):
    """A driver that is let in nowhere, with an error of its own kind."""

    protocol = "refusing"

    class Denied(Exception):
        """No OSError."""

    def info(self, path, **kwargs):
        """Refuse."""
        raise self.Denied("Access Denied for key")

    def ls(self, path, detail=True, **kwargs):
        """Refuse."""
        raise self.Denied("Access Denied for list")


fsspec.register_implementation("withfolders", WithFolders, clobber=True)
fsspec.register_implementation("refusing", Refusing, clobber=True)


class TestMemory(ArtefactsContract):
    """An object store as fsspec keeps it in memory."""

    @pytest.fixture
    def artefacts(self) -> Artefacts:
        """An empty store."""
        return Artefacts.open(f"memory://{uuid4().hex}/artefacts/")


class TestWithFolders(ArtefactsContract):
    """A remote file system whose folders must be made."""

    @pytest.fixture
    def artefacts(self) -> Artefacts:
        """An empty store under a folder that is there."""
        root = f"withfolders://{uuid4().hex}"
        system, path = fsspec.core.url_to_fs(root)
        system.makedirs(path)
        return Artefacts.open(root)


def test_a_missing_root_is_not_made_in_passing():
    """A bucket that is not there is a fault that names it; making one is for people."""
    with pytest.raises(OutsideFault, match="cannot be used") as raised:
        Artefacts.open("withfolders://nowhere/at/all").put(b"x")
    assert raised.value.where == "withfolders://nowhere/at/all"


def test_damage_is_noticed():
    """A stored object that was cut is a fault; putting its content again mends it."""
    url = f"memory://{uuid4().hex}"
    store = Artefacts.open(url)
    digest = store.put(b"x" * 1000)
    system, root = fsspec.core.url_to_fs(url)
    (path,) = system.find(root)
    system.pipe_file(path, system.cat_file(path)[:-2])
    with pytest.raises(OutsideFault, match="is damaged"):
        store.get(digest)
    store.put(b"x" * 1000)
    assert store.get(digest) == b"x" * 1000


def test_a_drivers_own_error_is_an_outside_fault():
    """Whatever class a driver raises, the message keeps its words and says what to look at."""
    store = Artefacts.open("refusing://bucket")
    for ask in (
        lambda: store.put(b"x"),
        lambda: list(store.digests()),
        lambda: store.has(artefact_digest(b"x")),
    ):
        with pytest.raises(OutsideFault, match="Access Denied for") as raised:
            ask()
        assert "credentials" in raised.value.hint


def test_a_url_of_no_known_kind_is_invalid_input():
    """The kind that was given is named, and what may be given."""
    with pytest.raises(InvalidInput, match="`s4` is no kind of artefact store") as raised:
        Artefacts.open("s4://bucket")
    assert "s3://bucket/path" in raised.value.hint


@pytest.mark.skipif(find_spec("s3fs") is not None, reason="the driver is installed")
def test_a_missing_driver_is_a_missing_prerequisite():
    """The message brings the command that installs it."""
    with pytest.raises(PrerequisiteMissing, match="driver for `s3://`") as raised:
        Artefacts.open("s3://bucket/path")
    assert "softwright[object-store]" in raised.value.hint


@pytest.mark.parametrize("url", ["s3://key:secret@bucket/x", "ftp://me:secret@host/x", "s3://key@bucket"])
def test_secrets_in_the_url_are_refused(url):
    """A URL is shown and stored, so it holds no secret; the message does not repeat it."""
    with pytest.raises(InvalidInput, match="holds a secret") as raised:
        Artefacts.open(url)
    assert "secret@" not in str(raised.value)
    assert "key" not in raised.value.message


def test_a_shelf_travels_to_a_worker():
    """A pickled copy reaches the same files."""
    url = f"memory://{uuid4().hex}"
    digest = Artefacts.open(url).put(b"x")
    copy = pickle.loads(pickle.dumps(RemoteShelf(url)))
    assert Artefacts(copy).get(digest) == b"x"
