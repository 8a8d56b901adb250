"""Which untouched files bound what is learned, and which the author has just not come to yet.

A change tells what was edited. Of a file that it did not touch nobody knows whether that was meant: a rule
may reach too far, or the work is not done there. What holds the very code that was changed elsewhere is not
done yet; what is only alike is to be kept off.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from softwright.facts.flags import is_test
from softwright.rewrite.learning.example import Example
from softwright.rewrite.learning.learn import learn
from softwright.rewrite.learning.learned import Learned
from softwright.rewrite.result import FileFacts, Rewrite
from softwright.rewrite.rewriter import rewrite
from softwright.rewrite.rule import Rule
from softwright.rewrite.syntax import parse

NEWEST = (3, 99)
"""The Python that files of examples are taken to be for: every one."""
_TRIES = 5  # times that is learned again to find out which files are bounds
_ENOUGH_FOR_A_SCOPE = 3  # changed files
_CLEAR = 5  # files that no rule touches anyway, kept to show what is left alone
_WORD = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True, slots=True)
class Bounded:
    """What is learned, untouched files that it keeps off, and those with the same code: not done yet."""

    learned: Learned
    bounds: tuple[Example, ...] = ()
    undone: tuple[Example, ...] = ()


def learn_bounded(examples: Sequence[Example], untouched: Sequence[Example]) -> Bounded:
    """What the examples show, kept off untouched files as far as nothing of it is lost or split up.

    Where three files or more were changed, all untouched ones are tried as bounds first: a scope may tell
    them from the others, as long as it does not name them one by one. Fewer files say nothing about scope.
    """
    alone = learn(examples)
    rules = [each.rule for each in alone.rules]
    doubtful = [each for each in untouched if outcome(rules, each.before, each.path) != each.before]
    clear = tuple(each for each in untouched if each not in doubtful)[:_CLEAR]
    if not doubtful:
        return Bounded(alone, clear)
    goal = _cost(alone, examples)
    if sum(not each.is_left_alone for each in examples) >= _ENOUGH_FOR_A_SCOPE:
        learned = learn([*examples, *doubtful])
        named = {path for each in learned.rules for path in each.rule.scope.exclude}
        if _cost(learned, examples) <= goal and not named & {each.path for each in doubtful}:
            return Bounded(learned, (*doubtful, *clear))
    changed = {code for each in examples for code in _sites(rules, each)}
    alike = [each for each in doubtful if not changed & _sites(rules, each)]
    bounds, learned = _kept_off(examples, alike, goal) if alike else ([], alone)
    undone = tuple(each for each in doubtful if each not in bounds)
    return Bounded(learned if bounds else alone, (*bounds, *clear), undone)


def outcome(rules: Sequence[Rule], text: str, path: str) -> str:
    """The text after the rules, as a file of a project on the newest Python."""
    return _apply(rules, Example(path, text, text)).content.decode("utf-8", "surrogatepass")


def _kept_off(
    examples: Sequence[Example], alike: Sequence[Example], goal: tuple[int, int]
) -> tuple[list[Example], Learned]:
    """The files under which as much can be learned, and what is learned then; tried by halves."""
    bounds: list[Example] = []
    learned = Learned()
    waiting = [list(alike)]
    for _ in range(_TRIES):
        if not waiting:
            break
        group = waiting.pop(0)
        tried = learn([*examples, *bounds, *group])
        if _cost(tried, examples) <= goal:
            bounds, learned = [*bounds, *group], tried
        elif len(group) > 1:
            middle = len(group) // 2
            waiting[:0] = [group[:middle], group[middle:]]
    return bounds, learned


def _cost(learned: Learned, examples: Sequence[Example]) -> tuple[int, int]:
    """Lines of the examples that the rules do not make as their author did, and the number of rules."""
    rules = [each.rule for each in learned.rules]
    count = 0
    for example in examples:
        made = Counter(outcome(rules, example.before, example.path).split("\n"))
        count += (Counter(example.after.split("\n")) - made).total()
    return count, len(rules)


def _sites(rules: Sequence[Rule], example: Example) -> set[str]:
    """The code that the rules match in a file before, each with as much around it as names two things."""
    found = _apply(rules, example).sites
    if not found:
        return set()
    tree, source = parse(example.before, example.language)
    codes: set[str] = set()
    for site in found:
        node = tree.root_node.descendant_for_byte_range(site.span.start, site.span.end)
        while node is not None:
            code = source[node.start_byte : node.end_byte].decode("utf-8", "replace")
            if len(set(_WORD.findall(code))) > 1 or node.parent is None:
                codes.add(" ".join(code.split()))
                break
            node = node.parent
    return codes


def _apply(rules: Sequence[Rule], example: Example) -> Rewrite:
    facts = FileFacts(example.path, example.language, NEWEST, is_test(example.path))
    return rewrite(rules, example.before.encode("utf-8", "surrogatepass"), facts)
