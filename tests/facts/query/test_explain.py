"""--explain: stages with figures, and nothing costly run."""

from typing import Any

from softwright.facts.query import explain_query
from softwright.facts.structure import Pattern

PRINT = "matches('print($$$A)', 'python')"


def explained(ask: Any, sql: str) -> Any:
    """The explanation of a query."""
    return explain_query(ask.store, sql, sources=ask.sources, patterns=Pattern.parse)


def test_stages_of_a_query_with_matches(ask: Any) -> None:
    """Candidates with their SQL, matching with literals and sizes, then the query itself."""
    stages = explained(ask, f"SELECT m.line FROM {PRINT} m WHERE m.repo = 'web'").stages
    assert [stage.kind for stage in stages] == ["candidates", "match", "select"]
    assert stages[0].files == 4
    assert "\"repo\" = 'web'" in stages[0].sql
    said = "only files that hold print are parsed; the words and calls of 1 rule them out"
    assert stages[1].detail == said
    assert (stages[1].blobs, stages[1].cached, stages[1].files_to_read) == (4, 0, 3)
    assert stages[1].seconds is not None
    assert stages[2].rows is None


def test_nothing_is_searched_by_explaining(ask: Any) -> None:
    """The cache of matches is as empty afterwards as before; once searched, nothing is left to read."""
    sql = f"SELECT 1 FROM {PRINT}"
    for _ in range(2):
        assert explained(ask, sql).stages[1].files_to_read == 4
    ask(sql)
    after = explained(ask, sql)
    assert (after.stages[1].cached, after.stages[1].files_to_read, after.seconds) == (7, 0, 0.0)


def test_a_query_of_facts_alone_is_run_for_its_rows(ask: Any) -> None:
    """Without a costly stage the number of rows is known."""
    stages = explained(ask, "SELECT repo FROM repos").stages
    assert [(stage.kind, stage.rows) for stage in stages] == [("select", 3)]


def test_a_pattern_without_words_says_that_all_is_parsed(ask: Any) -> None:
    """No literal, no filter: the person sees why it is slow."""
    stages = explained(ask, "SELECT 1 FROM matches('$A == $A', 'python')").stages
    assert stages[1].detail == "every file is parsed: no fixed word"


def test_files_that_their_calls_rule_out_are_not_counted(ask: Any) -> None:
    """A pattern of calls: only files with such a call are to be read."""
    told = explained(ask, "SELECT path FROM matches('logging.getLogger($X)', 'python')")
    (stage,) = (stage for stage in told.stages if stage.kind == "match")
    assert (stage.blobs, stage.cached, stage.files_to_read) == (7, 0, 3)
    assert stage.detail.endswith("the words and calls of 4 rule them out")
