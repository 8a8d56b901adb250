"""Small questions about the shape of a SELECT that decide how far a filter may be carried."""

from sqlglot import exp

NEVER_NULL = frozenset({"repo", "path", "blob"})
"""Columns of stored tables that always have a value."""


def is_inside(node: exp.Expr, ancestor: exp.Expr) -> bool:
    """`node` is `ancestor` or stands somewhere in it."""
    at: exp.Expr | None = node
    while at is not None:
        if at is ancestor:
            return True
        at = at.parent
    return False


def in_from(node: exp.Expr) -> bool:
    """It is an item of a FROM, not part of a condition."""
    return isinstance(node.parent, exp.From | exp.Join)


def is_order_bound(select: exp.Select) -> bool:
    """Dropping rows before it could change the rows that stay."""
    if any(select.args.get(part) for part in ("limit", "offset", "qualify", "windows", "sample")):
        return True
    distinct = select.args.get("distinct")
    if isinstance(distinct, exp.Distinct) and distinct.args.get("on"):
        return True
    return any(one.find(exp.Window, exp.Unnest, exp.Columns) for one in select.expressions)


def selects_all(select: exp.Select) -> bool:
    """It is a plain `SELECT *` without grouping."""
    only = select.expressions[0] if len(select.expressions) == 1 else None
    bare = isinstance(only, exp.Star) and not any(only.args.values())
    return bare and not select.args.get("group")


def names_all(select: exp.Select) -> bool:
    """Every output has a name that can be read off the text."""
    return all(one.output_name and not one.is_star for one in select.expressions)


def group_keys(select: exp.Select) -> set[int] | None:
    """Positions of the outputs that are grouping keys; None when there is no grouping at all."""
    group = select.args.get("group")
    computed = {at for at, one in enumerate(select.expressions) if one.find(exp.AggFunc, exp.Anonymous)}
    if group is None:
        return None if not computed else set()
    if group.args.get("all"):
        return set(range(len(select.expressions))) - computed
    if any(group.args.get(part) for part in ("grouping_sets", "cube", "rollup", "totals")):
        return set()
    keys: set[int] = set()
    for key in group.expressions:
        if isinstance(key, exp.Literal) and not key.is_string:
            keys.add(int(key.this) - 1)
        elif isinstance(key, exp.Column):
            keys |= {at for at, one in enumerate(select.expressions) if one.unalias() == key}
    return keys


def in_link(select: exp.Select, conditions: list[exp.Expr]) -> list[tuple[exp.Expr, exp.Expr]]:
    """Pairs (outer value, selected column) of `x IN (SELECT c ...)` or `(x, y) IN (SELECT c, d ...)`.

    Under NOT an empty list differs from a list without the value when the value is NULL: so only
    values that are never NULL count, unless the IN itself is one of the outer `conditions`.
    """
    parent = select.parent
    if isinstance(parent, exp.Subquery):
        parent = parent.parent
    if (
        not isinstance(parent, exp.In)
        or is_order_bound(select)
        or select.args.get("group")
        or aggregates(select)
    ):
        return []
    left = parent.this
    values = list(left.expressions) if isinstance(left, exp.Tuple) else [left]
    if len(values) != len(select.expressions):
        return []
    if not any(one is parent for one in conditions) and any(value.name not in NEVER_NULL for value in values):
        return []
    return [(value, one.unalias()) for value, one in zip(values, select.expressions, strict=True)]


def aggregates(select: exp.Select) -> bool:
    """It may compute over groups of rows (functions that sqlglot does not know count as such)."""
    return any(one.find(exp.AggFunc, exp.Anonymous) for one in select.expressions)
