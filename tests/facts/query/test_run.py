"""Running queries: what matches(...) gives, what is kept, what is refused, what goes wrong elsewhere."""

from dataclasses import replace
from typing import Any

import pytest

from softwright.core import InvalidInput, LimitHit, OutsideFault
from softwright.facts.query import QueryLimits, depths_needed, run_query, tables_used
from softwright.facts.schema import Depth
from softwright.facts.structure import Pattern

PRINT = "matches('print($$$A)', 'python')"


def test_matches_gives_place_text_and_bindings(ask: Any) -> None:
    """Lines and columns from 1 and byte offsets, in a file that is not UTF-8 too."""
    rows = ask(
        'SELECT line, "column", end_line, start_byte, end_byte, text, bindings '
        f"FROM {PRINT} WHERE path = 'app/loud.py'"
    )
    assert rows == [
        (2, 1, 2, 18, 31, "print('ä', 1)", {"A": "'ä', 1"}),
        (3, 1, 3, 32, 47, "print(print(2))", {"A": "print(2)"}),
        (3, 7, 3, 38, 46, "print(2)", {"A": "2"}),
    ]


def test_only_text_files_of_the_language_are_searched(ask: Any) -> None:
    """A binary file with a Python name, JavaScript and plain text give no Python matches."""
    paths = {path for (path,) in ask(f"SELECT DISTINCT path FROM {PRINT}")}
    assert paths == {
        "app/main.py",
        "app/loud.py",
        "tests/test_main.py",
        "src/main.py",
        "src/loud.py",
        "same.py",
    }
    assert ask("SELECT path, line FROM matches('print($X)', 'javascript')") == [("static/x.js", 1)]


def test_equal_contents_are_searched_once(ask: Any) -> None:
    """Ten Python files of three repositories hold seven contents, four of them the word."""
    stages = ask.result(f"SELECT 1 FROM {PRINT}").stages
    assert [stage.rows for stage in stages] == [10, 10, 10]
    assert stages[1].detail.startswith("4 distinct files searched")
    assert "3 of them by their words" in stages[1].detail


def test_matches_are_kept_for_the_next_query(ask: Any) -> None:
    """The second query of a pattern reads nothing, no file without a match either; a wider one the rest."""
    ask(f"SELECT 1 FROM {PRINT} WHERE repo = 'web'")
    again = ask.result(f"SELECT 1 FROM {PRINT} WHERE repo = 'web' AND line > 1", sources={})
    assert again.stages[1].detail == "all known"
    wider = ask.result(f"SELECT 1 FROM {PRINT}")
    assert wider.stages[1].detail.startswith("1 distinct files searched")


def test_files_without_such_a_call_are_not_opened(ask: Any) -> None:
    """For a pattern of calls the facts rule files out; those left are read, and the answer is the same."""
    result = ask.result("SELECT repo, path, line FROM matches('logging.getLogger($X)', 'python')")
    read, known = "3 distinct files searched", "the others known"
    assert result.stages[1].detail == f"{read}, {known}, 4 of them by their words and calls"
    expected = [("api", "src/main.py", 3), ("tool", "same.py", 3), ("web", "app/main.py", 3)]
    assert sorted(result.rows) == [*expected, ("web", "tests/test_main.py", 2)]
    ask.store.connection.execute("DELETE FROM raw_searched; DELETE FROM raw_matches; DELETE FROM raw_units")
    whole = ask.result("SELECT repo, path, line FROM matches('logging.getLogger($X)', 'python')")
    assert sorted(whole.rows) == sorted(result.rows)


@pytest.mark.parametrize(
    ("pattern", "read"), [("import logging", 5), ("requests.get", 3), ("return 1", 5), ("$F(3)", 7)]
)
def test_files_without_the_words_are_not_opened(ask: Any, pattern: str, read: int) -> None:
    """Numbers and metavariables rule nothing out; a binary file, and one in Latin-1, are always read."""
    asked = f"SELECT repo, path, line FROM matches('{pattern}', 'python')"
    result = ask.result(asked)
    assert result.stages[1].detail.startswith(f"{read} distinct files searched")
    assert result.rows
    ask.store.connection.execute("DELETE FROM raw_searched; DELETE FROM raw_matches; DELETE FROM raw_words")
    whole = ask.result(asked)
    assert whole.stages[1].detail.startswith("7 distinct files searched")
    assert sorted(whole.rows) == sorted(result.rows)


def test_many_workers_find_the_same(ask: Any) -> None:
    """Worker processes and this process agree."""
    alone = ask.result(f"SELECT * FROM {PRINT}").rows
    ask.store.connection.execute("DELETE FROM raw_searched; DELETE FROM raw_matches")
    ask.store.connection.execute(
        "UPDATE raw_files SET bytes = 1000000"
    )  # as if they were worth the processes
    assert ask.result(f"SELECT * FROM {PRINT}", workers=2).rows == alone


def test_rows_keep_the_order_that_the_query_asks_for(ask: Any) -> None:
    """ORDER BY and LIMIT of the query hold; `limit` cuts off and says so."""
    result = ask.result("SELECT path FROM files ORDER BY path DESC", limit=2)
    assert result.rows == [("tool.py",), ("tests/test_main.py",)]
    assert result.truncated
    assert not ask.result("SELECT path FROM files ORDER BY path LIMIT 2", limit=2).truncated


def test_values_are_plain_python(ask: Any) -> None:
    """Sums are integers, lists are lists, maps are dicts, repeated column names stay."""
    result = ask.result(
        "SELECT sum(bytes), list(repo), map {'a': 1}, count(*), count(*) FROM files WHERE repo = 'tool'"
    )
    assert result.rows == [(111, ["tool"] * 3, {"a": 1}, 3, 3)]
    assert result.types[0] == "HUGEINT"


def test_joins_with_every_table(ask: Any) -> None:
    """Owners of the files in which a match lies, and what else these repositories depend on."""
    rows = ask(
        f"SELECT DISTINCT o.owner, d.name FROM {PRINT} m JOIN owners o USING (repo, path) "
        "JOIN dependencies d ON d.repo = m.repo ORDER BY ALL"
    )
    assert rows == [("@qa", "attrs"), ("@qa", "requests"), ("@web/team", "attrs"), ("@web/team", "requests")]


def test_a_repository_that_cannot_be_read_costs_only_its_own_rows(ask: Any) -> None:
    """It is reported with its reason; the others answer, and it is searched when it is back."""
    whole = dict(ask.sources)
    ask.sources["api"] = replace(whole["api"], git_dir=whole["api"].git_dir + "-gone")
    result = ask.result("SELECT DISTINCT repo FROM matches('requests.get($U)', 'python')")
    assert result.rows == []
    assert list(result.faults) == ["api"]
    assert result.faults["api"]
    ask.sources.update(whole)
    assert ask("SELECT DISTINCT repo FROM matches('requests.get($U)', 'python')") == [("api",)]


def test_time_over_while_matching_keeps_what_was_found(ask: Any) -> None:
    """The limit stops the search; the next try goes on from there."""
    slow = QueryLimits(timeout_s=0.000001)
    with pytest.raises(LimitHit, match="longer than"):
        ask.result(f"SELECT 1 FROM {PRINT}", limits=slow)
    assert len(ask(f"SELECT 1 FROM {PRINT}")) == 10


def test_patterns_of_a_rule_are_one_table(ask: Any) -> None:
    """A resolver may give several patterns; a place found by two of them is one row."""

    def two(text: str, language: str) -> tuple[Pattern, ...]:
        assert (text, language) == ("my-rule", "")
        return tuple(Pattern.parse(one, "python") for one in ("print($X)", "print($$$A)", "requests.get($U)"))

    sql = "SELECT path, line, text FROM matches('my-rule') WHERE repo = 'api' ORDER BY ALL"
    rows = run_query(ask.store, sql, sources=ask.sources, patterns=two).rows
    assert [row[2] for row in rows] == [
        *("print('ä', 1)", "print(2)", "print(print(2))"),
        *("print(x)", "requests.get(u)"),
    ]


REFUSED = [
    ("SELECT matches('x', 'python')", "is a table, not a value"),
    ("SELECT path FROM files WHERE matches('x', 'python')", "is a table, not a value"),
    ("SELECT m.* FROM files f, matches(f.path, 'python') m", "columns and expressions cannot be staged"),
    ("SELECT * FROM matches('a' || 'b', 'python')", "columns and expressions cannot be staged"),
    ("SELECT * FROM matches(1, 'python')", "columns and expressions cannot be staged"),
    ("SELECT * FROM matches()", "has 0 arguments"),
    ("SELECT * FROM matches('a', 'python', 'c')", "has 3 arguments"),
    ("SELECT * FROM matches('', 'python')", "takes a pattern and a language"),
    ("SELECT * FROM matches('x', 'pythn')", "did you mean `python`"),
    ("SELECT * FROM matches('def (', 'python')", "is not whole python code"),
    ("SELECT * FROM matches('x', 'python') TABLESAMPLE 10%", "cannot be staged"),
    ("SELECT x FROM matches('print($A)', 'python')", "unknown column `x`"),
    ("SELECT m.lin FROM matches('print($A)', 'python') m", "unknown column `m.lin`; did you mean `line`?"),
    ("SELECT f.pth FROM files f", "unknown column `f.pth`; did you mean `path`?"),
    ("SELECT callle FROM calls", "unknown column `callle`; did you mean `callee`?"),
    ("SELECT g.path FROM files f", "`g` names no table of this FROM"),
    ("SELECT path FROM files, calls", "Ambiguous reference"),
    ("SELECT path + 1 FROM files", "no function takes these types"),
    ("SELECT repo, count(*) FROM files", "must appear in the GROUP BY clause"),
]


@pytest.mark.parametrize(("sql", "said"), REFUSED)
def test_wrong_queries_are_refused_before_anything_is_searched(ask: Any, sql: str, said: str) -> None:
    """The message names what is wrong and what is near; no file was read for it."""
    with pytest.raises(InvalidInput) as refused:
        ask(sql)
    assert said in refused.value.message
    searched = "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'raw_searched' AND estimated_size > 0"
    assert ask.store.connection.execute(searched).fetchone() == (0,)


def test_the_place_of_a_mistake_is_shown_behind_a_pattern(ask: Any) -> None:
    """Line, column and a mark point into the text as it was given, not as it was rewritten."""
    with pytest.raises(InvalidInput) as refused:
        ask(f"SELECT m.line,\n  m.pth FROM {PRINT} m")
    assert refused.value.where == "query, line 2, column 3"
    assert refused.value.message.endswith(f"      m.pth FROM {PRINT} m\n      ^^^^^")


def test_a_pattern_that_does_not_parse_is_marked(ask: Any) -> None:
    """The pattern's own complaint is shown at its place in the query."""
    with pytest.raises(InvalidInput) as refused:
        ask("SELECT *\nFROM matches('f(', 'python')")
    assert refused.value.where.startswith("query, line 2")


def test_tables_and_depths_of_a_query() -> None:
    """What must be indexed follows from tables and columns, not from names of WITH entries."""
    assert tables_used("WITH calls AS (SELECT * FROM files) SELECT * FROM calls") == {"files"}
    assert tables_used(f"SELECT 1 FROM {PRINT} m JOIN owners o USING (path)") == {"owners"}
    assert depths_needed("SELECT path FROM files") == {Depth.FILES}
    assert depths_needed("SELECT lines FROM files") == {Depth.FILES, Depth.SYMBOLS}
    assert depths_needed("SELECT max(last_changed) FROM files") == {Depth.FILES, Depth.HISTORY}
    assert depths_needed("SELECT 1 FROM dependencies") == {Depth.FILES, Depth.MANIFESTS}
    assert depths_needed("SELECT 1 FROM calls WHERE EXISTS (FROM imports)") == {Depth.FILES, Depth.SYMBOLS}


def test_a_store_that_is_gone_is_an_outside_fault(ask: Any, tmp_path: Any) -> None:
    """Only a readable store can be asked; the message names the file."""
    from softwright.facts.store import FactStore

    (tmp_path / "broken.duckdb").write_bytes(b"this is no database" * 100)
    with pytest.raises(OutsideFault, match="cannot be opened"):
        FactStore.open(tmp_path / "broken.duckdb")
