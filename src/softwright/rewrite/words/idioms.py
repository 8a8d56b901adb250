"""Conditions that are written in many words and meant in few."""

import re
from collections.abc import Mapping
from typing import Any


def idiom(rule: Mapping[str, Any]) -> str:
    """The phrase for a rule object of a known form, "" for any other."""
    return _origin(rule) or _base(rule)


def _origin(rule: Mapping[str, Any]) -> str:
    """Not in a file that imports the name from a module that is none of some."""
    found = _at(rule, "not", "inside", "has")
    parts = found.get("all") if found.get("kind") == "import_from_statement" else None
    source = (
        _at(parts[0], "has") if isinstance(parts, list) and parts and isinstance(parts[0], Mapping) else {}
    )
    listed = re.fullmatch(r"\^\(\?:(.*)\|\\\.\.\*\)\$", str(_at(source, "not").get("regex", "")))
    if source.get("field") != "module_name" or listed is None:
        return ""
    modules = " or ".join(f"`{each}`" for each in listed[1].replace("\\.", ".").split("|"))
    return f"where no other module than {modules} gives it"


def _base(rule: Mapping[str, Any]) -> str:
    """In a class with a base that a metavariable holds, or such a base itself."""
    around = _at(rule, "inside")
    if rule.get("kind") == "argument_list" and around == {"kind": "class_definition"}:
        return "as the base of a class"
    bases = _at(around, "has")
    base = _at(bases, "has").get("pattern")
    if around.get("kind") != "class_definition" or bases.get("field") != "superclasses":
        return ""
    return f"in a class made from `{base}`" if isinstance(base, str) else ""


def _at(rule: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    """What is below some keys, as far as there is a rule object."""
    for key in keys:
        inner = rule.get(key)
        if not isinstance(inner, Mapping):
            return {}
        rule = inner
    return rule
