"""What a SELECT reads from, and which of it a column means: name resolution for pushing filters down.

Where SQL's rules leave a doubt (stars, unusual joins, structs) the answer is "unknown", and the
caller pushes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from softwright.facts.query.parse import cte_in_scope
from softwright.facts.query.shapes import selects_all

Schema = Mapping[str, frozenset[str]]
"""Table name -> column names, all lower case."""


@dataclass(eq=False, slots=True)
class Source:
    """One item of a FROM. `columns` is None when unknown; `optional` means that an outer join may null it."""

    alias: str
    node: exp.Expr
    columns: frozenset[str] | None
    optional: bool = False
    on: exp.Expr | None = None
    ref: str = ""
    """A name for it that is unique in the whole query."""


@dataclass(eq=False, slots=True)
class Level:
    """All items of one FROM, the columns merged by USING, and the conditions every row must fulfil."""

    sources: list[Source] = field(default_factory=list)
    merged: set[str] = field(default_factory=set)
    conditions: list[exp.Expr] = field(default_factory=list)


def level_of(select: exp.Select, schema: Schema) -> Level | None:
    """The FROM of a SELECT, or None when it joins in a way that is not analysed."""
    level = Level()
    start = select.args.get("from_")
    if not isinstance(start, exp.From) or select.args.get("laterals"):
        return None
    _add(level, start.this, schema)
    for join in _joins(select, start):
        if join is None or not _joined(level, join, schema):
            return None
    names = [source.alias for source in level.sources]
    if len(set(names)) != len(names):
        return None
    where = select.args.get("where")
    if isinstance(where, exp.Where):
        level.conditions += conjuncts(where.this)
    return level


def _joins(select: exp.Select, start: exp.From) -> list[exp.Join | None]:
    joins: list[exp.Join | None] = [*(select.args.get("joins") or [])]
    nested = start.this.args.get("joins") or []
    return [*joins, *([None] if nested else [])]


def _joined(level: Level, join: exp.Join, schema: Schema) -> bool:
    side, kind, method = join.side.upper(), join.kind.upper(), join.method.upper()
    if method or side not in ("", "LEFT") or kind not in ("", "INNER", "CROSS", "OUTER"):
        return False
    if join.this.args.get("joins") or isinstance(join.this, exp.Lateral):
        return False
    source = _add(level, join.this, schema)
    source.optional = side == "LEFT"
    parts = conjuncts(join.args["on"]) if join.args.get("on") else []
    for column in join.args.get("using") or []:
        equal = _equal(level, source, column.name.lower())
        if equal is None:
            return False
        level.merged.add(column.name.lower())
        parts.append(equal)
    if source.optional:
        source.on = exp.and_(*parts, copy=True) if parts else None
    else:
        level.conditions += [part for part in parts if not isinstance(part, exp.Boolean)]
    return True


def _equal(level: Level, source: Source, name: str) -> exp.EQ | None:
    """The condition that a USING column stands for."""
    for left in level.sources:
        if left is source:
            return None
        if left.columns is None:
            return None
        if name in left.columns:
            return exp.EQ(
                this=exp.column(name, table=left.alias), expression=exp.column(name, table=source.alias)
            )
    return None


def _add(level: Level, node: exp.Expr, schema: Schema) -> Source:
    alias = (node.alias or node.name).lower()
    source = Source(alias, node, _columns(node, schema))
    level.sources.append(source)
    return source


def _columns(node: exp.Expr, schema: Schema) -> frozenset[str] | None:
    given = node.args.get("alias")
    if isinstance(given, exp.TableAlias) and given.columns:
        return None
    if isinstance(node, exp.Table):
        if isinstance(node.this, exp.Anonymous):
            return schema.get(node.this.name.lower())
        entry = cte_in_scope(node)
        if entry is None:
            return schema.get(node.name.lower())
        recursive = entry.parent is not None and entry.parent.args.get("recursive")
        return None if entry.args["alias"].columns or recursive else _projected(entry.this, schema)
    return _projected(node.this, schema) if isinstance(node, exp.Subquery) else None


def _projected(query: exp.Expr, schema: Schema) -> frozenset[str] | None:
    while isinstance(query, exp.SetOperation | exp.Subquery):
        query = query.this
    if not isinstance(query, exp.Select) or not query.expressions:
        return None
    if selects_all(query):
        start = query.args.get("from_")
        alone = (
            isinstance(start, exp.From) and not query.args.get("joins") and not start.this.args.get("joins")
        )
        return _columns(start.this, schema) if isinstance(start, exp.From) and alone else None
    if any(isinstance(one, exp.Star) or one.is_star or not one.output_name for one in query.expressions):
        return None
    return frozenset(one.output_name.lower() for one in query.expressions)


def conjuncts(condition: exp.Expr) -> list[exp.Expr]:
    """The parts of a condition that all must hold."""
    while isinstance(condition, exp.Paren):
        condition = condition.this
    if isinstance(condition, exp.And):
        return [*conjuncts(condition.this), *conjuncts(condition.expression)]
    return [condition]


def owner(column: exp.Column, levels: Sequence[Level | None]) -> tuple[Level, Source] | None:
    """Which source a column means, the nearest level first; None when that is not certain."""
    table, name = column.table.lower(), column.name.lower()
    if column.args.get("db"):
        return None
    for level in levels:
        if level is None:
            return None
        if table:
            hits = [source for source in level.sources if source.alias == table]
        elif any(source.columns is None for source in level.sources):
            return None
        else:
            hits = [source for source in level.sources if name in (source.columns or ())]
        if hits:
            sure = len(hits) == 1 or (not table and name in level.merged)
            return (level, hits[0]) if sure else None
    return None
