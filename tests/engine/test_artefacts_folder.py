"""The store in a folder: the contract, and what only files can suffer."""

import os
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from softwright.core import OutsideFault
from softwright.engine.artefacts import Artefacts, FolderShelf, artefact_digest
from softwright.engine.artefacts import folder as folder_module
from softwright.testing import ArtefactsContract

DAY = timedelta(days=1)
TEXT = b"words that shrink, " * 1_000


class TestFolder(ArtefactsContract):
    """The usual variant."""

    @pytest.fixture
    def artefacts(self, tmp_path: Path) -> Artefacts:
        """A store in a folder that does not exist yet."""
        return Artefacts.open(tmp_path / "not" / "yet")


class TestFolderWithFsync(ArtefactsContract):
    """Every file is flushed to the disk."""

    @pytest.fixture
    def artefacts(self, tmp_path: Path) -> Artefacts:
        """A store that flushes."""
        return Artefacts.open(f"file://{tmp_path}", fsync=True)


class TestFolderWithoutUnnamedFiles(ArtefactsContract):
    """A file system on which every file needs a name."""

    @pytest.fixture
    def artefacts(self, tmp_path: Path) -> Artefacts:
        """A store that writes under a passing name."""

        class Renaming(FolderShelf):
            def _write_unnamed(self, target: Path, content: bytes) -> bool:
                return False

        return Artefacts(Renaming(tmp_path))


def the_file(root: Path) -> Path:
    """The one file of a store."""
    (found,) = (path for path in root.rglob("*") if path.is_file())
    return found


def test_text_is_stored_compressed_and_noise_is_not(tmp_path):
    """Compression is kept where it pays; the digest is that of the raw content either way."""
    store = Artefacts.open(tmp_path)
    store.put(TEXT)
    assert the_file(tmp_path).stat().st_size < len(TEXT) / 10
    store.delete(artefact_digest(TEXT))
    noise = os.urandom(100_000)
    store.put(noise)
    assert the_file(tmp_path).stat().st_size < len(noise) + 100


@pytest.mark.parametrize(
    "damage",
    [
        lambda stored: stored[:-1],
        lambda stored: stored[:10],
        lambda stored: b"",
        lambda stored: stored + b"x",
        lambda stored: bytes(len(stored)),
        lambda stored: stored[:40] + bytes([stored[40] ^ 1]) + stored[41:],
        lambda stored: b"quite another file, of somebody else",
    ],
    ids=["cut", "headless", "empty", "longer", "zeroes", "one bit", "foreign"],
)
@pytest.mark.parametrize("content", [TEXT, bytes(range(256))], ids=["compressed", "raw"])
def test_a_damaged_file_is_noticed(tmp_path, damage, content):
    """Whatever happened to the file, reading it is a fault that names the digest, never a wrong content."""
    store = Artefacts.open(tmp_path)
    digest = store.put(content)
    path = the_file(tmp_path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(OutsideFault, match=f"{digest} is damaged") as raised:
        store.get(digest)
    assert "delete it" in raised.value.hint
    store.delete(digest)
    assert store.get(store.put(content)) == content


def test_an_exchanged_file_is_noticed(tmp_path):
    """A whole and valid file under the wrong name is not taken for the right one."""
    store = Artefacts.open(tmp_path)
    one = store.put(b"one")
    path = the_file(tmp_path)
    other = Artefacts.open(tmp_path / "other")
    other.put(b"two")
    path.write_bytes(the_file(tmp_path / "other").read_bytes())
    with pytest.raises(OutsideFault, match=f"{one} is damaged"):
        store.get(one)


def test_putting_again_mends_a_cut_file(tmp_path):
    """A file that a power cut left short is replaced when its content comes again."""
    store = Artefacts.open(tmp_path)
    digest = store.put(TEXT)
    the_file(tmp_path).write_bytes(the_file(tmp_path).read_bytes()[:30])
    store.put(TEXT)
    assert store.get(digest) == TEXT


def test_a_head_that_promises_too_much_costs_no_memory(tmp_path):
    """A small file that would inflate beyond what it announces is read no further than that."""
    store = Artefacts.open(tmp_path)
    bomb = store.put(bytes(50_000_000))
    path = the_file(tmp_path)
    stored = bytearray(path.read_bytes())
    stored[4:12] = (1000).to_bytes(8, "big")
    path.write_bytes(stored)
    with pytest.raises(OutsideFault, match="is damaged"):
        store.get(bomb)


def test_a_content_put_again_counts_as_new(tmp_path):
    """What a collector saw as old is new again once it was put; it is not collected from under its writer."""
    store = Artefacts.open(tmp_path)
    digest = store.put(b"x")
    old = (datetime.now(UTC) - DAY).timestamp()
    os.utime(the_file(tmp_path), (old, old))
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    assert list(store.digests(older_than=an_hour_ago)) == [digest]
    store.put(b"x")
    assert list(store.digests(older_than=an_hour_ago)) == []


WRITER = """
import os, sys
from pathlib import Path
from softwright.engine.artefacts import Artefacts
store = Artefacts.open(Path(sys.argv[1]))
for i in range(150):
    content = str(i).encode() * 2_000
    assert store.get(store.put(content)) == content
"""


def test_processes_share_a_folder(tmp_path):
    """Several processes put the same contents at once; each content is there once and whole."""
    running = [subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)]) for _ in range(3)]
    assert [process.wait() for process in running] == [0, 0, 0]
    store = Artefacts.open(tmp_path)
    assert set(store.digests()) == {artefact_digest(str(i).encode() * 2_000) for i in range(150)}
    assert not list(tmp_path.rglob(".part-*"))


HALFWAY = """
import os, sys
from pathlib import Path
from softwright.engine.artefacts import Artefacts, FolderShelf
class Dying(FolderShelf):
    def _fill(self, number, content):
        os.write(number, content[:10])
        os.kill(os.getpid(), 9)
class DyingRenamed(Dying):
    def _write_unnamed(self, target, content):
        return False
Artefacts({"unnamed": Dying, "renamed": DyingRenamed}[sys.argv[2]](Path(sys.argv[1]))).put(b"x" * 100)
"""


def test_a_killed_writer_leaves_nothing_wrong(tmp_path):
    """Killed halfway, a writer leaves no artefact; what it may leave is removed by `tidy`."""
    store = Artefacts.open(tmp_path)
    for way in ("unnamed", "renamed"):
        done = subprocess.run([sys.executable, "-c", HALFWAY, str(tmp_path), way], check=False)
        assert done.returncode == -9
        assert list(store.digests()) == []
        left = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert len(left) == (way == "renamed")
    assert store.tidy(older_than=datetime.now(UTC) - DAY) == 0
    assert store.tidy(older_than=datetime.now(UTC) + DAY) == 1
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_full_disk_is_said_so_and_leaves_nothing(tmp_path):
    """The fault says what to do, and no part of the file stays."""

    class Full(FolderShelf):
        def _write_unnamed(self, target: Path, content: bytes) -> bool:
            return False

        def _fill(self, number: int, content: bytes) -> None:
            with Path("/dev/full").open("wb", buffering=0) as full:
                full.write(content)

    with pytest.raises(OutsideFault, match="No space left") as raised:
        Artefacts(Full(tmp_path)).put(b"x")
    assert "free some space" in raised.value.hint
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_file_in_place_of_the_folder_is_said_so(tmp_path):
    """A root that cannot be a folder is an outside fault that names it."""
    (tmp_path / "root").write_bytes(b"")
    with pytest.raises(OutsideFault, match="Not a directory") as raised:
        Artefacts.open(tmp_path / "root").put(b"x")
    assert str(tmp_path / "root") in raised.value.where


def test_text_that_is_no_payload_is_said_so(tmp_path):
    """Reading bytes as a value names the digest and the right way."""
    store = Artefacts.open(tmp_path)
    with pytest.raises(OutsideFault, match="is no payload text"):
        store.get_json(store.put(b"\xff"))
    with pytest.raises(OutsideFault, match="damaged"):
        store.get_json(store.put(b"[1,"))


def test_files_are_not_executable(tmp_path):
    """Stored bytes never get the right to be run."""
    Artefacts.open(tmp_path).put(b"#!/bin/sh\n")
    assert not the_file(tmp_path).stat().st_mode & (stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    assert folder_module.FolderShelf(tmp_path).where == str(tmp_path)
