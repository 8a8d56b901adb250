"""Ask the facts: index what the query needs and what changed, then run it or explain it."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from softwright.app.facts import Progress, facts_path, refresh, sources_of
from softwright.app.fleet import Selection, load_selected
from softwright.app.wiring import House
from softwright.core import InvalidInput
from softwright.facts.index import LAST_CHANGED
from softwright.facts.query import ExplainedStage as ExplainedStage
from softwright.facts.query import (
    Explanation,
    QueryLimits,
    QueryResult,
    depths_needed,
    explain_query,
    run_query,
    tables_used,
)
from softwright.facts.schema import TABLES, Depth
from softwright.facts.store import FactStore
from softwright.facts.structure import Pattern
from softwright.facts.waiting import OnWait, open_when_free
from softwright.hosts import GitSource
from softwright.rewrite.library import find_rule, rule_files

_RULE_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Question:
    """A query and its limits: rows (None: all), wall seconds (0: any), memory in MB.

    `fresh` False asks the facts as they are, without looking for new commits.
    """

    sql: str
    fleet: Path | None = None
    limit: int | None = None
    timeout_s: float = 300.0
    memory_mb: int = 2048
    fresh: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows, and repositories that are missing from them or are out of date, with the reasons."""

    result: QueryResult
    faults: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Prepared:
    store: FactStore
    sources: dict[str, GitSource]
    faults: dict[str, str]


def ask(
    house: House,
    question: Question,
    *,
    on_progress: Progress = lambda what, done, total: None,
    on_wait: OnWait = lambda message: None,
) -> Answer:
    """The answer to a question over the fleet. Waits a moment when another process holds the facts.

    Raises InvalidInput for a query that is wrong or not allowed, LimitHit, and OutsideFault when the
    fact store cannot be used. A repository that cannot be read is among the faults.
    """
    with _prepared(house, question, on_progress, on_wait) as ready:
        result = run_query(
            ready.store,
            question.sql,
            sources=ready.sources,
            patterns=pattern_resolver(house),
            workers=house.settings.workers,
            limit=question.limit,
            limits=_limits(question),
            on_progress=on_progress,
        )
        return Answer(result, {**ready.faults, **result.faults})


def explain(
    house: House,
    question: Question,
    *,
    on_progress: Progress = lambda what, done, total: None,
    on_wait: OnWait = lambda message: None,
) -> Explanation:
    """The stages of a question with their figures; no file is matched. Raises as `ask`."""
    with _prepared(house, question, on_progress, on_wait) as ready:
        return explain_query(
            ready.store,
            question.sql,
            sources=ready.sources,
            patterns=pattern_resolver(house),
            workers=house.settings.workers,
            limits=_limits(question),
        )


def pattern_resolver(house: House) -> Callable[[str, str], Sequence[Pattern]]:
    """What the first argument of `matches(...)` means: a rule by name or path, else pattern text."""

    def resolve(text: str, language: str) -> Sequence[Pattern]:
        folders = house.settings.rules
        named = text.endswith(".md") or (_RULE_NAME.fullmatch(text) and text in rule_files(folders))
        if language and not named:
            return (Pattern.parse(text, language),)
        if not named and not _RULE_NAME.fullmatch(text):
            raise InvalidInput(
                f"`{text}` is not the name of a rule, and a pattern needs a language",
                hint=f"write matches('{text}', 'python')",
            )
        rule = find_rule(text, folders)
        if language and rule.language != language:
            raise InvalidInput(f"rule `{rule.id}` is for {rule.language}, not {language}")
        if not rule.patterns:
            raise InvalidInput(
                f"rule `{rule.id}` has no pattern: it only replaces imports or is a Python function",
                hint="give a pattern",
            )
        return rule.patterns

    return resolve


@contextmanager
def _prepared(
    house: House, question: Question, on_progress: Progress, on_wait: OnWait
) -> Iterator[_Prepared]:
    tables = _tables(question.sql)  # a query that is not allowed is refused before anything is read
    _, fleet = load_selected(house, question.fleet, Selection())
    sources, absent = sources_of(house, fleet.repos)
    faults = dict(absent)
    with open_when_free(facts_path(house), on_wait=on_wait) as store:
        if question.fresh:
            done = refresh(store, house, sources, absent=absent, tables=tables, on_progress=on_progress)
            faults.update(done.broken)
        yield _Prepared(store, sources, faults)


def _tables(sql: str) -> frozenset[str]:
    """The names `index` needs to reach the depth of the query."""
    depths = depths_needed(sql)
    named = set(tables_used(sql)) | {"files"}
    if Depth.SYMBOLS in depths:
        named |= {name for name, table in TABLES.items() if table.depth is Depth.SYMBOLS}
    if Depth.HISTORY in depths:
        named.add(LAST_CHANGED)
    return frozenset(named)


def _limits(question: Question) -> QueryLimits:
    return QueryLimits(timeout_s=question.timeout_s, memory_mb=question.memory_mb)
