"""A lesson: examples, what was learned of them, and what was asked; each answer is one example more."""

import difflib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from softwright.core import language_of
from softwright.facts.flags import is_test
from softwright.rewrite.learning.example import Example
from softwright.rewrite.learning.learn import learn
from softwright.rewrite.learning.learned import Learned
from softwright.rewrite.result import FileFacts
from softwright.rewrite.rewriter import rewrite
from softwright.rewrite.rule import Rule

_NEWEST = (3, 99)
_TRIES = 8  # times that is learned again to find out which untouched files are bounds


@dataclass(frozen=True, slots=True)
class Lesson:
    """Examples, what was learned of them, where they are from (in words), and the questions asked so far.

    `undone` are files that nobody touched and that hold the same code: not done yet, as far as one can tell.
    """

    examples: tuple[Example, ...]
    learned: Learned
    origin: str = ""
    asked: frozenset[str] = frozenset()
    undone: tuple[Example, ...] = ()

    def with_example(self, example: Example, *, asked: str = "") -> "Lesson":
        """The lesson learned again with one more example, which takes the place of one of the same file."""
        same = (example.repo, example.path, example.before)
        kept = [each for each in self.examples if (each.repo, each.path, each.before) != same]
        examples = (*kept, example)
        return replace(self, examples=examples, learned=learn(examples), asked=self.asked | {asked} - {""})


@dataclass(frozen=True, slots=True)
class Proposal:
    """The file whose outcome is most in doubt, with what the rules would make of it."""

    path: str
    before: str = field(repr=False)
    after: str = field(repr=False)
    diff: str


def study(examples: Sequence[Example], origin: str = "", untouched: Sequence[Example] = ()) -> Lesson:
    """What can be learned of the examples; `origin` says in words where they are from.

    Files that the same author left `untouched` bound what is learned, by pattern or scope. Where no rule that
    keeps off them does what the examples show, the author has not come to some of them yet: those that hold
    the same code are then no examples, but `undone`.
    """
    together = (*examples, *untouched)
    learned = learn(together)
    if untouched and _remaining(learned, examples):
        alone = learn(examples)
        least = _remaining(alone, examples)
        if least < _remaining(learned, examples):
            bounds, learned = _bounds(examples, untouched, alone, least)
            undone = tuple(each for each in untouched if each not in bounds)
            return Lesson((*examples, *bounds), learned, origin, undone=undone)
    return Lesson(together, learned, origin)


def _bounds(
    examples: Sequence[Example], untouched: Sequence[Example], alone: Learned, least: int
) -> tuple[list[Example], Learned]:
    """The untouched files under which the examples can still be learned, and what is learned then.

    Files that the rules leave alone anyway come first, then the less they change the sooner, by halves.
    """
    rules = [each.rule for each in alone.rules]
    changes = {
        each: len(unified(each.before, outcome(rules, each.before, each.path), "")) for each in untouched
    }
    bounds, learned = [each for each in untouched if not changes[each]], alone
    doubtful = sorted((each for each in untouched if changes[each]), key=lambda each: changes[each])
    waiting = [doubtful]
    for _ in range(_TRIES):
        if not waiting:
            break
        group = waiting.pop(0)
        tried = learn([*examples, *bounds, *group])
        if _remaining(tried, examples) <= least:
            bounds, learned = [*bounds, *group], tried
        elif len(group) > 1:
            middle = len(group) // 2
            waiting[:0] = [group[:middle], group[middle:]]
    return bounds, learned


def _remaining(learned: Learned, examples: Sequence[Example]) -> int:
    """Lines of the examples that the rules do not make as their author did."""
    rules = [each.rule for each in learned.rules]
    count = 0
    for example in examples:
        made = Counter(outcome(rules, example.before, example.path).split("\n"))
        count += (Counter(example.after.split("\n")) - made).total()
    return count


def propose(lesson: Lesson, files: Mapping[str, str], shown: Sequence[str]) -> Proposal | None:
    """The file that would teach most, whatever anybody made of it; None when nothing is in doubt."""
    from softwright.rewrite.learning import choose_next  # type: ignore[attr-defined]

    path: str | None = choose_next(lesson.learned, files, shown)
    if path is None:
        return None
    after = outcome([learned.rule for learned in lesson.learned.rules], files[path], path)
    return Proposal(path, files[path], after, unified(files[path], after, path))


def outcome(rules: Sequence[Rule], text: str, path: str) -> str:
    """The text after the rules, as a file of a project on the newest Python."""
    facts = FileFacts(path, language_of(path), _NEWEST, is_test(path))
    content = rewrite(rules, text.encode("utf-8", "surrogatepass"), facts).content
    return content.decode("utf-8", "surrogatepass")


def unified(before: str, after: str, path: str) -> str:
    """Both texts as a unified diff, without a last newline; "" when they are equal."""
    old, new = before.split("\n"), after.split("\n")
    return "\n".join(difflib.unified_diff(old, new, f"a/{path}", f"b/{path}", lineterm=""))


def hunk_at(diff: str, line: int) -> str:
    """The hunk of a unified diff that shows a line of the text before, "" when none does."""
    rows = diff.split("\n")
    starts = [at for at, row in enumerate(rows) if row.startswith("@@ ")]
    for start, end in pairwise([*starts, len(rows)]):
        first, _, size = rows[start].split(" ")[1][1:].partition(",")
        if int(first) <= line <= int(first) + int(size or 1):
            return "\n".join(rows[start:end])
    return ""
