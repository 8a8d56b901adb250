"""Workers on one database use one artefact store."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.engine import jobs

from softwright.core import InvalidInput, OutsideFault
from softwright.engine.artefacts import Artefacts
from softwright.engine.durable import EngineDatabase, StoreOfRuns, Worker


def worker(url: str, store: Path, *, migrate: bool = True) -> Worker:
    """A worker with a store, not yet launched."""
    artefacts = Artefacts.open(store)
    return Worker(EngineDatabase(url), jobs.KINDS, home=store.parent, artefacts=artefacts, migrate=migrate)


def test_a_worker_with_another_store_refuses_to_begin(postgres: str, tmp_path: Path) -> None:
    """Empty or marked for another database: it is told which store is meant, and the way out."""
    with worker(postgres, tmp_path / "one"):
        pass
    with worker(postgres, tmp_path / "one"):
        pass
    with pytest.raises(InvalidInput, match=f"that was called {tmp_path}/one") as caught:
        worker(postgres, tmp_path / "two").launch()
    assert "SOFTWRIGHT_ARTEFACTS" in caught.value.hint
    assert "softwright migrate --artefacts" in caught.value.hint
    assert not list(tmp_path.glob("two/*")), "it left no mark"


def test_a_store_may_move_and_may_be_replaced(postgres: str, tmp_path: Path) -> None:
    """Its mark moves with it; one without the mark is entered on purpose only."""
    with worker(postgres, tmp_path / "one"):
        pass
    (tmp_path / "one").rename(tmp_path / "moved")
    with worker(postgres, tmp_path / "moved"):
        pass
    database = EngineDatabase(postgres)
    new = Artefacts.open(tmp_path / "new")
    assert "is not the one" in StoreOfRuns(database).fault(new)
    StoreOfRuns(database).replace(new)
    assert StoreOfRuns(database).fault(new) == ""
    assert "is not the one" in StoreOfRuns(database).fault(Artefacts.open(tmp_path / "moved"))
    database.close()


def test_a_store_that_cannot_be_used_and_a_missing_table_are_told(postgres: str, tmp_path: Path) -> None:
    """Before the worker takes a run."""
    (tmp_path / "file").touch()
    with pytest.raises(OutsideFault, match="artefact store"):
        worker(postgres, tmp_path / "file" / "store").launch()
    fresh = EngineDatabase(postgres)
    fresh.prepare()
    with fresh.write() as connection:
        connection.exec_driver_sql("DROP SCHEMA softwright_engine CASCADE")
    fresh.close()
    with pytest.raises(OutsideFault, match="no table") as caught:
        worker(postgres, tmp_path / "store", migrate=False).launch()
    assert "softwright migrate" in caught.value.hint


def test_sweeping_leaves_the_mark(tmp_path: Path) -> None:
    """It is no artefact, and nothing half-written."""
    store = Artefacts.open(tmp_path / "store")
    mark = store.make_mark()
    later = datetime.now(UTC) + timedelta(days=1)
    assert store.sweep(older_than=later) == (0, 0)
    assert store.tidy(older_than=later) == 0
    assert store.mark() == mark
    assert list(store.digests()) == []
