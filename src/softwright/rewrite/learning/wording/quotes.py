"""Rules for how strings are written: prefixes (`u"…"` -> `"…"`) and quotes (`'…'` -> `"…"`)."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from softwright.core import digest
from softwright.facts.structure import Pattern
from softwright.rewrite.learning.example import Example
from softwright.rewrite.learning.learned import Evidence, LearnedRule, confidence
from softwright.rewrite.learning.patterns.scope import narrowed
from softwright.rewrite.learning.trees.diff import TreeDiff
from softwright.rewrite.learning.trees.tree import Node
from softwright.rewrite.rule import Rule, Scope, Step
from softwright.rewrite.template import parse_template

_LEAST = 2
_STRING = "string"  # in Java and Go there are no other quotes to choose
_OPENING = re.compile(r"([A-Za-z]*)(\"{3}|'{3}|[\"'])")


@dataclass(frozen=True, slots=True)
class _Written:
    """How a string begins: its prefix in front of its quotes."""

    prefix: str
    quotes: str


@dataclass(frozen=True, slots=True)
class _Seen:
    """One string: how it is written before and after, and whether nothing in it forbids other quotes."""

    file: int
    old: _Written
    new: _Written
    is_plain: bool


def learn_quotes(diffs: Sequence[TreeDiff], examples: Sequence[Example]) -> list[LearnedRule]:
    """The rules for prefixes and quotes of strings, one for each change that was made throughout."""
    seen = [each for file, diff in enumerate(diffs) for each in _strings(file, diff)]
    prefixes: dict[tuple[str, str], list[_Seen]] = defaultdict(list)
    quotes: dict[tuple[str, str], list[_Seen]] = defaultdict(list)
    for each in seen:
        if each.old.prefix != each.new.prefix:
            prefixes[each.old.prefix, each.new.prefix].append(each)
        if each.old.quotes != each.new.quotes:
            quotes[each.old.quotes, each.new.quotes].append(each)
    learned: list[LearnedRule] = []
    for (old, new), right in prefixes.items():
        wrong = [each for each in seen if each.old.prefix == old and each.new.prefix != new]
        learned += _learned(right, wrong, examples, diffs, f"prefix-{old}-{new}", _prefix_step(old, new))
    for (old, new), right in quotes.items():
        wrong = [each for each in seen if each.is_plain and each.old.quotes == old and each.new.quotes != new]
        plain = [each for each in right if each.is_plain]
        name = f"quotes-{_NAMES[old]}-{_NAMES[new]}"
        learned += _learned(plain, wrong, examples, diffs, name, _quotes_step(old, new))
    return learned


_NAMES = {"'": "single", '"': "double", "'''": "triple-single", '"""': "triple-double"}


def _strings(file: int, diff: TreeDiff) -> Iterator[_Seen]:
    """Strings of which it is known what became of them."""
    changed = {id(edit.before): edit.after for edit in diff.edits if edit.after is not None}
    for node in diff.before.root.walk():
        if node.raw != _STRING or not node.children:
            continue
        start = node.children[0]
        after = changed.get(id(start))
        if after is None and id(start) not in changed:
            if any(s <= start.start and start.end <= e for s, e in diff.touched):
                continue
            after = start
        old, new = _written(start), _written(after) if after is not None else None
        if old is not None and new is not None:
            yield _Seen(file, old, new, _is_plain(node, diff))


def _written(node: Node) -> _Written | None:
    found = _OPENING.fullmatch(node.text)
    return _Written(found[1], found[2]) if found else None


def _is_plain(node: Node, diff: TreeDiff) -> bool:
    inside = diff.before.text[node.children[0].end : node.children[-1].start]
    return not set(inside) & set("\"'\\{")


def throughout(
    right: Sequence[int],
    wrong: Sequence[int],
    diffs: Sequence[TreeDiff],
    examples: Sequence[Example],
    name: str,
    message: str,
    given: dict[str, Any],
) -> list[LearnedRule]:
    """The rule `given` when it was kept to: of many strings a few may have been forgotten.

    `right` and `wrong` are the numbers of the examples that strings are in.
    """
    outside = {examples[file].path for file in wrong if examples[file].is_left_alone}
    files = Counter(right)
    scope = narrowed({examples[file].path for file in files}, outside)
    against = [file for file in wrong if scope is None or not examples[file].is_left_alone]
    count = len(right)
    if count < _LEAST or (against and (count < 8 or count / (count + len(against)) < 0.93)):
        return []
    language = diffs[0].before.language
    pattern = Pattern.parse(given, language)
    step = Step(pattern, parse_template("$T", pattern.metavariables, pattern.transform))
    slug = re.sub(r"-+", "-", name.lower()).strip("-")
    rule = Rule(
        id=f"{slug}-{digest([name, count])[:4]}",
        language=language,
        message=message,
        steps=(step,),
        scope=scope or Scope(),
    )
    repos = {examples[file].repo for file in files}
    evidence = Evidence(count, len(files), len(repos), 0, len(against))
    return [LearnedRule(rule, evidence, confidence(evidence, 1.0))]


def _learned(
    right: list[_Seen],
    wrong: list[_Seen],
    examples: Sequence[Example],
    diffs: Sequence[TreeDiff],
    name: str,
    given: dict[str, Any],
) -> list[LearnedRule]:
    files = [each.file for each in right], [each.file for each in wrong]
    return throughout(*files, diffs, examples, name, _message(name), given)


def _message(name: str) -> str:
    what, _, change = name.partition("-")
    old, _, new = change.rpartition("-") if what == "prefix" else change.partition("-")
    return f"string prefix `{old}` becomes `{new}`" if what == "prefix" else f"quotes of strings: {change}"


def _prefix_step(old: str, new: str) -> dict[str, Any]:
    regex = f"^{old}([\"'])"
    return by_text([{"kind": "string_start"}, {"regex": regex}], regex, new + "${1}")


def _quotes_step(old: str, new: str) -> dict[str, Any]:
    inside = r"[^\"'\\{]*" if len(old) == 3 else r"[^\"'\\{\n]*"
    regex = f"^([A-Za-z]*){old}({inside}){old}$"
    return by_text([{"kind": _STRING}, {"regex": regex}], regex, "${1}" + new + "${2}" + new)


def by_text(conditions: list[dict[str, Any]], regex: str, by: str) -> dict[str, Any]:
    """A rule object under `conditions` with a computed `$T`: the match's text with `regex` replaced `by`."""
    return {
        "rule": {"all": [*conditions, {"pattern": "$S"}]},
        "transform": {"T": {"replace": {"source": "$S", "replace": regex, "by": by}}},
    }
