"""A lesson: examples, what was learned of them, and what was asked; each answer is one example more."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from softwright.rewrite.learning.bounds import learn_bounded, outcome
from softwright.rewrite.learning.doubt import choose_next
from softwright.rewrite.learning.example import Example
from softwright.rewrite.learning.learn import learn
from softwright.rewrite.learning.learned import Learned


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

    Of files that the same author left `untouched` those bound what is learned which are only like the changed
    ones; those with the very same code are `undone`.
    """
    if not untouched:
        return Lesson(tuple(examples), learn(examples), origin)
    bounded = learn_bounded(examples, untouched)
    return Lesson((*examples, *bounded.bounds), bounded.learned, origin, undone=bounded.undone)


def propose(lesson: Lesson, files: Mapping[str, str], shown: Sequence[str]) -> Proposal | None:
    """The file that would teach most, whatever anybody made of it; None when nothing is in doubt."""
    path = choose_next(lesson.learned, files, shown)
    if path is None:
        return None
    after = outcome([learned.rule for learned in lesson.learned.rules], files[path], path)
    return Proposal(path, files[path], after, unified(files[path], after, path))


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
