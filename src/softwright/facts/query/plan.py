"""A query as a list of stages: the cheap parts that say where to look, the costly part, the rest.

Stages are values. Whoever executes them runs each `CandidateStage` (plain SQL over the facts), then each
`MatchStage` (files are read and parsed), then the `SelectStage` (the query itself, in which every
`matches(...)` has become a table). Another costly predicate is another kind of stage between the two SQLs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from softwright.facts.query.cache import MATCH_COLUMNS
from softwright.facts.query.calls import Call, PatternResolver, bind, find_calls
from softwright.facts.query.parse import cte_in_scope, parse_query, written
from softwright.facts.query.pushdown import PLACE, Pushdown, matchable
from softwright.facts.query.sources import Schema
from softwright.facts.schema import TABLES, Depth

_COLUMNS: dict[str, frozenset[str]] = {
    name: frozenset(column.name for column in table.columns) for name, table in TABLES.items()
}
_BY_READING = frozenset({"lines", "parse_error"})
_BY_HISTORY = frozenset({"last_changed"})


@dataclass(frozen=True, slots=True, eq=False)
class CandidateStage:
    """Which files one call must look at; `narrowed` is False when that is every file of its language."""

    call: Call
    sql: str
    narrowed: bool


@dataclass(frozen=True, slots=True, eq=False)
class MatchStage:
    """Files among the candidates that hold the literals are parsed and searched; earlier results are kept."""

    call: Call


@dataclass(frozen=True, slots=True, eq=False)
class SelectStage:
    """The query itself."""

    sql: str


Stage = CandidateStage | MatchStage | SelectStage


class Plan:
    """One checked query and how to run it."""

    def __init__(self, text: str, resolve: PatternResolver) -> None:
        """Raises InvalidInput for a query that is not allowed or cannot be staged."""
        self.text = text
        self.tree = parse_query(text, frozenset(_COLUMNS))
        self.calls = find_calls(self.tree, text, resolve)
        bind(self.calls)
        own = {call.name: frozenset(column.name for column in MATCH_COLUMNS) for call in self.calls}
        self.schema: Schema = {**_COLUMNS, **own}
        self._pushdown = Pushdown(self.tree, self.calls, self.schema)

    def stages(self) -> list[Stage]:
        """Every stage, in the order of the text; candidates of all calls first, then the matching."""
        return [
            *(self.candidates(call) for call in self.calls),
            *(MatchStage(call) for call in self.calls),
            SelectStage(written(self.tree)),
        ]

    def candidates(self, call: Call) -> CandidateStage:
        """The candidate stage of a call; sharper once other calls are `done`."""
        sql = self._pushdown.candidates(call)
        if sql is not None:
            return CandidateStage(call, sql, True)
        return CandidateStage(call, everything(call), False)

    def done(self, call: Call) -> None:
        """The table of `call` holds its matches now."""
        self._pushdown.bound(call)


def everything(call: Call) -> str:
    """SQL giving all files of the call's language."""
    return written(exp.select(*PLACE).from_(matchable(call.language)))


def tables_used(sql: str) -> frozenset[str]:
    """Names of the stored tables that a query reads; `matches` is not one of them.

    Raises InvalidInput for a query that is not allowed.
    """
    return _tables(parse_query(sql, frozenset(_COLUMNS)))


def depths_needed(sql: str) -> frozenset[Depth]:
    """How deep repositories must be indexed for a query: what its tables and columns cost to fill."""
    tree = parse_query(sql, frozenset(_COLUMNS))
    used = _tables(tree)
    depths = {TABLES[name].depth for name in used} | {Depth.FILES}
    words = {column.name.lower() for column in tree.find_all(exp.Column)}
    if "files" in used and words & _BY_READING:
        depths.add(Depth.SYMBOLS)
    if "files" in used and words & _BY_HISTORY:
        depths.add(Depth.HISTORY)
    return frozenset(depths)


def _tables(tree: exp.Expr) -> frozenset[str]:
    named: Sequence[exp.Table] = [table for table in tree.find_all(exp.Table) if cte_in_scope(table) is None]
    return frozenset(table.name.lower() for table in named) & frozenset(_COLUMNS)
