"""Where a node stands, as features that can become conditions of a rule."""

import re
from collections.abc import Collection, Iterator
from typing import Any

from softwright.rewrite.learning.trees.grammar import Grammar
from softwright.rewrite.learning.trees.tree import CALLEE, Node

Feature = tuple[str, ...]
"""The value of a feature."""


ANNOTATIONS = frozenset({"type", "type_annotation"})
"""Kinds of nodes around the type of a name, by language."""


_BEFORE = r"(?:[\s\S]*\W)?"
"""What may stand before the last word of a name."""
BASE = "BASE"
"""The metavariable for a base of the class around a place."""
LISTS_OF_CALLS = frozenset({"argument_list", "arguments"})
"""Kinds of the lists of arguments."""
_OWNERS = {"attribute": "object", "member_expression": "object", "selector_expression": "operand"}
"""Kind of an access to an attribute -> the field of what has it."""


def features(node: Node, grammar: Grammar) -> dict[str, Feature]:
    """Feature name -> value, the weakest condition first."""
    found: dict[str, Feature] = {}
    if grammar.waits and node.raw in grammar.functions and _waits(node, grammar):
        found["holds"] = (grammar.waits,)
    parent = parent_of(node)
    if parent is None:
        return found
    if node.raw == "identifier":
        found["role"] = (_role(node, parent, grammar),)
    found["place"] = (node.raw, parent.raw, _field(node, parent, grammar))
    above = parent_of(parent)
    if above is not None:
        found["above"] = (node.raw, parent.raw, above.raw)
    if parent.raw in grammar.definitions:
        name = next((child.text for child in parent.children if child.raw in grammar.names), "")
        if name and node.raw not in grammar.names:
            found["owner"] = (parent.raw, name)
    called = _called(node, parent, grammar)
    if called:
        found["call"] = (called,)
    found |= _attached(node, parent, grammar)
    definition = next((each for each in _ancestors(node) if each.raw in grammar.definitions), None)
    if definition is not None:
        found["definition"] = (definition.raw,)
    return found


def _attached(node: Node, parent: Node, grammar: Grammar) -> dict[str, Feature]:
    """What a name is an attribute of, and of which call a list holds the arguments."""
    if parent.raw in _OWNERS and node.place == len(parent.children) - 1:
        owner = list(parent.children[0].leaves())[-1]
        return {"receiver": (parent.raw, owner.text)} if owner.raw in grammar.names else {}
    if node.raw not in LISTS_OF_CALLS or parent.raw not in grammar.calls or len(parent.children) < 2:
        return {}
    words = list(parent.children[-2].leaves())
    if words[-1].raw not in grammar.names:
        return {}
    whole = "".join(leaf.text for leaf in words)
    return {"callee": (whole,), "called": (words[-1].text,)}


def condition(name: str, values: Collection[Feature], grammar: Grammar) -> dict[str, Any]:
    """The part of a rule object that demands one of the values of a feature."""
    ordered = sorted(values)
    if name == "role":
        return _any([_played(value[0], grammar) for value in ordered])
    if name == "place":
        return _any([_placed(value) for value in ordered])
    if name == "above":
        return _any([_below(value) for value in ordered])
    if name == "holds":
        return _holding(ordered[0][0], grammar)
    if name == "call":
        return {"inside": _call([value[0] for value in ordered], grammar)}
    if name == "annotation":
        return {"inside": {**_any([{"kind": value[0]} for value in ordered]), "stopBy": "end"}}
    if name == "based":
        return _based(ordered, grammar)
    if name == "origin":
        return _not_from_elsewhere(ordered)
    if name == "receiver":
        return _any([_received(value) for value in ordered])
    if name in ("callee", "called"):
        names = [value[0] for value in ordered]
        return {"inside": _call(names, grammar, before="" if name == "callee" else _BEFORE)}
    if name == "owner":
        words = "|".join(re.escape(value[1]) for value in ordered)
        kinds = _any([{"kind": kind} for kind in sorted({value[0] for value in ordered})])
        return {"inside": {**kinds, "has": {"field": "name", "regex": f"^(?:{words})$"}}}
    stop = _any([{"kind": kind} for kind in sorted(grammar.definitions)])
    return {"inside": {**_any([{"kind": value[0]} for value in ordered]), "stopBy": stop}}


def _waits(function: Node, grammar: Grammar) -> bool:
    """True when the function itself waits, and not only one that it defines."""
    waiting = list(function.children)
    while waiting:
        node = waiting.pop()
        if node.raw == grammar.waits:
            return True
        if node.raw not in grammar.functions:
            waiting += node.children
    return False


def _holding(kind: str, grammar: Grammar) -> dict[str, Any]:
    stop = _any([{"kind": each} for each in sorted(grammar.functions)])
    return {"has": {"kind": kind, "stopBy": stop}}


_ROLES = {"attribute": ("attribute", "field"), "keyword_argument": ("name",)}
"""Kind of parent -> its fields in which a name is no variable."""


def _role(node: Node, parent: Node, grammar: Grammar) -> str:
    """The parent's kind where a name is an attribute or a keyword, else "name"."""
    return parent.raw if _field(node, parent, grammar) in _ROLES.get(parent.raw, ()) else "name"


def _played(role: str, grammar: Grammar) -> dict[str, Any]:
    places = {
        kind: [
            {"inside": {"kind": kind, "field": field}} for field in fields if field in grammar.fields.values()
        ]
        for kind, fields in _ROLES.items()
    }
    if role != "name":
        return _any(places[role])
    others = [{"not": place} for rules in places.values() for place in rules]
    return {"kind": "identifier", "all": others}


def _received(value: Feature) -> dict[str, Any]:
    kind, owner = value
    words = rf"^(?:[\s\S]*\W)?{re.escape(owner)}$"
    return {"inside": {"kind": kind, "has": {"field": _OWNERS[kind], "regex": words}}}


def _based(values: list[Feature], grammar: Grammar) -> dict[str, Any]:
    """In a class with a base whose last word is one of these; what it stands for is left to be resolved."""
    words = "|".join(sorted({re.escape(value[0].rpartition(".")[2]) for value in values}))
    base = {"pattern": f"${BASE}", "regex": rf"(?:^|\.)(?:{words})$"}
    bases = {"field": "superclasses", "has": base}
    stop = {"kind": "class_definition"}
    return {"inside": {"kind": "class_definition", "has": bases, "stopBy": stop}}


def _not_from_elsewhere(values: list[Feature]) -> dict[str, Any]:
    """Not in a file that imports the word from a module that is none of these, nor of the same package."""
    word = re.escape(values[0][1])
    modules = "|".join(re.escape(module) for module, _ in values if module)
    names = [
        {"kind": "dotted_name", "regex": f"^{word}$"},
        {"kind": "aliased_import", "regex": rf"(?:^|\s){word}(?:\s|$)"},
    ]
    source = {"field": "module_name", "not": {"regex": rf"^(?:{modules}|\..*)$"}}
    elsewhere = {"kind": "import_from_statement", "all": [{"has": source}, {"has": {"any": names}}]}
    return {"not": {"inside": {"kind": "module", "stopBy": "end", "has": {**elsewhere, "stopBy": "end"}}}}


def _placed(value: Feature) -> dict[str, Any]:
    kind, parent, field = value
    return {"kind": kind, "inside": {"kind": parent, **({"field": field} if field else {})}}


def _below(value: Feature) -> dict[str, Any]:
    kind, parent, above = value
    return {"kind": kind, "inside": {"kind": parent, "inside": {"kind": above}}}


def _call(names: list[str], grammar: Grammar, *, before: str = _BEFORE) -> dict[str, Any]:
    words = "|".join(re.escape(name) for name in names)
    kinds = [
        {"kind": kind, "has": {"field": field, "regex": rf"^{before}(?:{words})$"}}
        for kind, field in grammar.calls.items()
    ]
    return {**_any(kinds), "stopBy": _any([{"kind": kind} for kind in grammar.calls])}


def _called(node: Node, parent: Node, grammar: Grammar) -> str:
    """The last word of the call whose argument the node is, directly; "" if it is none."""
    if node.raw == "jsx_attribute":
        return next((child.text for child in parent.children if child.raw in grammar.names), "")
    owner = parent.parent
    if owner is None or owner.raw not in grammar.calls or parent.raw not in ("argument_list", "arguments"):
        return ""
    at = owner.children[-2] if len(owner.children) > 1 else owner
    while at.children:
        at = at.children[-1]
    return at.text if at.raw in grammar.names else ""


def _field(node: Node, parent: Node, grammar: Grammar) -> str:
    if parent.raw in grammar.flat_calls:
        within = node.parent or parent
        if within is not parent:
            return "name" if node is within.children[-1] else "object" if node.place == 0 else ""
        return "name" if node.place == 0 else ""
    if parent.raw in grammar.name_fields:
        first = next((child for child in parent.children if child.raw in grammar.names), None)
        return grammar.name_fields[parent.raw] if first is node else ""
    if node.place == 0 and (parent.raw, 0) in grammar.fields:
        return grammar.fields[parent.raw, 0]
    if node.place == len(parent.children) - 1 and (parent.raw, -1) in grammar.fields:
        return grammar.fields[parent.raw, -1]
    return ""


def parent_of(node: Node) -> Node | None:
    """The parent that the parser knows."""
    parent = node.parent
    return parent.parent if parent is not None and parent.raw == CALLEE else parent


def _ancestors(node: Node) -> Iterator[Node]:
    at = node.parent
    while at is not None:
        yield at
        at = at.parent


def _any(rules: list[dict[str, Any]]) -> dict[str, Any]:
    return rules[0] if len(rules) == 1 else {"any": rules}
