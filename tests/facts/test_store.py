"""The store: what it creates, who may open it, what a damaged file says."""

import subprocess
import sys
from pathlib import Path

import pytest

from softwright.core import OutsideFault
from softwright.facts.schema import TABLES
from softwright.facts.store import FactStore


def test_views_have_the_documented_columns() -> None:
    """Names and types in the documentation are those of the views, and every column says what it means."""
    with FactStore.open(None) as store:
        for table in TABLES.values():
            described = store.connection.execute(f"DESCRIBE {table.name}").fetchall()
            assert [(name, kind) for name, kind, *_ in described] == [(c.name, c.type) for c in table.columns]
            assert table.doc
            assert all(column.doc.endswith(".") for column in table.columns)


def test_opened_again_it_keeps_its_rows(tmp_path: Path) -> None:
    """Facts outlive the process; reading needs no right to write."""
    path = tmp_path / "deep" / "facts.duckdb"
    with FactStore.open(path) as store:
        store.connection.execute("INSERT INTO raw_repos (repo, state) VALUES ('a', 'indexed')")
    with FactStore.open(path, read_only=True) as store:
        assert store.connection.execute("SELECT repo FROM repos").fetchall() == [("a",)]


def test_another_schema_is_emptied(tmp_path: Path) -> None:
    """Facts of another version are dropped when writing, and refused when only reading."""
    path = tmp_path / "facts.duckdb"
    with FactStore.open(path) as store:
        store.connection.execute("INSERT INTO raw_repos (repo) VALUES ('a')")
        store.connection.execute("UPDATE raw_meta SET schema_version = 0")
    with pytest.raises(OutsideFault, match="another version"):
        FactStore.open(path, read_only=True)
    with FactStore.open(path) as store:
        assert store.connection.execute("SELECT * FROM repos").fetchall() == []


def test_a_second_process_is_told_who_holds_the_file(tmp_path: Path) -> None:
    """The message names the process that owns the store."""
    path = tmp_path / "facts.duckdb"
    code = (
        "from pathlib import Path; from softwright.facts.store import FactStore; "
        f"FactStore.open(Path({str(path)!r}))"
    )
    with FactStore.open(path):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "the fact store is in use by process" in done.stderr


def test_a_damaged_file_says_what_to_do(tmp_path: Path) -> None:
    """Not a database: the hint tells that deleting it loses nothing."""
    path = tmp_path / "facts.duckdb"
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(OutsideFault) as caught:
        FactStore.open(path)
    assert "delete the file" in caught.value.hint
