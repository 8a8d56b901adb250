"""Shapes of code: the smallest changed nodes of the syntax trees, generalised."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from softwright.rewrite.learning.trees.diff import Pair, TreeEdit, diff_trees
from softwright.rewrite.learning.trees.template import generalise
from softwright.rewrite.learning.trees.tree import Node, SyntaxTree
from softwright.rewrite.shapes.forms import form_of, says_too_little
from softwright.rewrite.shapes.shaped import Form
from softwright.rewrite.shapes.window import window

_MOST_LEVELS = 3


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch of the text before (`start` to `end`) and of the text after, in characters, with its form."""

    start: int
    end: int
    new_start: int
    new_end: int
    form: Form | None
    holes: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class _Place:
    """A changed pair, and how many nodes above it belong to its form. `joint`: all changes in it do."""

    pair: Pair
    edit: TreeEdit
    level: int
    joint: bool = False

    @property
    def root(self) -> Pair:
        """The pair that the form is of."""
        own = 0 if self.edit.pair is self.pair else 1
        return self.pair if self.joint or self.level == own else self.edit.above[-self.level]


class CodeDiff:
    """What the syntax trees of a file say of a change. `regions` do not overlap and are in order on both
    sides."""

    def __init__(self, before: str, after: str, language: str) -> None:
        self.language = language
        part = window(before, after, language)
        self._shift = part.start
        old, new = before[part.start : part.end], after[part.start : part.new_end]
        self._diff = diff_trees(SyntaxTree(old, language), SyntaxTree(new, language))
        self.regions = tuple(self._regions())

    def imports(self, *, after: bool) -> list[tuple[int, int]]:
        """Where import statements stand in the part that differs, in characters."""
        tree = self._diff.after if after else self._diff.before
        kinds = tree.grammar.imports
        shift = self._shift
        return [(node.start + shift, node.end + shift) for node in _statements(tree.root, kinds)]

    def has(self, start: int, end: int, *, after: bool) -> bool:
        """True when there is code in a stretch, and not only comments and layout."""
        start, end = start - self._shift, end - self._shift
        leaves = (self._diff.after if after else self._diff.before).leaves
        first = bisect_left(leaves, start, key=lambda leaf: leaf.end)
        near = (leaf for leaf in leaves[first : first + 2] if leaf.parent is not None)
        return any(leaf.end > start and leaf.start < end for leaf in near)

    def is_layout(self, start: int, end: int, old: str, new: str) -> bool:
        """True when a stretch has the same code before and after, and only reads in another way."""
        start, end = start - self._shift, end - self._shift
        if any((a < end and b > start) or start <= a == b <= end for a, b in self._diff.touched):
            return False
        return _squeezed(old) == _squeezed(new)

    def _regions(self) -> Iterator[Region]:
        shift = self._shift
        for place in self._places():
            old, new = place.pair.before, place.pair.after
            made = generalise(
                self._diff, place.edit, place.level, joint=place.joint or place.root is place.pair
            )
            form, holes = form_of(made, self._diff) if made is not None else (None, ())
            yield Region(old.start + shift, old.end + shift, new.start + shift, new.end + shift, form, holes)

    def _places(self) -> list[_Place]:
        """What changed, outermost first where one lies in another; parts of one call are one place."""
        bodies = self._diff.before.grammar.bodies
        found = [(pair, edit) for edit in self._diff.edits if (pair := _pair_of(edit)) is not None]
        found.sort(key=lambda each: (each[0].before.start, -each[0].before.end))
        places: list[_Place] = []
        at = new_at = 0
        for pair, edit in found:
            if pair.before.raw in bodies or pair.before.start < at or pair.after.start < new_at:
                continue
            at, new_at = pair.before.end, pair.after.end
            places.append(_Place(pair, edit, self._level(pair, edit)))
        return _joined(places)

    def _level(self, pair: Pair, edit: TreeEdit) -> int:
        """How many nodes above the change it takes to say what it is about."""
        level = own = 0 if edit.pair is pair else 1
        node, most = pair.before, min(len(edit.above), own + _MOST_LEVELS)
        while level < most and says_too_little(node, edit.above[-level - 1]):
            if generalise(self._diff, edit, level + 1, joint=False) is None:
                break
            level += 1
            node = edit.above[-level].before
        return level


def _joined(places: list[_Place]) -> list[_Place]:
    """The places, those that make up all changes below one root as one place."""
    joined: list[_Place] = []
    for root, group in groupby(places, key=lambda place: place.root):
        parts = list(group)
        first = parts[0]
        inside = [place for place in places if root.before.covers(place.pair.before)]
        if len(parts) > 1 and len(inside) == len(parts):
            joined.append(_Place(root, first.edit, _level_of(first.edit, root), joint=True))
        else:
            joined += parts
    return joined


def _level_of(edit: TreeEdit, root: Pair) -> int:
    return next(level for level in range(1, len(edit.above) + 1) if edit.above[-level] is root)


def _squeezed(text: str) -> str:
    return re.sub(r"[\s,]+", "", text)


def _pair_of(edit: TreeEdit) -> Pair | None:
    """The pair that changed: of an element that is gone, the list it was in."""
    if edit.pair is not None:
        return edit.pair
    return edit.above[-1] if edit.above else None


def _statements(root: Node, kinds: frozenset[str]) -> Iterator[Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.raw in kinds:
            yield node
        elif node.has_body or node is root:
            waiting += reversed(node.children)
