"""The second wall: DuckDB itself refuses, whatever the first one might let through."""

import signal
import subprocess
import sys
import time
from pathlib import Path
from shutil import copy

import duckdb
import pytest
import sqlglot

from softwright.core import InvalidInput, LimitHit
from softwright.facts.index import index
from softwright.facts.query import QueryLimits
from softwright.facts.query.binding import check_binding
from softwright.facts.query.guard import lock, reading
from softwright.facts.store import FactStore

OUTSIDE = [
    "SELECT * FROM read_csv('{here}/secret.csv')",
    "SELECT * FROM read_text('{here}/secret.csv')",
    "SELECT * FROM read_blob('{here}/secret.csv')",
    "SELECT * FROM read_json('{here}/secret.csv')",
    "SELECT * FROM read_parquet('{here}/secret.csv')",
    "SELECT * FROM parquet_metadata('{here}/secret.csv')",
    "SELECT * FROM sniff_csv('{here}/secret.csv')",
    "SELECT * FROM glob('{here}/*')",
    "SELECT * FROM '{here}/secret.csv'",
    "SELECT * FROM query('SELECT * FROM read_text(''{here}/secret.csv'')')",
    "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('FROM read_text(''{here}/secret.csv'')'))",
    "SELECT * FROM secret_variable",
    "SELECT * FROM duckdb_secrets()",
    "SELECT getenv('HOME')",
    "COPY raw_files TO '{here}/out.csv'",
    "COPY raw_files FROM '{here}/secret.csv'",
    "EXPORT DATABASE '{here}/out'",
    "ATTACH '{here}/other.duckdb'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "LOAD '{here}/evil.duckdb_extension'",
    "SET enable_external_access = true",
    "SET GLOBAL lock_configuration = false",
    "SET allowed_directories = ['/']",
    "SET memory_limit = '100GB'",
    "RESET memory_limit",
    "SET python_enable_replacements = true",
    "CREATE TABLE stolen AS SELECT 1",
    "CREATE VIEW stolen AS SELECT 1",
    "CREATE OR REPLACE VIEW files AS SELECT 1",
    "CREATE MACRO stolen() AS 1",
    "DROP VIEW files",
    "DROP TABLE raw_files",
    "DELETE FROM raw_files",
    "UPDATE raw_files SET path = 'x'",
    "INSERT INTO raw_owners VALUES ('a', 'b', 'c', 'd')",
    "ALTER TABLE raw_files ADD COLUMN x INTEGER",
]


@pytest.mark.parametrize("sql", OUTSIDE)
def test_a_locked_database_refuses_by_itself(sql: str, tmp_path: Path) -> None:
    """Files, extensions, settings, other databases and writes are closed to a locked connection."""
    (tmp_path / "secret.csv").write_text("a,b\n1,secret\n")
    secret_variable = [1, 2, 3]  # DuckDB's Python client would find this by its name
    with FactStore.open(tmp_path / "facts.duckdb") as store:
        lock(store.connection, QueryLimits())
        with (
            store.connection.cursor() as cursor,
            pytest.raises(duckdb.Error),
            reading(cursor),
        ):
            cursor.execute(sql.replace("{here}", str(tmp_path))).fetchall()
    assert sorted(path.name for path in tmp_path.iterdir() if "duckdb" not in path.name) == ["secret.csv"]
    assert secret_variable


def test_a_locked_store_can_still_be_indexed(ask) -> None:
    """The lock closes the outside, not the store: facts of a later commit still go in."""
    assert ask("SELECT count(*) FROM repos") == [(3,)]
    report = index(ask.store, [ask.sources["web"]], workers=1, tables=None)
    assert sorted(report.dropped) == ["api", "tool"]
    assert ask("SELECT repo FROM repos") == [("web",)]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM raw_files",
        "SELECT * FROM main.raw_files",
        "SELECT * FROM (WITH files AS (FROM raw_files) FROM files)",
        "SELECT path FROM files WHERE path IN (SELECT path FROM duckdb_tables)",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM query('SELECT * FROM raw_files')",
    ],
)
def test_tables_are_read_off_a_second_time_by_duckdb(ask, sql: str) -> None:
    """Should a tree get past the allow-list, DuckDB's own reading of the text names the foreign table."""
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    with pytest.raises(InvalidInput, match="is not allowed"):
        check_binding(ask.store.connection, tree, sql, calls=(), schema={"files": frozenset({"path"})})


ENDLESS = """
import sys
from pathlib import Path
from softwright.facts.query import run_query
from softwright.facts.store import FactStore

with FactStore.open(Path(sys.argv[1])) as store:
    print("asking", flush=True)
    run_query(store, "SELECT count(*) FROM range(100000000000) a, range(1000) b", sources={}, patterns=None)
"""


def test_ctrl_c_ends_a_query(indexed: Path, tmp_path: Path) -> None:
    """An interrupt reaches DuckDB while it computes."""
    copy(indexed, tmp_path / "facts.duckdb")
    argv = [sys.executable, "-c", ENDLESS, str(tmp_path / "facts.duckdb")]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=60)[1]
    assert b"KeyboardInterrupt" in said


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM range(100000000000) a, range(1000) b",
        "SELECT * FROM range(100000000000) a, range(1000) b",
        "WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r) SELECT max(i) FROM r",
        "SELECT count(*) FROM files a, files b, files c, range(1000000000) WHERE random() > 2",
    ],
)
def test_a_query_that_runs_too_long_is_stopped(ask, quick: QueryLimits, sql: str) -> None:
    """The time limit interrupts DuckDB, also while rows stream out, and the store stays usable."""
    began = time.monotonic()
    with pytest.raises(LimitHit):
        ask.result(sql, limits=quick)
    assert time.monotonic() - began < 60
    assert ask("SELECT count(*) FROM repos") == [(3,)]


def test_a_query_that_needs_too_much_memory_is_stopped(ask, quick: QueryLimits) -> None:
    """Memory and temporary disk space are bounded together."""
    with pytest.raises(LimitHit, match="needs more than 128 MB"):
        ask.result("SELECT list(i) FROM range(100000000) t(i)", limits=QueryLimits(60, 128, 1))


def test_an_answer_too_large_to_hold_is_stopped(ask) -> None:
    """Rows that stream out are counted, so a huge answer ends in a message and not in a full memory."""
    with pytest.raises(LimitHit, match="the answer is larger than 16 MB"):
        ask.result("SELECT repeat('x', 100) FROM range(100000000)", limits=QueryLimits(60, 128, 100))
    assert len(ask.result("SELECT * FROM range(100000000)", limit=5).rows) == 5


def test_what_only_values_can_tell_is_said_plainly(ask) -> None:
    """A conversion that fails while running is wrong input, not a crash."""
    with pytest.raises(InvalidInput, match="Could not convert"):
        ask("SELECT CAST(path AS INTEGER) FROM files")
