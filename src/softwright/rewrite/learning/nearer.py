"""How near rules bring examples to what their authors made of them, alone and together."""

import re
from collections import Counter
from collections.abc import Sequence

from softwright.facts.flags import is_test
from softwright.rewrite.learning.example import Example
from softwright.rewrite.learning.learned import LearnedRule
from softwright.rewrite.result import FileFacts, Rewrite
from softwright.rewrite.rewriter import may_match, rewrite
from softwright.rewrite.rule import Rule

_TOKEN = re.compile(r"\w+|[^\w\s]")


def applied(rules: Sequence[Rule], text: str, path: str, language: str) -> Rewrite:
    """What rules make of a text."""
    return rewrite(rules, _bytes(text), FileFacts(path, language, (3, 99), is_test(path)))


def made_by(rules: Sequence[Rule], text: str, path: str, language: str) -> str:
    """The text after rules."""
    return applied(rules, text, path, language).content.decode("utf-8", "surrogatepass")


def distance(made: str, wanted: str) -> int:
    """Number of words and signs that only one of two texts has, wherever they stand."""
    counts = Counter(_TOKEN.findall(made))
    counts.subtract(_TOKEN.findall(wanted))
    return sum(map(abs, counts.values()))


def untangled(
    learned: Sequence[LearnedRule], examples: Sequence[Example], reached: Sequence[str], language: str
) -> list[LearnedRule]:
    """The rules without those that spoil what others make, or with which an example would be left as it was.

    `reached` is what the rules made of the examples one after the other. One that brings nothing nearer goes
    as well, once the rules are not what they were one by one.
    """
    tangle = _Tangle(examples, reached, language)
    left = list(learned)
    while left and tangle.is_in(left):
        gains = [tangle.gain_without(left, at) for at in range(len(left))]
        best = max(range(len(gains)), key=lambda at: (gains[at], -left[at].evidence.edits))
        if gains[best] < 0:
            break
        del left[best]
    return left


class _Tangle:
    """Rules that come less near to an example together than one after the other."""

    def __init__(self, examples: Sequence[Example], reached: Sequence[str], language: str) -> None:
        self._examples = examples
        self._reached = reached
        self._language = language

    def is_in(self, learned: list[LearnedRule]) -> bool:
        """True when there is one."""
        return any(
            self._miss(learned, example) > distance(text, example.after)
            for example, text in zip(self._examples, self._reached, strict=True)
            if not example.is_left_alone
        )

    def gain_without(self, learned: list[LearnedRule], at: int) -> int:
        """By how much the examples come nearer to what their authors made without one of the rules."""
        rule = learned[at].rule
        others = learned[:at] + learned[at + 1 :]
        met = [each for each in self._examples if may_match([rule], _bytes(each.before))]
        return sum(self._miss(learned, each) - self._miss(others, each) for each in met)

    def _miss(self, learned: list[LearnedRule], example: Example) -> int:
        """How far the rules leave an example from what its author made of it."""
        rules = [each.rule for each in learned]
        return distance(made_by(rules, example.before, example.path, self._language), example.after)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
