"""Steps that compute their text with `transform`: words in strings, names by a pattern, quotes, paths."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from softwright.rewrite.learning.trees.grammar import GRAMMARS
from softwright.rewrite.rule import Step
from softwright.rewrite.template import Hole
from softwright.rewrite.words.conditions import EXPORTS, exported, kind_words, one_of

ANYTHING = "…"
"""What stands for a part that differs from place to place."""

_TEXTS = frozenset(kind for grammar in GRAMMARS.values() for kind in grammar.opaque if "string" in kind) | {
    "predefined_type"
}
_COMMENTS = frozenset(kind for grammar in GRAMMARS.values() for kind in grammar.comments)
_SPELLINGS = {"snakeCase": "snake_case", "camelCase": "camelCase", "pascalCase": "PascalCase"}
_CONTEXT = re.compile(r"\(((?:[^()\\]|\\.)*)\)")  # a group with words that stay
_GROUP = re.compile(r"\$\{(\d)\}")


@dataclass(frozen=True, slots=True)
class _Change:
    """A computed step, taken apart: the kinds it looks at, its conditions, old and new words."""

    kinds: frozenset[str]
    conditions: tuple[Mapping[str, Any], ...]
    regex: str
    by: str
    case: str = ""

    def has(self, kind: str) -> bool:
        """True when a condition speaks of a kind of node, and does not exclude it."""
        return any("not" not in each and kind in _kinds(each) for each in self.conditions)


def computed_words(step: Step) -> tuple[str, str] | None:
    """What such a step does, and where ("" for everywhere); None where there are no short words for it."""
    change = _taken_apart(step)
    if change is None:
        return None
    for told in (_spelled, _quoted, _moved_path, _words, _names):
        found = told(change)
        if found is not None:
            return found
    return None


def _taken_apart(step: Step) -> _Change | None:
    pieces = step.fix.pieces if step.fix is not None else ()
    if len(pieces) != 1 or not isinstance(pieces[0], Hole):
        return None
    how = step.pattern.transform.get(pieces[0].name)
    parts = step.pattern.rule.get("all")
    if not isinstance(how, Mapping) or not isinstance(parts, list):
        return None
    kinds = frozenset(kind for part in parts if "inside" not in part or "kind" in part for kind in _own(part))
    if "convert" in how:
        return _Change(kinds, tuple(parts), "", "", str(how["convert"].get("toCase", "")))
    given = how.get("replace")
    if not isinstance(given, Mapping):
        return None
    return _Change(kinds, tuple(parts), str(given.get("replace", "")), str(given.get("by", "")))


def _own(part: Mapping[str, Any]) -> Iterator[str]:
    """The kinds that a condition demands of the node itself."""
    if "kind" in part:
        yield str(part["kind"])
    elif isinstance(part.get("any"), list):
        for each in part["any"]:
            yield from [str(each["kind"])] if set(each) == {"kind"} else []


def _kinds(rule: object) -> set[str]:
    """Every kind that a condition names, at any depth."""
    if isinstance(rule, list):
        return {kind for part in rule for kind in _kinds(part)}
    if not isinstance(rule, Mapping):
        return set()
    own = {str(rule["kind"])} if "kind" in rule else set()
    return own | {kind for key, part in rule.items() if key != "kind" for kind in _kinds(part)}


# -- what it does ---------------------------------------------------------------------------------------


def _spelled(change: _Change) -> tuple[str, str] | None:
    spelling = _SPELLINGS.get(change.case)
    return (f"spells names in {spelling}", _named_where(change)) if spelling else None


def _quoted(change: _Change) -> tuple[str, str] | None:
    """Prefixes and quotes of strings."""
    where = "in annotations" if change.has("type") else ""
    if change.kinds == {"string_start"} and (prefix := re.match(r"\^(\w*)\(", change.regex)):
        new = _GROUP.sub("", change.by)
        if prefix[1] and new:
            return f"writes the prefix `{prefix[1]}` of strings as `{new}`", where
        return (
            f"removes the prefix `{prefix[1]}` of strings" if prefix[1] else f"puts `{new}` before strings"
        ), where
    if change.kinds != {"string"}:
        return None
    if _GROUP.fullmatch(change.by):
        return "takes the quotes off strings", where
    quotes = _GROUP.split(change.by)[2::2]
    old = re.match(r"\^\(\[A-Za-z\]\*\)(\"+|'+)", change.regex)
    return (f"writes strings in {quotes[0]} instead of {old[1]}", where) if old and quotes else None


def _moved_path(change: _Change) -> tuple[str, str] | None:
    """The last parts of a path that files are imported by."""
    if not change.regex.startswith("(^|/)") or not change.has("import_statement"):
        return None
    old, new = _plain(change.regex.removeprefix("(^|/)")), change.by.removeprefix("${1}")
    return (f"renames `{ANYTHING}/{old}` to `{ANYTHING}/{new}`", "in imports") if old else None


def _words(change: _Change) -> tuple[str, str] | None:
    """Words of strings and comments, with those around them that stay."""
    if (
        not change.kinds
        or not change.kinds <= _TEXTS | _COMMENTS
        or any(exported(c) for c in change.conditions)
    ):
        return None
    groups = [_plain(found) for found in _CONTEXT.findall(change.regex)]
    old = _plain(_CONTEXT.sub(lambda found: found[1], change.regex))
    if old is None or None in groups:
        return None
    new = _GROUP.sub(lambda found: str(groups[int(found[1]) - 1]), change.by).replace("$$", "$")
    deed = f"replaces `{old}` by `{new}`" if new.strip() else f"deletes `{old}`"
    return deed, f"in {_texts(change)}"


def _texts(change: _Change) -> str:
    if change.kinds <= _COMMENTS:
        return "comments"
    if change.has("expression_statement"):
        return "docstrings"
    return "strings without blanks" if {"regex": r"^\S*$"} in change.conditions else "strings"


def _names(change: _Change) -> tuple[str, str] | None:
    """Names that follow a pattern."""
    found = re.fullmatch(r"\^(.*)\$", change.regex)
    if found is None:
        return None
    old, new = _plain(_CONTEXT.sub(ANYTHING, found[1])), _GROUP.sub(ANYTHING, change.by)
    return (f"renames `{old}` to `{new}`", _named_where(change)) if old else None


def _named_where(change: _Change) -> str:
    """Which names: attributes, or what the file itself defines."""
    if any(map(exported, change.conditions)):
        return EXPORTS
    kinds = sorted(kind for grammar in GRAMMARS.values() for kind in grammar.definitions if change.has(kind))
    if kinds:
        return f"where the file defines {one_of(map(kind_words, kinds))} of that name"
    return "as an attribute"


def _plain(regex: str) -> str | None:
    """The text that an expression stands for, blanks as one; None when it is more than a text."""
    if regex.startswith(("^|", "$|")):  # only keeps the words off their own result
        return ""
    text = re.sub(r"\\s\+", " ", re.sub(r"\\b|^\^|\$$", "", regex))
    if re.search(r"(?<!\\)[.^$*+?\[\]{}|()]|\\[A-Za-z0-9]", text):
        return None
    return re.sub(r"\\(\W)", r"\1", text)
