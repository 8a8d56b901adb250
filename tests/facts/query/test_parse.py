"""The first wall: only a reading of public tables, with allowed functions, passes."""

import duckdb
import pytest

from softwright.core import InvalidInput
from softwright.facts.query.functions import ALLOWED_FUNCTIONS
from softwright.facts.query.parse import parse_query, written
from softwright.facts.schema import statements

TABLES = frozenset({"repos", "files", "symbols", "imports", "calls", "dependencies", "owners"})

ATTACKS = [
    # files
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_csv_auto('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/etc/passwd')",
    "SELECT * FROM read_json('/etc/passwd')",
    "SELECT * FROM read_json_auto('/etc/passwd')",
    "SELECT * FROM read_ndjson('/etc/passwd')",
    "SELECT * FROM read_ndjson_objects('/etc/passwd')",
    "SELECT * FROM read_parquet('/tmp/x.parquet')",
    "SELECT * FROM parquet_scan('/tmp/x.parquet')",
    "SELECT * FROM parquet_metadata('/tmp/x.parquet')",
    "SELECT * FROM parquet_schema('/tmp/x.parquet')",
    "SELECT * FROM read_duckdb('/tmp/x.duckdb')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM '/etc/passwd.csv'",
    'SELECT * FROM "/etc/passwd.csv"',
    "SELECT * FROM 'https://example.org/x.parquet'",
    "SELECT * FROM 's3://bucket/x.parquet'",
    "FROM 'file.csv'",
    "FROM '/etc/passwd' SELECT *",
    "TABLE '/etc/passwd'",
    "SELECT * FROM files, '/etc/hosts'",
    "SELECT * FROM files JOIN '/etc/hosts' ON true",
    "SELECT (SELECT content FROM read_text('/etc/passwd'))",
    "SELECT * FROM files WHERE path IN (SELECT content FROM read_text('/etc/passwd'))",
    "SELECT * FROM files WHERE EXISTS (FROM read_text('/etc/passwd'))",
    "WITH x AS (SELECT * FROM read_text('/etc/passwd')) SELECT * FROM x",
    "WITH x AS MATERIALIZED (FROM '/etc/passwd') SELECT * FROM x",
    "SELECT * FROM files UNION ALL SELECT * FROM read_csv('/etc/passwd')",
    "VALUES ((SELECT content FROM read_text('/etc/passwd')))",
    "SELECT '/etc/passwd'.read_text()",
    "SELECT list_transform(['/etc/passwd'], lambda x: read_text(x))",
    "SELECT [read_text(x) for x in ['/etc/passwd']]",
    "SELECT * FROM \"read_csv\"('/etc/passwd')",
    "SELECT * FROM READ_CSV ('/etc/passwd')",
    "SELECT * FROM read_csv/* hidden */('/etc/passwd')",
    "SELECT * FROM read_csv\n-- hidden\n('/etc/passwd')",
    "SELECT * FROM main.read_csv('/etc/passwd')",
    "SELECT * FROM system.main.read_csv('/etc/passwd')",
    "SELECT * FROM files AS f, LATERAL (SELECT * FROM read_text(f.path))",
    "SELECT * FROM files f, read_text(f.path)",
    "SELECT path FROM files ORDER BY (SELECT 1 FROM read_text('/etc/passwd'))",
    "SELECT path FROM files LIMIT (SELECT count(*) FROM read_text('/etc/passwd'))",
    "SELECT count(*) FILTER (WHERE EXISTS (FROM read_text('/etc/passwd'))) FROM files",
    "SELECT path FROM files QUALIFY row_number() OVER (ORDER BY (FROM read_text('/etc/passwd'))) = 1",
    "SELECT * FROM files GROUP BY ALL HAVING (SELECT 1 FROM read_blob('/etc/passwd')) = 1",
    "WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x FROM r, read_text('/etc/passwd')) SELECT * FROM r",
    "WITH read_csv(x) AS (SELECT 1) SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM files WINDOW read_text AS (ORDER BY path), w2 AS (PARTITION BY read_text('/etc/passwd'))",
    # other statements
    "COPY files TO '/tmp/out.csv'",
    "COPY (SELECT * FROM files) TO '/tmp/out.csv'",
    "COPY files FROM '/etc/passwd'",
    "EXPORT DATABASE '/tmp/out'",
    "IMPORT DATABASE '/tmp/out'",
    "ATTACH '/tmp/other.duckdb' AS other",
    "ATTACH 'https://example.org/x.duckdb'",
    "DETACH facts",
    "USE memory",
    "INSTALL httpfs",
    "FORCE INSTALL httpfs FROM 'http://example.org'",
    "LOAD httpfs",
    "LOAD '/tmp/evil.duckdb_extension'",
    "UPDATE EXTENSIONS",
    "SET threads = 1",
    "SET GLOBAL enable_external_access = true",
    "RESET memory_limit",
    "SET VARIABLE x = 1",
    "PRAGMA database_list",
    "PRAGMA version",
    "CALL pragma_version()",
    "CREATE TABLE x AS SELECT 1",
    "CREATE TEMP TABLE x AS SELECT 1",
    "CREATE VIEW x AS SELECT 1",
    "CREATE MACRO f(x) AS x",
    "CREATE MACRO t() AS TABLE SELECT 1",
    "CREATE SECRET (TYPE s3)",
    "CREATE OR REPLACE VIEW files AS SELECT 1",
    "DROP TABLE raw_files",
    "DROP VIEW files",
    "ALTER TABLE raw_files ADD COLUMN x INT",
    "INSERT INTO raw_files VALUES (1)",
    "INSERT INTO files BY NAME SELECT 1",
    "UPDATE raw_files SET path = 'x'",
    "DELETE FROM raw_files",
    "MERGE INTO raw_files USING files ON true WHEN MATCHED THEN DELETE",
    "TRUNCATE raw_files",
    "CHECKPOINT",
    "FORCE CHECKPOINT",
    "VACUUM",
    "ANALYZE",
    "BEGIN",
    "COMMIT",
    "EXPLAIN SELECT 1",
    "EXPLAIN ANALYZE SELECT 1",
    "DESCRIBE files",
    "SHOW TABLES",
    "SHOW ALL TABLES",
    "SUMMARIZE files",
    "PIVOT files ON language",
    "FROM files PIVOT (count(*) FOR language IN ('python'))",
    "UNPIVOT files ON path",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "DEALLOCATE p",
    "COMMENT ON TABLE raw_files IS 'x'",
    "WITH x AS (INSERT INTO raw_files VALUES (1) RETURNING *) SELECT * FROM x",
    "WITH x AS (DELETE FROM raw_files RETURNING *) SELECT * FROM x",
    "SELECT 1 INTO x",
    # more than one statement
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP VIEW files",
    "SELECT 1;; COPY files TO '/tmp/x'",
    "SELECT ';'; ATTACH '/tmp/x'",
    "SELECT 1 /* */; INSTALL httpfs --",
    "",
    "   \n\t ",
    ";",
    "-- only a comment",
    # settings, environment, catalogue, secrets
    "SELECT getenv('HOME')",
    "SELECT current_setting('home_directory')",
    "SELECT getvariable('x')",
    "SELECT current_database()",
    "SELECT current_schemas(true)",
    "SELECT version()",
    "SELECT current_query()",
    "SELECT txid_current()",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM duckdb_tables()",
    "SELECT * FROM duckdb_tables",
    "SELECT * FROM duckdb_views()",
    "SELECT * FROM duckdb_functions()",
    "SELECT * FROM duckdb_extensions()",
    "SELECT * FROM duckdb_databases()",
    "SELECT * FROM duckdb_temporary_files()",
    "SELECT * FROM duckdb_logs",
    "SELECT * FROM which_secret('s3://x', 's3')",
    "SELECT * FROM pragma_table_info('raw_files')",
    "SELECT * FROM pragma_database_list",
    "SELECT * FROM pragma_storage_info('raw_files')",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM pg_catalog.pg_tables",
    "SELECT * FROM pg_tables",
    "SELECT * FROM raw_files",
    "SELECT * FROM raw_matches",
    "SELECT * FROM main.raw_files",
    "SELECT * FROM main.files",
    "SELECT * FROM facts.main.files",
    "SELECT * FROM temp.files",
    'SELECT * FROM "main"."files"',
    "SELECT * FROM _matchable_python",
    "SELECT * FROM _known_repos",
    "WITH duckdb_tables AS (SELECT * FROM duckdb_tables) SELECT * FROM duckdb_tables",
    "WITH a AS (SELECT * FROM raw_files), raw_files AS (SELECT 1) SELECT * FROM a",
    "SELECT * FROM raw_files, (WITH raw_files AS (SELECT 1) SELECT * FROM raw_files)",
    "SELECT nextval('s')",
    "SELECT setseed(0.5)",
    "SELECT pg_sleep(1)",
    "SELECT sleep_ms(1000)",
    "SELECT write_log('x')",
    "SELECT * FROM enable_logging()",
    "SELECT * FROM force_checkpoint()",
    "SELECT * FROM import_database('/tmp/x')",
    # SQL given as text, scans of other things
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query_table('raw_files')",
    "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
    "SELECT json_serialize_sql('SELECT 1')",
    "SELECT * FROM seq_scan('raw_files')",
    "SELECT * FROM arrow_scan(1, 2, 3)",
    "SELECT * FROM pandas_scan(1)",
    "SELECT * FROM python_map_function(1)",
    "SELECT * FROM sql_auto_complete('SEL')",
    "SELECT * FROM invoke('x')",
    "SELECT system('id')",
    "SELECT shell('id')",
    "SELECT llm('is this dead?', path) FROM files",
    # hidden in unusual places
    "SELECT * FROM (DESCRIBE raw_files)",
    "SELECT * FROM (SHOW ALL TABLES)",
    "SELECT * FROM (SUMMARIZE raw_files)",
    "FROM (DESCRIBE SELECT * FROM raw_files)",
    "SELECT * FROM (SHOW raw_files)",
    "SELECT \"getenv\"('HOME')",
    "SELECT main.getenv('HOME')",
    "SELECT f.getenv() FROM (SELECT 'HOME' AS f)",
    "SELECT try(getenv('x'))",
    "SELECT * FROM unnest(glob('/etc/*'))",
    "SELECT struct_pack(a := read_text('x'))",
    "SELECT (TABLE raw_files)",
    "SELECT * FROM (FROM raw_files)",
    "SELECT * FROM files POSITIONAL JOIN raw_files",
    "SELECT * FROM (PIVOT raw_files ON path)",
    "SELECT * FROM files WHERE path IN (TABLE raw_files)",
    "SELECT * FROM files, (CALL pragma_version())",
    "SELECT current_user, session_user, current_catalog",
    "SELECT * FROM range(10), raw_meta",
    "SELECT ''.read_blob().size",
    # parameters
    "SELECT * FROM files WHERE path = $1",
    "SELECT * FROM files WHERE path = ?",
    "SELECT * FROM files WHERE path = $name",
    "SELECT * FROM files AT (VERSION => 1)",
    "SELECT\x00 1",
    "SELECT " + "(" * 3000 + "1" + ")" * 3000,
    "SELECT " + "1 + " * 30_000 + "1",
]

SOUND = [
    "SELECT E'\\\\', ' UNION SELECT path FROM raw_files --' FROM files",
    "SELECT /* /* */ read_text('x') */ 1",
    "SELECT 1 /* /* */ ; DROP TABLE raw_files -- */",
    "SELECT $a$ '; DROP TABLE raw_files; -- $a$",
    "SELECT E'\\'; DROP TABLE raw_files; --', '\\\\', 'a\\\\''b'",
    "SELECT x.read_text FROM (SELECT {'read_text': 1} x)",
    "SELECT count(*) OVER read_text FROM files WINDOW read_text AS ()",
    "SELECT line // 2, line / 2, line % 3, line ** 2, line ^ 2 FROM calls",
    "SELECT path FROM files WHERE path GLOB '*.py' OR path ~ '^x' OR path !~~ 'x%' OR path ILIKE 'A_'",
    "SELECT {'a': 1, 'b': path}, map {'a': 1}['a'], [x * 2 for x in [1, 2, 3] if x > 1] FROM files",
    "SELECT list_filter(keywords, lambda k: k = 'timeout'), keywords[1], keywords[1:2] FROM calls",
    "FROM files",
    "SELECT * EXCLUDE (blob) REPLACE (upper(path) AS path) FROM files",
    "SELECT COLUMNS('pa.*') FROM files",
    "SELECT DISTINCT ON (repo) repo, path FROM files ORDER BY repo, path",
    "SELECT count(*) FILTER (WHERE is_test), sum(bytes) FROM files GROUP BY ALL ORDER BY ALL LIMIT 3",
    "SELECT repo, row_number() OVER w FROM files WINDOW w AS (PARTITION BY repo ORDER BY path)",
    "SELECT path FROM files QUALIFY row_number() OVER (PARTITION BY repo ORDER BY bytes DESC) = 1",
    "WITH RECURSIVE r(i) AS (SELECT 1 UNION SELECT i + 1 FROM r WHERE i < 5) SELECT * FROM r",
    "WITH t(a, b) AS (VALUES (1, 'x'), (2, 'y')) SELECT t.a, b.* FROM t, files b",
    "SELECT 1 UNION ALL SELECT 2 EXCEPT SELECT 3",
    "VALUES (1, 'a'), (2, 'b')",
    "(SELECT 1)",
    "SELECT CAST(line AS DECIMAL(3, 1)), line::DOUBLE, TRY_CAST(path AS INTEGER) FROM calls",
    "SELECT date_trunc('month', DATE '2026-05-04'), EXTRACT(year FROM last_changed), today() - 1 FROM files",
    "SELECT string_agg(path, ',' ORDER BY path DESC), list(path), arg_max(path, bytes) FROM files",
    "SELECT o.owner FROM owners AS o(repo, path, pattern, owner), range(3) t(i), unnest([1, 2]) u(x)",
    "SELECT regexp_extract(path, '(.)\\.', 1), path[-1], $$dollar$$, E'tab\\t', 'it''s' FROM files",
    "SELECT CASE line WHEN 1 THEN 'a' ELSE coalesce(NULL, 'b') END, if(line > 0, 1, 2) FROM calls",
    "SELECT a.path FROM files a ASOF JOIN files b ON a.bytes >= b.bytes",
    "SELECT a.path FROM files a SEMI JOIN files b USING (path)",
    "SELECT grouping(repo), repo FROM files GROUP BY ROLLUP (repo)",
    "SELECT 'read_csv(1)' AS \"read_csv(\", path FROM files -- read_csv('x')",
]


@pytest.mark.parametrize("sql", ATTACKS, ids=range(len(ATTACKS)))
def test_everything_but_reading_public_tables_is_refused(sql: str) -> None:
    """Statements, tables and functions that could reach anything else stop before DuckDB runs a thing."""
    with pytest.raises(InvalidInput) as refused:
        parse_query(sql, TABLES)
    assert refused.value.message


@pytest.mark.parametrize("sql", SOUND)
def test_ordinary_sql_passes_and_keeps_its_meaning(sql: str) -> None:
    """What is executed is written back from the tree and gives what the text itself gives."""
    with duckdb.connect() as connection:
        for statement in statements():
            connection.execute(statement)
        connection.execute(
            "INSERT INTO raw_files (repo, path, language, bytes, is_test, unit) VALUES "
            "('a', 'x.py', 'python', 7, false, 1), ('b', 'A_', 'go', 9, true, 2), ('b', 'z', '', 1, false, 3)"
        )
        connection.execute(
            "INSERT INTO raw_calls (unit, line, level, keywords) "
            "VALUES (1, 7, 0, ['timeout', 'a']), (2, 2, 0, [])"
        )
        given = connection.execute(sql).fetchall()
        rewritten = connection.execute(written(parse_query(sql, TABLES))).fetchall()
    assert sorted(map(str, rewritten)) == sorted(map(str, given))


def test_every_allowed_function_exists_in_duckdb_or_its_grammar() -> None:
    """The allow-list holds no word that DuckDB does not know."""
    rows = duckdb.connect().execute("SELECT DISTINCT lower(function_name) FROM duckdb_functions()").fetchall()
    grammar = {"coalesce", "current_timestamp", "extract", "grouping", "grouping_id", "ifnull", "isnull"}
    assert ALLOWED_FUNCTIONS - {row[0] for row in rows} <= grammar | {"try"}


def test_no_allowed_function_reads_files_settings_or_the_catalogue() -> None:
    """Names that speak of outside things never stand on the allow-list."""
    outside = ("read_", "duckdb", "pragma", "parquet", "scan", "getenv", "setting", "secret", "glob", "query")
    assert [name for name in ALLOWED_FUNCTIONS if any(part in name for part in outside)] == []


def test_unknown_table_names_the_nearest_and_shows_the_place() -> None:
    """A misspelt table: the near name, the list, and a mark below the word."""
    with pytest.raises(InvalidInput) as refused:
        parse_query("SELECT path\nFROM filez WHERE 1 = 1", TABLES)
    assert "did you mean `files`?" in refused.value.message
    assert "FROM filez WHERE 1 = 1\n         ^^^^^" in refused.value.message
    assert refused.value.where == "query, line 2, column 6"


def test_syntax_error_shows_the_place() -> None:
    """Text that is not SQL is refused in DuckDB's words with the place marked."""
    with pytest.raises(InvalidInput) as refused:
        parse_query("SELECT path FROM files WHER path = 'x'", TABLES)
    assert "syntax error" in refused.value.message
    assert "^" in refused.value.message


def test_unknown_function_names_the_nearest() -> None:
    """A misspelt function is told apart from a forbidden one only by the near name."""
    with pytest.raises(InvalidInput, match="did you mean `upper`"):
        parse_query("SELECT uppr(path) FROM files", TABLES)


def test_with_entry_may_take_the_name_of_a_table() -> None:
    """`WITH files AS (SELECT * FROM files ...)` narrows a table under its own name."""
    sql = "WITH files AS (SELECT * FROM files WHERE NOT is_test) SELECT * FROM files"
    assert written(parse_query(sql, TABLES)) == sql
