"""Which files a `matches(...)` must look at: the cheap rest of the query, asked before the costly part.

From the SELECT that holds the call, and those around it, every condition that a useful match must
fulfil and that can be told from (repo, path, blob) alone is gathered. The answer may hold too many
files, never too few: a condition that is not understood for certain is left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlglot
from sqlglot import exp

from softwright.facts.query.calls import Call
from softwright.facts.query.functions import UNPREDICTABLE
from softwright.facts.query.parse import cte_in_scope, written
from softwright.facts.query.shapes import (
    group_keys,
    in_from,
    in_link,
    is_inside,
    is_order_bound,
    names_all,
    selects_all,
)
from softwright.facts.query.sources import Level, Schema, Source, conjuncts, level_of, owner

PLACE = ("repo", "path", "blob")
"""Columns of a match that are known before anything is matched."""


def matchable(language: str) -> str:
    """Name of the table of files in which patterns of a language are sought."""
    return f"_matchable_{language}"


_Map = Mapping[str, tuple[Source, str]]


@dataclass(eq=False, slots=True)
class _Gathered:
    """What has been collected for one call while climbing from its SELECT to the root."""

    target: Source
    conditions: list[exp.Expr] = field(default_factory=list)
    uses: list[set[Source]] = field(default_factory=list)
    through: dict[Source, _Map] = field(default_factory=dict)
    """A subquery or WITH entry that holds the call -> what its columns mean inside."""


class Pushdown:
    """Writes the candidate query of each call of one tree (after `bind`)."""

    def __init__(self, tree: exp.Expr, calls: Sequence[Call], schema: Schema) -> None:
        self._tree = tree
        self._calls = {call.name: call for call in calls}
        self._schema = schema
        self._unbound = set(self._calls)
        self._levels: dict[int, Level | None] = {}
        self._count = 0

    def bound(self, call: Call) -> None:
        """From now on the table of `call` holds its matches and may filter the others."""
        self._unbound.discard(call.name)

    def candidates(self, call: Call) -> str | None:
        """SQL giving (repo, path, blob) of the files worth matching, from the table `matchable(language)`.

        None when no condition can be used: all files of the language are candidates.
        """
        select = call.table.find_ancestor(exp.Select)
        level = self._level(select) if select is not None else None
        source = next((one for one in level.sources if one.node is call.table), None) if level else None
        if select is None or level is None or source is None:
            return None
        gathered = _Gathered(source)
        self._climb(select, source, gathered)
        return self._write(call, gathered)

    def _level(self, select: exp.Select) -> Level | None:
        if id(select) not in self._levels:
            level = level_of(select, self._schema)
            for source in level.sources if level else []:
                self._count += 1
                source.ref = f"_s{self._count}"
            self._levels[id(select)] = level
        return self._levels[id(select)]

    # Climbing

    def _climb(self, select: exp.Select, focus: Source, gathered: _Gathered) -> None:
        """Gather the conditions of `select`, in which the call is seen through `focus`, then go up."""
        level = self._level(select)
        if level is None or focus not in level.sources:
            return
        certain = {source for source in level.sources if not source.optional}
        levels = [level, *self._outer_levels(select)]
        self._gather(level.conditions, levels, certain, gathered)
        if focus.optional and focus.on is not None:
            self._gather(conjuncts(focus.on), levels, {*certain, focus}, gathered)
        self._step_out(select, gathered)

    def _step_out(self, select: exp.Select, gathered: _Gathered) -> None:
        child: exp.Expr = select
        node = select.parent
        while isinstance(node, exp.Subquery | exp.Paren) and not in_from(node):
            child, node = node, node.parent
        if isinstance(node, exp.CTE):
            self._out_of_named(select, node, gathered)
        elif isinstance(node, exp.Subquery) and child is select:
            self._out_of_derived(select, node, gathered)
        else:
            self._out_of_condition(select, gathered)

    def _out_of_derived(self, select: exp.Select, node: exp.Subquery, gathered: _Gathered) -> None:
        around = node.find_ancestor(exp.Select)
        if (
            around is None
            or not isinstance(node.parent, exp.From | exp.Join)
            or node.parent.parent is not around
        ):
            return
        self._enter(select, around, node, gathered)

    def _out_of_named(self, select: exp.Select, entry: exp.CTE, gathered: _Gathered) -> None:
        readers = [table for table in self._tree.find_all(exp.Table) if cte_in_scope(table) is entry]
        if len(readers) != 1 or entry.args["alias"].columns:
            return
        around = readers[0].find_ancestor(exp.Select)
        if around is not None and not is_inside(around, entry):
            self._enter(select, around, readers[0], gathered)

    def _enter(self, select: exp.Select, around: exp.Select, node: exp.Expr, gathered: _Gathered) -> None:
        """Go on in `around`, where the result of `select` is the FROM item `node`."""
        columns = self._outputs(select)
        level = self._level(around)
        focus = next((one for one in level.sources if one.node is node), None) if level else None
        if focus is None or not columns:
            return
        if isinstance(node.args.get("alias"), exp.TableAlias) and node.args["alias"].columns:
            return
        if focus.columns is None and selects_all(select):
            focus.columns = frozenset(columns)
        gathered.through[focus] = columns
        self._climb(around, focus, gathered)

    def _out_of_condition(self, select: exp.Select, gathered: _Gathered) -> None:
        """From a subquery inside a condition or a value to the SELECT whose rows it is asked for."""
        around = select.parent_select
        level = self._level(around) if isinstance(around, exp.Select) else None
        if not isinstance(around, exp.Select) or level is None:
            return
        part: exp.Expr = select
        while part.parent is not None and part.parent is not around:
            if isinstance(part, exp.From | exp.Join | exp.CTE | exp.With | exp.Lateral):
                return
            part = part.parent
        if part.arg_key not in ("where", "expressions"):
            return
        certain = {source for source in level.sources if not source.optional}
        rest = [one for one in level.conditions if not is_inside(select, one)]
        outer = [level, *self._outer_levels(around)]
        self._gather(rest, outer, certain, gathered)
        inner = self._level(select)
        for left, right in in_link(select, level.conditions) if inner is not None else []:
            self._link(left, right, gathered, levels=(inner, outer, certain))
        if not is_order_bound(around):
            self._climb_blind(around, gathered)

    def _climb_blind(self, select: exp.Select, gathered: _Gathered) -> None:
        """Go on outwards from a SELECT in which the call is not a source but part of a condition."""
        node = select.parent
        while isinstance(node, exp.Subquery | exp.Paren) and not in_from(node):
            node = node.parent
        if node is not None and not isinstance(node, exp.CTE | exp.Subquery):
            self._out_of_condition(select, gathered)

    def _link(
        self,
        left: exp.Expr,
        right: exp.Expr,
        gathered: _Gathered,
        *,
        levels: tuple[Level | None, list[Level | None], set[Source]],
    ) -> None:
        """`left IN (SELECT right ...)`: matches with other values change nothing."""
        inner, outer, certain = levels
        if not isinstance(left, exp.Column) or not isinstance(right, exp.Column):
            return
        known = owner(left, outer)
        if known is None or not isinstance(known[1].node, exp.Table) or cte_in_scope(known[1].node):
            return
        a = self._rewritten(left, outer, certain, gathered)
        b = self._rewritten(right, [inner], {*inner.sources} if inner else set(), gathered)
        if a and b:
            gathered.conditions.append(exp.EQ(this=a[0], expression=b[0]))
            gathered.uses.append(a[1] | b[1])

    def _outer_levels(self, select: exp.Select) -> list[Level | None]:
        levels: list[Level | None] = []
        around = select.parent_select
        while around is not None:
            levels.append(self._level(around) if isinstance(around, exp.Select) else None)
            around = around.parent_select
        return levels

    # Conditions

    def _gather(
        self,
        conditions: list[exp.Expr],
        levels: list[Level | None],
        certain: set[Source],
        gathered: _Gathered,
    ) -> None:
        for condition in conditions:
            own = self._rewritten(condition, levels, certain, gathered)
            if own is not None:
                gathered.conditions.append(own[0])
                gathered.uses.append(own[1])

    def _rewritten(
        self, condition: exp.Expr, levels: list[Level | None], certain: set[Source], gathered: _Gathered
    ) -> tuple[exp.Expr, set[Source]] | None:
        """The condition with its columns named by unique source, and those sources; None when unusable."""
        if not self._plain(condition):
            return None
        uses: set[Source] = set()
        changes: dict[int, exp.Column] = {}
        for column in condition.find_all(exp.Column):
            inner = self._levels_within(condition, column)
            known = owner(column, [*inner, *levels])
            if known is None:
                return None
            level, source = known
            if level in inner:
                continue
            if level is levels[0] and source not in certain:
                return None
            place = self._placed(source, column.name.lower(), gathered)
            if place is None:
                return None
            uses.add(place[0])
            changes[id(column)] = exp.column(exp.to_identifier(place[1], quoted=True), table=place[0].ref)
        if not uses:
            return None
        return _replaced(condition, changes), uses

    def _placed(self, source: Source, name: str, gathered: _Gathered) -> tuple[Source, str] | None:
        """The source and column to read instead, followed into the subquery that holds the call."""
        if source in gathered.through:
            inner = gathered.through[source].get(name)
            return self._placed(*inner, gathered) if inner else None
        if source is gathered.target or self._is_unbound(source):
            return (source, name) if name in PLACE else None
        if source.optional or not self._readable(source) or name not in (source.columns or ()):
            return None
        return source, name

    def _plain(self, condition: exp.Expr) -> bool:
        """Without chance, without calls not yet matched, and with WITH entries of the root only."""
        if any(word.text.lower() in UNPREDICTABLE for word in sqlglot.tokenize(written(condition), "duckdb")):
            return False
        for node in condition.walk():
            if isinstance(node, exp.Window | exp.Columns | exp.Unnest | exp.Lateral):
                return False
            if isinstance(node, exp.Table) and not self._readable_table(node):
                return False
            if isinstance(node, exp.Star) and not isinstance(node.parent, exp.Count | exp.Select):
                return False
        return True

    def _levels_within(self, condition: exp.Expr, column: exp.Column) -> list[Level | None]:
        levels: list[Level | None] = []
        select = column.find_ancestor(exp.Select)
        while select is not None and is_inside(select, condition):
            levels.append(self._level(select))
            select = select.find_ancestor(exp.Select)
        return levels

    # Sources

    def _is_unbound(self, source: Source) -> bool:
        return isinstance(source.node, exp.Table) and source.node.name in self._unbound

    def _readable(self, source: Source) -> bool:
        """May stand in the candidate query: cheap, and known to DuckDB there."""
        if source.node.args.get("sample") or isinstance(source.node, exp.Lateral):
            return False
        if isinstance(source.node, exp.Subquery):
            return self._plain(source.node) and source.node.find(exp.Limit, exp.TableSample) is None
        return isinstance(source.node, exp.Table) and (
            self._is_unbound(source) or self._readable_table(source.node)
        )

    def _readable_table(self, table: exp.Table) -> bool:
        if not isinstance(table.this, exp.Identifier) or table.name in self._unbound:
            return False
        entry = cte_in_scope(table)
        if entry is None:
            return True
        clause = entry.parent
        if clause is None or clause.parent is not self._tree:
            return False
        own = [one for one in entry.find_all(exp.Table) if cte_in_scope(one) is not entry]
        return (
            all(self._readable_table(one) for one in own) and entry.find(exp.Limit, exp.TableSample) is None
        )

    def _outputs(self, select: exp.Select) -> dict[str, tuple[Source, str]]:
        """Output columns of a subquery that are plain columns, as far as rows can be dropped by them."""
        level = self._level(select)
        if level is None or is_order_bound(select):
            return {}
        if not names_all(select) and not selects_all(select):
            return {}
        columns: dict[str, tuple[Source, str]] = {}
        if selects_all(select):
            only = level.sources[0]
            return {name: (only, name) for name in only.columns or ()} if len(level.sources) == 1 else {}
        keys = group_keys(select)
        for at, one in enumerate(select.expressions):
            plain = one.unalias()
            known = owner(plain, [level]) if isinstance(plain, exp.Column) else None
            if known and (keys is None or at in keys):
                columns[one.output_name.lower()] = (known[1], plain.name.lower())
        return columns

    # Writing

    def _write(self, call: Call, gathered: _Gathered) -> str | None:
        joined = {gathered.target}
        chosen: set[int] = set()
        grown = True
        while grown:
            grown = False
            for at, uses in enumerate(gathered.uses):
                new = uses - joined
                links = isinstance(gathered.conditions[at], exp.EQ) and bool(uses & joined)
                if at not in chosen and (not new or (links and len(new) == 1)):
                    chosen.add(at)
                    joined |= uses
                    grown = True
        if not chosen:
            return None
        query = exp.select(*(exp.column(name, table=gathered.target.ref) for name in PLACE)).distinct()
        for source in sorted(joined, key=lambda one: one is not gathered.target):
            query = (
                query.from_(self._item(source))
                if source is gathered.target
                else query.join(self._item(source))
            )
        query = query.where(*(gathered.conditions[at] for at in sorted(chosen)), copy=False)
        clause = self._tree.args.get("with_")
        if isinstance(clause, exp.With):
            kept = self._with_for(query, clause)
            if kept is not None:
                query.set("with_", kept)
        return written(query)

    def _item(self, source: Source) -> exp.Expr:
        node = source.node.copy()
        if isinstance(node, exp.Table):
            known = self._calls.get(node.name)
            name = matchable(known.language) if known and known.name in self._unbound else node.name
            return exp.to_table(name).as_(source.ref)
        node.set("alias", exp.TableAlias(this=exp.to_identifier(source.ref)))
        return node

    def _with_for(self, query: exp.Select, clause: exp.With) -> exp.With | None:
        wanted = {table.name.lower() for table in query.find_all(exp.Table)}
        kept: list[exp.Expr] = []
        for entry in reversed(clause.expressions):
            if entry.alias.lower() in wanted:
                kept.insert(0, entry.copy())
                wanted |= {table.name.lower() for table in entry.find_all(exp.Table)}
        return exp.With(expressions=kept, recursive=clause.args.get("recursive")) if kept else None


def _replaced(condition: exp.Expr, changes: dict[int, exp.Column]) -> exp.Expr:
    originals = list(condition.find_all(exp.Column))
    copy = condition.copy()
    for original, twin in zip(originals, list(copy.find_all(exp.Column)), strict=True):
        new = changes.get(id(original))
        if new is None:
            continue
        if twin is copy:
            return new
        twin.replace(new)
    return exp.paren(copy, copy=False) if isinstance(copy, exp.Or) else copy
