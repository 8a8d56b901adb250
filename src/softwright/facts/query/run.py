"""Running a query: its stages one after the other, on a connection of its own that can only read."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa

from softwright.core import SoftwrightError
from softwright.facts.query.binding import check_binding, explained
from softwright.facts.query.cache import MATCH_COLUMNS, MatchCache, Searched
from softwright.facts.query.calls import Call, PatternResolver
from softwright.facts.query.guard import Deadline, QueryLimits, lock, reading
from softwright.facts.query.parse import written
from softwright.facts.query.plan import CandidateStage, Plan, everything
from softwright.facts.query.pushdown import matchable
from softwright.facts.query.search import Outcome, Progress, Wanted, search
from softwright.facts.query.told import Told, told
from softwright.facts.source import BlobSource
from softwright.facts.store import FactStore

_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class StageReport:
    """What one stage did: its name, figures in words, rows it gave, seconds."""

    name: str
    detail: str
    rows: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that `matches(...)` passed over because it is not text that can be searched, with why."""

    repo: str
    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class QueryResult:
    """Rows of a query with the names and DuckDB types of the columns.

    `truncated` tells that `limit` cut rows off; `faults` maps repositories that could not be searched to
    their reasons; `unreadable` are files that might hold matches and were passed over; `stages` says what
    was done.
    """

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    truncated: bool = False
    faults: Mapping[str, str] = field(default_factory=dict)
    stages: tuple[StageReport, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()


def run_query(
    store: FactStore,
    sql: str,
    *,
    sources: Mapping[str, BlobSource],
    patterns: PatternResolver,
    workers: int = 1,
    limit: int | None = None,
    limits: QueryLimits | None = None,
    on_progress: Progress | None = None,
) -> QueryResult:
    """Run one reading query over the facts; `limit` cuts the rows off.

    `sources` gives the repositories by name (needed by `matches(...)` only), `patterns` what a
    pattern text or rule name means. Locks the store's database against the outside for as long as it
    is open. Raises InvalidInput for a query that is wrong or not allowed, LimitHit when it takes too
    long or too much memory.
    """
    plan = Plan(sql, patterns)
    with Session(store, plan, sources=sources, limits=limits) as session:
        session.check()
        for call in session.narrowest_first():
            session.search(call, workers=workers, on_progress=on_progress or _silent)
        return session.select(limit)


class Session:
    """One plan on one store: temporary tables on a cursor of its own, gone when the block ends."""

    def __init__(
        self,
        store: FactStore,
        plan: Plan,
        *,
        sources: Mapping[str, BlobSource],
        limits: QueryLimits | None = None,
    ) -> None:
        limits = limits or QueryLimits()
        lock(store.connection, limits)
        self.plan = plan
        self.cache = MatchCache(store.connection)
        self.reports: list[StageReport] = []
        self.faults: dict[str, str] = {}
        self._unreadable: dict[Unreadable, None] = {}
        self._sources = sources
        self._deadline = Deadline(limits)
        self._connection = store.connection.cursor()
        self._prepare()

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *unused: object) -> None:
        self._connection.close()

    def _prepare(self) -> None:
        execute = self._connection.execute
        for language in sorted({call.language for call in self.plan.calls}):
            execute(
                f"CREATE TEMP VIEW {matchable(language)} AS SELECT repo, path, blob, bytes FROM raw_files "  # noqa: S608
                f"WHERE language = '{language}' AND mode IN ('100644', '100755')"
            )
        columns = ", ".join(f'"{column.name}" {column.type}' for column in MATCH_COLUMNS)
        for call in self.plan.calls:
            execute(f"CREATE TEMP TABLE {call.name} ({columns})")
        if self.plan.calls:
            execute(
                "CREATE TEMP TABLE _known_repos AS SELECT unnest(?::VARCHAR[]) AS repo", [[*self._sources]]
            )

    def check(self) -> None:
        """Have names and types checked before anything costly. Raises InvalidInput."""
        plan = self.plan
        check_binding(self._connection, plan.tree, plan.text, calls=plan.calls, schema=plan.schema)

    def narrowest_first(self) -> Iterator[Call]:
        """The calls, the one with the fewest candidate files first; each finds its candidates in place."""
        counted = {call: self.narrow(self.plan.candidates(call)) for call in self.plan.calls}
        first = True
        while counted:
            call = min(counted, key=lambda one: counted[one])
            if not first:
                counted[call] = self.narrow(self.plan.candidates(call))
            del counted[call]
            yield call
            self.plan.done(call)
            first = False

    def narrow(self, stage: CandidateStage) -> int:
        """Fill the candidate table of a call; gives the number of files."""
        started = time.monotonic()
        table = _candidates(stage.call)
        try:
            self._fill(table, stage.sql)
            narrowed = stage.narrowed
        except duckdb.Error:
            # a filter that DuckDB cannot compute apart from its query: look everywhere instead
            self._fill(table, everything(stage.call))
            narrowed = False
        count = self._one(f"SELECT count(*) FROM {table}")  # noqa: S608 - our own names
        detail = "by the rest of the query" if narrowed else f"every {stage.call.language} file"
        self._report(f"candidates of {stage.call.name}", detail, rows=count, started=started)
        return count

    def _fill(self, table: str, sql: str) -> None:
        self._execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {sql}")

    def missing(self, call: Call) -> list[Wanted]:
        """Candidate blobs never searched for the call's patterns, each with a repository to read."""
        key = self.cache.known(call)
        rows = self._connection.execute(
            f"SELECT c.blob, min(c.repo), max(f.bytes) FROM {_candidates(call)} c "  # noqa: S608 - our own names
            f"JOIN {matchable(call.language)} f ON f.repo = c.repo AND f.path = c.path "
            "JOIN _known_repos k ON k.repo = c.repo "
            "WHERE NOT EXISTS (SELECT 1 FROM raw_searched s WHERE s.pattern = ? AND s.blob = c.blob) "
            "GROUP BY c.blob ORDER BY 2, 1",
            [-1 if key is None else key],
        ).fetchall()
        return [Wanted(blob, repo, size) for blob, repo, size in rows]

    def told(self, call: Call) -> Told:
        """What is `missing`, less what the calls of files rule out."""
        return told(self._connection, call, self.missing(call))

    def counted(self, call: Call) -> tuple[int, int]:
        """Candidate files of a call, and distinct contents among them."""
        table = _candidates(call)
        row = self._connection.execute(f"SELECT count(*), count(DISTINCT blob) FROM {table}").fetchone()  # noqa: S608
        return (int(row[0]), int(row[1])) if row else (0, 0)

    def unreadable(self, call: Call) -> list[Unreadable]:
        """Candidate files of a call that were found not to be text, as far as they were searched."""
        rows = self._connection.execute(
            f"SELECT c.repo, c.path, u.reason FROM {_candidates(call)} c "  # noqa: S608 - our own names
            "JOIN raw_unreadable u ON u.pattern = ? AND u.blob = c.blob ORDER BY c.repo, c.path",
            [self.cache.known(call)],
        ).fetchall()
        return [Unreadable(*row) for row in rows]

    def search(self, call: Call, *, workers: int, on_progress: Progress) -> None:
        """The costly stage: match what was never matched, then fill the table of the call."""
        started = time.monotonic()
        known = self.told(call)
        if known.ruled_out:
            self.cache.add(self.cache.key(call), [Searched([*known.ruled_out], [])])
        outcome = Outcome()
        if known.wanted:
            outcome = search(
                call,
                known.wanted,
                sources=self._sources,
                cache=self.cache,
                workers=workers,
                deadline=self._deadline,
                on_progress=on_progress,
            )
        self.faults.update(outcome.faults)
        self._unreadable |= dict.fromkeys(self.unreadable(call))
        self._execute(
            f"INSERT INTO {call.name} SELECT c.repo, c.path, m.* EXCLUDE (pattern) "  # noqa: S608
            f"FROM {_candidates(call)} c JOIN raw_matches m ON m.pattern = ? AND m.blob = c.blob "
            "ORDER BY c.repo, c.path, m.start_byte, m.end_byte",
            [self.cache.known(call)],
        )
        found = self._one(f"SELECT count(*) FROM {call.name}")  # noqa: S608 - our own names
        detail = f"{outcome.blobs} distinct files searched, the others known" if known.wanted else "all known"
        if known.ruled_out:
            detail += f", {len(known.ruled_out)} of them by their words and calls"
        self._report(f"{call.name}: {call.given}", detail, rows=found, started=started)

    def select(self, limit: int | None) -> QueryResult:
        """The last stage: the query itself. Raises InvalidInput for what only values can tell."""
        started = time.monotonic()
        with _told(self.plan), reading(self._connection):
            result = self._deadline.run(self._connection, lambda: self._selected(limit))
        self._report("rows", "the query itself", rows=len(result.rows), started=started)
        return replace(
            result, faults=self.faults, stages=tuple(self.reports), unreadable=tuple(self._unreadable)
        )

    def _selected(self, limit: int | None) -> QueryResult:
        relation = self._connection.sql(written(self.plan.tree))
        columns = tuple(relation.columns)
        types = tuple(str(one) for one in relation.types)
        rows, truncated = _rows(relation, limit, types, self._deadline)
        return QueryResult(columns, types, rows, truncated)

    def _execute(self, sql: str, values: Sequence[object] = ()) -> None:
        self._deadline.run(self._connection, lambda: self._connection.execute(sql, list(values)))

    def _one(self, sql: str) -> int:
        row = self._connection.execute(sql).fetchone()
        return int(row[0]) if row else 0

    def _report(self, name: str, detail: str, *, rows: int, started: float) -> None:
        self.reports.append(StageReport(name, detail, rows, time.monotonic() - started))


def _candidates(call: Call) -> str:
    return f"_candidates_{call.name}"


@contextmanager
def _told(plan: Plan) -> Iterator[None]:
    try:
        yield
    except (duckdb.InterruptException, duckdb.OutOfMemoryException, SoftwrightError):
        raise
    except duckdb.Error as error:
        raise explained(str(error), plan.text, place=None, known=plan.schema) from error


def _rows(
    relation: duckdb.DuckDBPyRelation, limit: int | None, types: Sequence[str], deadline: Deadline
) -> tuple[list[tuple[Any, ...]], bool]:
    # by Arrow, because DuckDB's own rows need another package for times with a zone
    rows: list[tuple[Any, ...]] = []
    size = 0
    for batch in _batches(relation):
        size += batch.nbytes
        deadline.check_answer(size)
        lists = [column.to_pylist(maps_as_pydicts="lossy") for column in batch.columns]
        for at, kind in enumerate(types):
            if "HUGEINT" in kind or "INTERVAL" in kind or "BIGNUM" in kind:
                lists[at] = [_plain(value) for value in lists[at]]
        rows.extend(zip(*lists, strict=True))
        if limit is not None and len(rows) > limit:
            return rows[:limit], True
    return rows, False


def _batches(relation: duckdb.DuckDBPyRelation) -> Iterator[pa.RecordBatch]:
    """The result in parts; trouble while it streams is raised as DuckDB's own errors are."""
    try:
        yield from relation.to_arrow_reader(_BATCH) or ()
    except (OSError, pa.ArrowException) as error:
        said = str(error)
        if said.startswith("INTERRUPT"):
            raise duckdb.InterruptException(said) from error
        if said.startswith("Out of Memory"):
            raise duckdb.OutOfMemoryException(said) from error
        raise duckdb.Error(said) from error


def _plain(value: Any) -> Any:
    """Whole decimals as integers, intervals as text, inside of lists and structs too."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else value
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if type(value).__name__ == "MonthDayNano":
        return f"{value.months} months {value.days} days {value.nanoseconds / 1e9:g} s"
    return value


def _silent(what: str, done: int, total: int) -> None:
    del what, done, total


__all__ = ["QueryResult", "Session", "StageReport", "Unreadable", "run_query"]
