"""Frozen bases: made once, whole or not at all, kept within bounds."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from softwright.core import InvalidInput, OutsideFault
from softwright.workspaces import Bases


def filling(size: int, log: list[int] | None = None) -> Callable[[Path], None]:
    """An export that writes one file of `size` bytes and counts its calls."""

    def export(folder: Path) -> None:
        if log is not None:
            log.append(size)
        (folder / "data").write_bytes(bytes(size))

    return export


def test_base_is_exported_once(tmp_path: Path) -> None:
    """A second request, also from another cache object on the same folder, exports nothing."""
    calls: list[int] = []
    first = Bases(tmp_path).get("aa", filling(10, calls))
    again = Bases(tmp_path).get("aa", filling(10, calls))
    assert calls == [10]
    assert first.path == again.path
    assert (again.path / "data").stat().st_size == 10


def test_failed_export_leaves_nothing(tmp_path: Path) -> None:
    """What the export raises is passed on; the next request starts anew."""

    def failing(folder: Path) -> None:
        (folder / "half").write_text("x")
        raise ValueError("gone")

    bases = Bases(tmp_path)
    with pytest.raises(ValueError, match="gone"):
        bases.get("aa", failing)
    assert not [path for path in (tmp_path / "trees").iterdir() if path.suffix != ".lock"]
    assert sorted(p.name for p in bases.get("aa", filling(1)).path.iterdir()) == ["data"]


def test_full_disk_is_told(tmp_path: Path) -> None:
    """A disk that is full while exporting is an outside fault with a cure, and leaves nothing."""

    def full(folder: Path) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OutsideFault, match="No space left") as told:
        Bases(tmp_path).get("aa", full)
    assert "free some space" in told.value.hint


@pytest.mark.parametrize("harm", ["lost", "grown", "manifest", "half"])
def test_damaged_base_is_made_again(tmp_path: Path, harm: str) -> None:
    """A base that lost or gained bytes, or was left half-made by a crash, is rebuilt in the next process."""
    base = Bases(tmp_path).get("aa", filling(10))
    base.close()
    if harm == "lost":
        (base.path / "data").unlink()
    elif harm == "grown":
        (base.path / "more").write_text("x")
    elif harm == "manifest":
        (base.path.parent / "manifest").write_text("{")
    else:
        (base.path.parent / "manifest").unlink()
    calls: list[int] = []
    mended = Bases(tmp_path).get("aa", filling(10, calls))
    assert calls == [10]
    assert [path.name for path in mended.path.iterdir()] == ["data"]


def test_least_recently_used_goes_first(tmp_path: Path) -> None:
    """Above the bound the base that was not used for longest is removed, one in use never."""
    bases = Bases(tmp_path, max_bytes=250)
    held = bases.get("a0", filling(100))
    bases.get("a1", filling(100)).close()
    _age(bases, "a0", 300)
    _age(bases, "a1", 200)
    bases.get("a2", filling(100)).close()
    assert held.path.exists()
    assert _kept(tmp_path) == ["a0", "a2"]
    held.close()
    _age(bases, "a2", 100)
    bases.get("a3", filling(100)).close()
    assert _kept(tmp_path) == ["a2", "a3"]


def test_base_in_use_elsewhere_is_kept(tmp_path: Path) -> None:
    """A base that another process holds is not removed; once that process is gone, it is."""
    Bases(tmp_path).get("a0", filling(100)).close()
    program = (
        "import sys; from pathlib import Path; from softwright.workspaces import Bases\n"
        "base = Bases(Path(sys.argv[1])).get('a0', None); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        bases = Bases(tmp_path, max_bytes=0)
        assert bases.evict() == []
        other.kill()
    assert bases.evict() == ["a0"]
    assert _kept(tmp_path) == []


def test_many_threads_ask_at_once(tmp_path: Path) -> None:
    """One exports, the others wait and get the same base; eviction in between harms no one."""
    bases = Bases(tmp_path, max_bytes=150)
    calls: list[int] = []
    faults: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for _ in range(5):
                base = bases.get(f"a{number % 3}", filling(100, calls))
                assert (base.path / "data").stat().st_size == 100
                base.close()
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len(calls) >= 3


def test_a_base_that_is_being_made_is_not_evicted(tmp_path: Path) -> None:
    """A draft has its manifest just before it gets its name; another thread's eviction leaves it alone."""
    bases = Bases(tmp_path, max_bytes=1)
    bases.get("a1", filling(100)).close()
    draft = next(tmp_path.rglob("a1/manifest")).parent.rename(next(tmp_path.rglob("a1")).parent / ".new-1-ab")
    bases.evict()
    assert (draft / "manifest").exists()


def test_tree_must_be_a_hash(tmp_path: Path) -> None:
    """A tree name that could be a path is refused."""
    for bad in ("", "../x", "a/b"):
        with pytest.raises(InvalidInput, match="not a tree hash"):
            Bases(tmp_path).get(bad, filling(1))


def _age(bases: Bases, tree: str, seconds: int) -> None:
    manifest = bases.root / "trees" / tree / "manifest"
    json.loads(manifest.read_text())
    then = manifest.stat().st_mtime - seconds
    os.utime(manifest, (then, then))


def _kept(root: Path) -> list[str]:
    return sorted(path.name for path in (root / "trees").iterdir() if path.is_dir())
