"""Places where a name is written or deleted instead of read."""

from ast_grep_py import SgNode

_LEFT = frozenset(
    {"assignment", "augmented_assignment", "for_statement", "for_in_clause", "type_alias_statement"}
    | {"assignment_expression", "augmented_assignment_expression", "for_in_statement"}
)
_ALWAYS = frozenset({"delete_statement", "as_pattern_target", "update_expression"})
_GROUPING = frozenset(
    {"pattern_list", "tuple_pattern", "list_pattern", "list_splat_pattern", "expression_list", "tuple"}
    | {"list", "list_splat", "parenthesized_expression", "array_pattern", "rest_pattern"}
)


def is_target(node: SgNode) -> bool:
    """True when a statement binds, changes or deletes what `node` names: `a.b = 1`, `for a.b in …`.

    The owner of a target (`a` in `a.b = 1`, `a` in `a[0] = 1`) is read and no target.
    """
    place = node.range()
    for above in node.ancestors():
        kind = above.kind()
        if kind in _ALWAYS:
            return True
        if kind in _LEFT or kind == "named_expression":
            field = above.field("name" if kind == "named_expression" else "left")
            return field is not None and _covers(field, place.start.index, place.end.index)
        if kind == "unary_expression":
            return above.text().startswith("delete")
        if kind not in _GROUPING:
            return False
    return False


def _covers(node: SgNode, start: int, end: int) -> bool:
    place = node.range()
    return place.start.index <= start and end <= place.end.index
