"""One replacement of words in strings and comments, and the steps of a rule that make it."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from softwright.core import InvalidInput
from softwright.facts.structure import Pattern
from softwright.rewrite.learning.trees.grammar import GRAMMARS
from softwright.rewrite.rule import Step
from softwright.rewrite.template import parse_template

_WORD = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True, slots=True)
class Replacement:
    """`old` becomes `new` behind `left` and before `right` (regular expressions), in texts of these roles."""

    old: str
    new: str
    left: str
    right: str
    roles: frozenset[str]

    @property
    def regex(self) -> str:
        """The expression for context and words."""
        left = f"({self.left})" if self.left else r"\b" if _is_word(self.old[0]) else ""
        right = f"({self.right})" if self.right else r"\b" if _is_word(self.old[-1]) else ""
        return left + re.escape(self.old) + right

    @property
    def by(self) -> str:
        """What stands there afterwards, with the groups of the context."""
        new = self.new.replace("$", "$$")
        number = 2 if self.left else 1
        return ("${1}" if self.left else "") + new + (f"${{{number}}}" if self.right else "")

    def found(self, text: str) -> Iterator[tuple[int, int]]:
        """The places of the old words in a text."""
        wanted, at = re.compile(self.regex), 0
        while (match := wanted.search(text, at)) is not None:
            start = match.end(1) if self.left else match.start()
            yield start, start + len(self.old)
            at = start + len(self.old)


def _is_word(letter: str) -> bool:
    return letter.isalnum() or letter == "_"


def steps_of(made: Replacement, language: str) -> list[Step]:
    """The steps of a rule that make a replacement; none when the engine cannot be told."""
    grammar = GRAMMARS[language]
    steps: list[Step] = []
    strings = made.roles - {"comment"}
    if strings:
        steps += _step(sorted(grammar.opaque - {"ellipsis"}), _of_roles(strings, language), made, language)
    if "comment" in made.roles:
        steps += _step(sorted(grammar.comments), [], made, language)
    return steps


def _of_roles(roles: Collection[str], language: str) -> list[dict[str, Any]]:
    docstring = {"inside": {"inside": {"kind": "expression_statement"}}}
    if roles == {"docstring"}:
        return [docstring]
    more: list[dict[str, Any]] = []
    if "docstring" not in roles and language == "python":
        more.append({"not": docstring})
    if "prose" not in roles and "docstring" not in roles:
        more.append({"regex": r"^\S*$"})
    return more


def _step(kinds: list[str], more: list[dict[str, Any]], made: Replacement, language: str) -> list[Step]:
    kind = {"kind": kinds[0]} if len(kinds) == 1 else {"any": [{"kind": each} for each in kinds]}
    words = [word for word in _WORD.findall(made.old) if word.isascii() and len(word) > 2]
    filters = [{"regex": max(words, key=len)}] if words else []
    given = {
        "rule": {"all": [kind, *filters, {"regex": made.regex}, {"pattern": "$S"}, *more]},
        "transform": {"T": {"replace": {"source": "$S", "replace": made.regex, "by": made.by}}},
    }
    try:
        pattern = Pattern.parse(given, language)
    except InvalidInput:
        return []
    return [Step(pattern, parse_template("$T", pattern.metavariables, pattern.transform))]
