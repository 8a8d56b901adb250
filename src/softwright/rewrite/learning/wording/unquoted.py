"""Annotations that were written as strings (`x: "A"`) and need no quotes any more (`x: A`). Python only."""

from collections.abc import Sequence
from dataclasses import replace

from softwright.facts.structure import Pattern
from softwright.rewrite.learning.example import Example
from softwright.rewrite.learning.learned import LearnedRule
from softwright.rewrite.learning.trees.diff import TreeDiff
from softwright.rewrite.learning.wording.quotes import by_text, throughout

_LATE = "from __future__ import annotations"
"""With it annotations are not evaluated where they stand, and may name what is defined below."""
_QUOTED = r"^([\"'])([^\"'\\\n]+)[\"']$"
_OF_VALUES = {
    "any": [{"kind": "generic_type"}, {"kind": "subscript"}],
    "regex": r"^(?:\w+\.)*(?:Literal|Annotated)\b",
    "stopBy": "end",
}
"""What is indexed with values and not with types."""
_RULE = by_text(
    [
        {"kind": "string"},
        {"regex": _QUOTED},
        {"inside": {"kind": "type", "stopBy": "end"}},
        {"not": {"inside": _OF_VALUES}},
    ],
    _QUOTED,
    "${2}",
)


def learn_unquoted(diffs: Sequence[TreeDiff], examples: Sequence[Example]) -> list[LearnedRule]:
    """The rule that takes the quotes off annotations, when that was done throughout."""
    if not diffs or diffs[0].before.language != "python":
        return []
    pattern = Pattern.parse(_RULE, "python")
    right: list[int] = []
    wrong: list[int] = []
    for file, diff in enumerate(diffs):
        made = {edit.before.inner: edit.after for edit in diff.edits}
        for match in diff.before.tree.matches(pattern):
            place, after = (match.start, match.end), made.get((match.start, match.end))
            text = diff.before.text[slice(*place)]
            if after is not None and diff.after.text[slice(*after.inner)] == text[1:-1]:
                right.append(file)
            elif not any(start < match.end and match.start < end for start, end in diff.touched):
                wrong.append(file)
    found = throughout(right, wrong, diffs, examples, "unquoted", "annotations lose their quotes", _RULE)
    if all(_LATE in diffs[file].after.text for file in right):
        found = [replace(each, rule=replace(each.rule, imports_add=(_LATE,))) for each in found]
    return found
