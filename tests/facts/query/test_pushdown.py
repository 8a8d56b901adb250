# ruff: noqa: E501 - a query on one line is easier to compare with the next
"""Filters reach the costly stage, and never change the answer.

The truth is DuckDB's own answer with a table that holds every match of the fleet.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copy
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from softwright.facts.query import run_query
from softwright.facts.query.cache import MATCH_COLUMNS
from softwright.facts.sites import found_in
from softwright.facts.store import FactStore
from softwright.facts.structure import Pattern
from softwright.hosts import GitSource

PRINT, LOGGER = "matches('print($$$A)', 'python')", "matches('logging.getLogger($X)', 'python')"
TEXTS = {"print($$$A)": "all_print", "logging.getLogger($X)": "all_logger"}

Truth = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def truth(
    fleet: dict[str, GitSource], indexed: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Truth]:
    """A query's answer when every file was searched beforehand."""
    path = tmp_path_factory.mktemp("truth") / "facts.duckdb"
    copy(indexed, path)
    with FactStore.open(path) as store:
        columns = ", ".join(f'"{one.name}" {one.type}' for one in MATCH_COLUMNS)
        for text, table in TEXTS.items():
            store.connection.execute(f"CREATE TABLE {table} ({columns})")
            for source in fleet.values():
                for row in _matches(source, Pattern.parse(text, "python")):
                    store.connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)

        def answer(sql: str) -> list[tuple[Any, ...]]:
            plain = sql.replace(PRINT, "all_print").replace(LOGGER, "all_logger")
            return sorted(store.connection.execute(plain).fetchall(), key=repr)

        yield answer


def _matches(source: GitSource, pattern: Pattern) -> Iterator[tuple[Any, ...]]:
    for entry in source.entries():
        if entry.path.endswith(".py"):
            content = dict(source.read([entry.blob]))[entry.blob]
            for _, found in found_in([pattern], content):
                before, body = content[: found.span.start], content[: found.span.end]
                line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
                bindings = {name: bound.text for name, bound in found.bindings.items()}
                yield (
                    *(source.repo.name, entry.path, entry.blob, line, column, body.count(b"\n") + 1),
                    *(found.span.start, found.span.end, found.text, bindings),
                )


CASES = [
    # query, and how many of the 10 Python files are candidates of its calls
    (f"SELECT repo, path, line FROM {PRINT}", [10]),
    (f"SELECT * FROM {PRINT} m", [10]),
    (f"SELECT m.line FROM {PRINT} AS m WHERE m.path LIKE 'app/%'", [3]),
    (f"SELECT line FROM {PRINT} WHERE path GLOB 'app/*' AND repo = 'web'", [3]),
    (f"SELECT line FROM {PRINT} WHERE repo IN ('api', 'tool')", [6]),
    (f"SELECT line FROM {PRINT} WHERE repo IN ('api') AND line > 1", [3]),
    (f"SELECT line FROM {PRINT} WHERE repo = 'web' OR line > 1", [10]),
    (f"SELECT line FROM {PRINT} WHERE repo = 'web' OR path = 'tool.py'", [5]),
    (f"SELECT m.line, f.bytes FROM {PRINT} m JOIN files f USING (repo, path) WHERE f.is_test", [1]),
    (
        f"SELECT m.line FROM {PRINT} m JOIN files f ON f.repo = m.repo AND f.path = m.path AND NOT f.is_test",
        [9],
    ),
    (f"SELECT m.line FROM files f, {PRINT} m WHERE f.blob = m.blob AND f.path = 'same.py'", [3]),
    (f"SELECT repo, line FROM {PRINT} JOIN files USING (repo, path) WHERE path = 'src/net.py'", [1]),
    (f"SELECT m.line FROM {PRINT} m JOIN owners o USING (repo, path) WHERE o.owner = '@qa'", [1]),
    (
        f"SELECT m.line, i.name FROM {PRINT} m JOIN imports i USING (repo, path) WHERE i.module = 'requests'",
        [1],
    ),
    (
        f"SELECT m.repo, m.line FROM {PRINT} m JOIN dependencies d ON d.repo = m.repo AND d.name = 'attrs'",
        [4],
    ),
    (f"SELECT f.path, m.line FROM files f LEFT JOIN {PRINT} m USING (repo, path) WHERE f.repo = 'api'", [3]),
    (f"SELECT f.path FROM files f LEFT JOIN {PRINT} m USING (repo, path) WHERE m.path IS NULL", [10]),
    (
        f"SELECT f.path FROM files f LEFT JOIN {PRINT} m ON m.path = f.path AND m.repo = 'web' AND f.is_test",
        [1],
    ),
    (f"SELECT f.path, m.line FROM {PRINT} m LEFT JOIN files f ON f.path = m.path AND f.is_test", [10]),
    (f"SELECT f.path, m.line FROM {PRINT} m RIGHT JOIN files f ON f.path = m.path AND f.is_test", [10]),
    (f"SELECT f.path, m.line FROM {PRINT} m FULL JOIN files f ON f.path = m.path AND m.repo = 'web'", [10]),
    (f"SELECT f.path FROM files f SEMI JOIN {PRINT} m USING (repo, path)", [10]),
    (f"SELECT f.path FROM files f ANTI JOIN {PRINT} m USING (repo, path)", [10]),
    (f"SELECT f.path FROM files f NATURAL JOIN {PRINT} m", [10]),
    (
        (
            f"SELECT f.path FROM files f WHERE f.repo = 'web' AND EXISTS "
            f"(SELECT 1 FROM {PRINT} m WHERE m.repo = f.repo AND m.path = f.path)"
        ),
        [4],
    ),
    (
        (
            f"SELECT f.path FROM files f WHERE f.language = 'python' AND NOT f.is_test AND NOT EXISTS "
            f"(SELECT 1 FROM {PRINT} m WHERE m.repo = f.repo AND m.path = f.path AND m.line > 1)"
        ),
        [9],
    ),
    (
        # names of the outer query are shadowed inside
        (
            f"SELECT m.path FROM files m WHERE m.repo = 'api' AND EXISTS "
            f"(SELECT 1 FROM {PRINT} m WHERE m.repo = 'web' AND path LIKE 'app/%')"
        ),
        [3],
    ),
    (f"SELECT path FROM files WHERE repo = 'api' AND path IN (SELECT path FROM {PRINT})", [3]),
    (f"SELECT path FROM files WHERE repo = 'api' AND (repo, path) IN (SELECT repo, path FROM {PRINT})", [3]),
    (f"SELECT path FROM files WHERE repo = 'api' AND path NOT IN (SELECT path FROM {PRINT})", [3]),
    (f"SELECT path, resolved_path FROM imports WHERE resolved_path NOT IN (SELECT path FROM {PRINT})", [10]),
    (
        f"SELECT repo, (SELECT count(*) FROM {PRINT} m WHERE m.repo = r.repo) FROM repos r WHERE r.repo <> 'web'",
        [6],
    ),
    (f"SELECT repo, (SELECT max(line) FROM {PRINT}) FROM repos WHERE repo = 'web'", [10]),
    (f"WITH h AS (SELECT * FROM {PRINT}) SELECT h.line FROM h WHERE h.repo = 'web' AND h.line > 1", [4]),
    (f"WITH h AS (SELECT repo r, path p FROM {PRINT}) SELECT p FROM h WHERE r = 'web'", [4]),
    (
        f"WITH h AS (SELECT repo, count(*) n FROM {PRINT} GROUP BY ALL) SELECT n FROM h WHERE repo = 'web'",
        [4],
    ),
    (
        f"WITH h AS (SELECT repo, count(*) n FROM {PRINT} GROUP BY repo) SELECT * FROM h WHERE repo = 'web'",
        [4],
    ),
    (f"WITH h AS (SELECT count(*) n, min(repo) repo FROM {PRINT}) SELECT n FROM h WHERE repo = 'web'", [10]),
    (f"WITH h AS (SELECT repo FROM {PRINT} ORDER BY repo LIMIT 2) SELECT * FROM h WHERE repo = 'web'", [10]),
    (
        (
            f"WITH h AS (SELECT repo, row_number() OVER (ORDER BY repo, path, line) n FROM {PRINT}) "
            "SELECT n FROM h WHERE repo = 'web'"
        ),
        [10],
    ),
    (f"WITH h AS (SELECT repo FROM {PRINT}) SELECT a.repo FROM h a, h b WHERE a.repo = 'web'", [10]),
    (f"WITH h(a, b) AS (SELECT repo, path FROM {PRINT}) SELECT a FROM h WHERE a = 'web'", [10]),
    (
        f"WITH f AS (SELECT * FROM files WHERE is_test) SELECT m.line FROM {PRINT} m JOIN f USING (repo, path)",
        [1],
    ),
    (
        f"WITH files AS (SELECT * FROM files WHERE is_test) SELECT m.line FROM {PRINT} m JOIN files USING (path)",
        [1],
    ),
    (f"SELECT x.line FROM (SELECT * FROM {PRINT}) x WHERE x.path LIKE 'src/%'", [3]),
    (f"SELECT x.line FROM (SELECT * FROM {PRINT} WHERE repo = 'api') x WHERE x.path LIKE '%loud%'", [1]),
    (f"SELECT x.line FROM (SELECT path, line FROM {PRINT} LIMIT 100) x WHERE x.path LIKE 'src/%'", [10]),
    (
        f"SELECT DISTINCT path FROM {PRINT} WHERE repo = 'web' UNION SELECT path FROM {LOGGER} WHERE repo = 'api'",
        [4, 3],
    ),
    (f"SELECT repo FROM {PRINT} EXCEPT SELECT repo FROM {LOGGER}", [10, 10]),
    (f"SELECT p.path FROM {PRINT} p JOIN {LOGGER} l USING (repo, path) WHERE p.repo = 'web'", [4, 4]),
    (f"SELECT p.path, l.line FROM {PRINT} p, {LOGGER} l WHERE p.repo = l.repo AND p.path = l.path", [10, 10]),
    (
        (
            f"SELECT p.path FROM {PRINT} p WHERE p.repo = 'api' AND NOT EXISTS "
            f"(SELECT 1 FROM {LOGGER} l WHERE l.repo = p.repo AND l.path = p.path)"
        ),
        [3, 3],
    ),
    (
        (
            f"SELECT f.path FROM files f WHERE EXISTS (SELECT 1 FROM {PRINT} m WHERE m.path = f.path AND EXISTS "
            f"(SELECT 1 FROM {LOGGER} l WHERE l.path = m.path AND l.repo = f.repo)) AND f.repo = 'tool'"
        ),
        [3, 3],
    ),
    (f"SELECT m.line FROM {PRINT} m WHERE m.path IN (SELECT path FROM files WHERE is_test)", [1]),
    (
        f"SELECT m.line FROM {PRINT} m WHERE EXISTS (SELECT 1 FROM owners o WHERE o.path = m.path AND m.line > 1)",
        [10],
    ),
    (f"SELECT m.line FROM {PRINT} m WHERE random() < 2 AND m.repo = 'web'", [4]),
    (f"SELECT m.line FROM {PRINT} m, range(3) r(i) WHERE m.repo = 'web' AND r.i = 1", [4]),
    (f"SELECT b.line FROM {PRINT} m, LATERAL (SELECT m.line AS line) b WHERE m.repo = 'web'", [10]),
    (f"SELECT x.path FROM files f, (SELECT * FROM {PRINT} m WHERE m.path = f.path) x WHERE f.is_test", [1]),
    (f"SELECT count(*) FROM {PRINT} HAVING count(*) > 1", [10]),
    (
        f"SELECT repo, count(*) FROM {PRINT} WHERE repo <> 'web' GROUP BY repo HAVING count(*) > 2 ORDER BY 1",
        [6],
    ),
    (f"SELECT m.bindings['A'] FROM {PRINT} m WHERE m.bindings['A'] = 'x' AND m.repo = 'api'", [3]),
    (
        f"SELECT CASE WHEN EXISTS (SELECT 1 FROM {PRINT} m WHERE m.path = f.path) THEN 1 END FROM files f",
        [10],
    ),
    (f"SELECT m.line FROM {PRINT} m WHERE CAST(m.path AS INTEGER) = 1 AND m.repo = 'none'", [0]),
]


@pytest.mark.parametrize(("sql", "candidates"), CASES, ids=range(len(CASES)))
def test_answers_are_right_and_only_needed_files_are_candidates(
    ask: Any, truth: Truth, sql: str, candidates: list[int]
) -> None:
    """Joins, anti-joins, subqueries, WITH, shadowed names: same rows as with all matches, fewer files."""
    result = ask.result(sql)
    assert sorted(result.rows, key=repr) == truth(sql)
    first = [stage.rows for stage in result.stages if stage.name.startswith("candidates")][: len(candidates)]
    assert first == candidates


def test_files_searched_for_one_call_narrow_the_next(ask: Any) -> None:
    """The call with fewer candidates is matched first, and its real matches bound the other."""
    sql = f"SELECT count(*) FROM {PRINT} p JOIN {LOGGER} l USING (repo, path) WHERE l.path <> 'x'"
    counts = [stage.rows for stage in ask.result(sql).stages if stage.name.startswith("candidates")]
    assert counts[:2] == [10, 10]
    assert counts[2] < 10


COLUMNS = ("repo", "path")
VALUES = {"repo": ("web", "api", "none"), "path": ("app/main.py", "src/loud.py", "%main%", "same.py")}


@st.composite
def conditions(draw: st.DrawFn, aliases: list[str]) -> str:
    """A condition over columns of the aliases, some of which are calls."""
    kind = draw(st.sampled_from(["value", "like", "line", "pair", "or", "not", "exists", "in", "null"]))
    one = draw(st.sampled_from(aliases))
    column = draw(st.sampled_from(COLUMNS))
    if kind == "value":
        return f"{one}.{column} = '{draw(st.sampled_from(VALUES[column]))}'"
    if kind == "like":
        return f"{one}.{column} LIKE '{draw(st.sampled_from(VALUES[column]))}'"
    if kind == "line":
        line = "line" if one[0] in "pl" else "bytes"
        return f"{one}.{line} > {draw(st.integers(0, 60))}"
    if kind == "null":
        return f"{one}.{column} IS {draw(st.sampled_from(['', 'NOT ']))}NULL"
    if kind == "pair":
        return f"{one}.{column} = {draw(st.sampled_from(aliases))}.{column}"
    if kind == "or":
        return f"({draw(conditions(aliases))} OR {draw(conditions(aliases))})"
    if kind == "not":
        return f"NOT ({draw(conditions(aliases))})"
    call = draw(st.sampled_from([PRINT, LOGGER, "files"]))
    inner = f"x{draw(st.integers(0, 99))}"
    if kind == "in":
        negated = draw(st.sampled_from(["", "NOT "]))
        return f"{one}.{column} {negated}IN (SELECT {inner}.{column} FROM {call} {inner})"
    alias = draw(st.sampled_from([inner, one]))
    other = draw(st.sampled_from(aliases))
    negated = draw(st.sampled_from(["", "NOT "]))
    return f"{negated}EXISTS (SELECT 1 FROM {call} {alias} WHERE {alias}.{column} = {other}.{column})"


@st.composite
def queries(draw: st.DrawFn) -> str:
    """A SELECT over one to three sources, joined in any of the usual ways."""
    sources, aliases = [], []
    for at in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["p", "l", "f", "d", "c"]))
        alias = f"{'p' if kind == 'd' else kind}{at}"
        inner = f"(SELECT * FROM {PRINT} WHERE {draw(conditions(['p']))}) ".replace("p.", "")
        text = {
            "p": PRINT,
            "l": LOGGER,
            "f": "files",
            "d": inner if "EXISTS" not in inner else PRINT,
            "c": "cte",
        }[kind]
        alias = alias if kind != "c" else f"p{at}c"
        aliases.append(alias)
        if not sources:
            sources.append(f"{text} {alias}")
            continue
        join = draw(st.sampled_from([",", "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"]))
        on = f" ON {aliases[0]}.path = {alias}.path AND {draw(conditions(aliases))}"
        sources.append(f"{join} {text} {alias}{'' if join == ',' else on}")
    where = " AND ".join(draw(st.lists(conditions(aliases), max_size=3)))
    cte = f"WITH cte AS (SELECT * FROM {PRINT} c WHERE {draw(conditions(['c'])).replace('bytes', 'line')}) "
    head = cte if any(" cte " in f" {one} " for one in sources) else ""
    return f"{head}SELECT count(*), min({aliases[0]}.path) FROM {' '.join(sources)}{' WHERE ' + where if where else ''}"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sql=queries())
def test_pushing_filters_never_changes_an_answer(
    sql: str, truth: Truth, fleet: dict[str, GitSource], indexed: Path, tmp_path: Path
) -> None:
    """Whatever the joins and conditions, the rows are those of a search through every file."""
    try:
        wanted = truth(sql)
    except duckdb.Error:
        return  # not a query at all (ambiguous names, an outer join DuckDB does not do)
    path = tmp_path / "facts.duckdb"
    if not path.exists():
        copy(indexed, path)
    with FactStore.open(path) as store:
        result = run_query(store, sql, sources=fleet, patterns=Pattern.parse)
    assert sorted(result.rows, key=repr) == wanted
