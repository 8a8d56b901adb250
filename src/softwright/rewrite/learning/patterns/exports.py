"""`__all__` of Python: a name that is renamed where it is defined is renamed there as well."""

import re
from collections.abc import Collection, Sequence
from typing import Any

from softwright.facts.structure import Pattern
from softwright.rewrite.learning.trees.diff import TreeDiff
from softwright.rewrite.rule import Step
from softwright.rewrite.template import parse_template

EXPORTED: dict[str, Any] = {
    "kind": "string",
    "inside": {
        "any": [{"kind": "list"}, {"kind": "tuple"}],
        "inside": {
            "any": [{"kind": "assignment"}, {"kind": "augmented_assignment"}],
            "has": {"field": "left", "regex": "^__all__$"},
        },
    },
}
"""A condition on the content of a string: that it is an entry of `__all__`."""


def defined_anew(diffs: Sequence[TreeDiff]) -> frozenset[str]:
    """Names of which the examples show that their definition was renamed, and that are nowhere left."""
    left = {leaf.text for diff in diffs for leaf in diff.after.leaves}
    renamed = frozenset(
        edit.before.text
        for diff in diffs
        for edit in diff.edits
        if edit.before.raw in diff.before.grammar.names
        and edit.before.parent is not None
        and edit.before.parent.raw in diff.before.grammar.definitions
    )
    return renamed - left


def with_exports(step: Step, defined: Collection[str], language: str) -> tuple[Step, ...]:
    """The step, and for the rename of a definition and its uses one that renames it in `__all__`."""
    rule, fix = step.pattern.rule, step.fix
    plain = re.fullmatch(r"\^(\w+)\$", str(rule.get("regex", "")))
    if language != "python" or set(rule) != {"kind", "regex"} or rule["kind"] != "identifier" or not plain:
        return (step,)
    if fix is None or len(fix.pieces) != 1 or plain[1] not in defined or not fix.text.isidentifier():
        return (step,)
    given = {"rule": {"kind": "string_content", "regex": f"^{plain[1]}$", "inside": EXPORTED}}
    pattern = Pattern.parse(given, language)
    return step, Step(pattern, parse_template(fix.text, pattern.metavariables))
