"""The lock of a home of files."""

import threading
from pathlib import Path

import pytest

from softwright.engine import HomeInUse
from softwright.engine.durable import OnlyOne
from softwright.engine.durable.alone import holder, is_held


def test_who_only_looks_is_not_taken_for_a_holder(tmp_path: Path) -> None:
    """A start finds the lock free all the same."""
    lock, over = tmp_path / "lock", threading.Event()
    lock.write_text("pid 1, who is dead")

    def look() -> None:
        while not over.is_set():
            is_held(lock)

    looker = threading.Thread(target=look)
    looker.start()
    try:
        for _ in range(200):
            with OnlyOne(lock):
                pass
    finally:
        over.set()
        looker.join()


def test_who_holds_it_is_named(tmp_path: Path) -> None:
    """To who looks, and to who would hold it too."""
    lock = tmp_path / "lock"
    assert holder(lock) == ""
    with OnlyOne(lock):
        assert holder(lock).startswith("pid ")
        with pytest.raises(HomeInUse, match="pid "):
            OnlyOne(lock).__enter__()
    assert holder(lock) == ""
