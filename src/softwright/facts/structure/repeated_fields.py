"""Fields that a node may hold several times, of which ast-grep's `field` looks at the first only.

`has: {field: name}` of `from a import b, c` sees `b` and never `c`, so a guard written that way lets through
what it should stop. Such rule objects are refused.
"""

from collections.abc import Iterator, Mapping
from typing import Any

_ES = {
    "class_declaration": ("decorator",),
    "class": ("decorator",),
    "class_body": ("member",),
    "export_statement": ("decorator",),
    "field_definition": ("decorator",),
    "public_field_definition": ("decorator",),
    "switch_case": ("body",),
    "switch_default": ("body",),
    "extends_clause": ("value", "type_arguments"),
    "enum_body": ("name",),
}
REPEATED: dict[str, dict[str, tuple[str, ...]]] = {
    "python": {
        "import_statement": ("name",),
        "import_from_statement": ("name",),
        "future_import_statement": ("name",),
        "if_statement": ("alternative",),
        "comparison_operator": ("operators",),
        "subscript": ("subscript",),
        "dict_pattern": ("key", "value"),
    },
    "javascript": _ES,
    "typescript": _ES,
    "tsx": _ES,
    "go": {
        "parameter_declaration": ("name",),
        "field_declaration": ("name",),
        "const_spec": ("name",),
        "var_spec": ("name",),
    },
    "java": {"local_variable_declaration": ("declarator",), "field_declaration": ("declarator",)},
}
"""Language -> kind of node -> its repeated fields, from the grammars' `multiple` fields."""

_INHERITING = ("all", "any", "not")


def repeated_fields(rule: Any, language: str, kinds: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Every (kind, field) in a rule object that asks for a repeated field of a node whose kind is written.

    `kinds` are the kinds that the objects around already demand of the same node.
    """
    table = REPEATED.get(language, {})
    if isinstance(rule, list):
        for part in rule:
            yield from repeated_fields(part, language, kinds)
    if not isinstance(rule, Mapping):
        return
    kinds = _kinds(rule) or kinds
    for key, value in rule.items():
        if key in _INHERITING:
            yield from repeated_fields(value, language, kinds)
        elif isinstance(value, Mapping) and key in ("has", "inside"):
            owners = kinds if key == "has" else _kinds(value)
            field = value.get("field")
            yield from ((kind, str(field)) for kind in owners if field in table.get(kind, ()))
            yield from repeated_fields(value, language)
        elif isinstance(value, Mapping) and key in ("precedes", "follows"):
            yield from repeated_fields(value, language)


def _kinds(rule: Mapping[str, Any]) -> tuple[str, ...]:
    """Kinds that the object names for its own node, "" when it leaves them open."""
    if isinstance(rule.get("kind"), str):
        return (rule["kind"],)
    found: list[str] = []
    parts = [part for key in ("any", "all") for part in rule.get(key) or () if isinstance(part, Mapping)]
    for part in parts:
        found += _kinds(part)
    return tuple(found)
