"""The rule file as JSON Schema: its front matter at the root, the YAML block under `$defs`."""

from typing import Any

from softwright.core import LANGUAGES
from softwright.rewrite.rule import Safety

_TEXTS = {"type": "array", "items": {"type": "string"}}
_RULE = {"$ref": "#/$defs/ruleObject"}
_STOP = {"oneOf": [{"enum": ["neighbor", "end"]}, _RULE]}


def rule_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the front matter; `$defs.ruleBlock` is that of the block under `## Rule`."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Softwright rule: front matter",
        "type": "object",
        "additionalProperties": False,
        "required": ["id", "language", "message"],
        "properties": {
            "id": {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"},
            "language": {"enum": list(LANGUAGES)},
            "message": {"type": "string", "minLength": 1, "description": "One line shown beside every site."},
            "safety": {"enum": list(Safety), "default": "review"},
            "imports": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "add": {
                        **_TEXTS,
                        "description": "Import statements, added where the new text uses them.",
                    },
                    "remove": {**_TEXTS, "description": "Dotted names whose unused imports are dropped."},
                    "replace": {
                        "type": "object",
                        "additionalProperties": {"type": "string"},
                        "description": "Dotted name -> dotted name, both with `.*` for all below; imports "
                        "and the uses of what they name follow.",
                    },
                },
            },
            "scope": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "include": {**_TEXTS, "description": "Path globs; without any, every file."},
                    "exclude": {**_TEXTS, "description": "Path globs that win over `include`."},
                    "tests": {"enum": [True, False, "only"], "default": True},
                },
            },
            "min-python": {"type": "string", "pattern": r"^\d+\.\d+$"},
            "python": {"type": "string", "pattern": r"^.+:\w+$", "description": "The escape hatch."},
        },
        "$defs": {
            "ruleBlock": {"oneOf": [{"$ref": "#/$defs/step"}, _steps()]},
            "step": _step(),
            "ruleObject": _rule_object(),
            "relation": _relation(),
        },
    }


def _steps() -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["steps"],
        "properties": {
            "steps": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/step"}},
            "utils": {"type": "object", "additionalProperties": _RULE},
        },
    }


def _step() -> dict[str, Any]:
    names = {"oneOf": [{"type": "string"}, _TEXTS]}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["rule"],
        "properties": {
            "rule": _RULE,
            "constraints": {"type": "object", "additionalProperties": _RULE},
            "utils": {"type": "object", "additionalProperties": _RULE},
            "transform": {"type": "object", "additionalProperties": {"type": ["object", "string"]}},
            "resolves": {
                "description": "Metavariable (or `match`) -> dotted name it must stand for.",
                "oneOf": [*names["oneOf"], {"type": "object", "additionalProperties": names}],
            },
            "fix": {"type": "string", "description": "The new text; an empty one deletes the match."},
        },
    }


def _rule_object() -> dict[str, Any]:
    pattern = {
        "type": "object",
        "additionalProperties": False,
        "required": ["context"],
        "properties": {
            "context": {"type": "string"},
            "selector": {"type": "string"},
            "strictness": {"enum": ["cst", "smart", "ast", "relaxed", "signature"]},
        },
    }
    relations = {name: {"$ref": "#/$defs/relation"} for name in ("inside", "has", "precedes", "follows")}
    return {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "properties": {
            "pattern": {"oneOf": [{"type": ["string", "number"]}, pattern]},
            "kind": {"type": "string"},
            "regex": {"type": "string"},
            "nthChild": {"type": ["integer", "string", "object"]},
            "range": {"type": "object"},
            **relations,
            "all": {"type": "array", "items": _RULE},
            "any": {"type": "array", "items": _RULE},
            "not": _RULE,
            "matches": {"type": "string"},
        },
    }


def _relation() -> dict[str, Any]:
    rule = _rule_object()
    return {**rule, "properties": {**rule["properties"], "stopBy": _STOP, "field": {"type": "string"}}}
