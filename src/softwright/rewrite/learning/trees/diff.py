"""What changed between two syntax trees: the smallest changed nodes, with their surroundings on both sides.

Top-down: equal trees end the search, statements are aligned by hash and then by the tokens they share,
lists by their elements, everything else child by child. What cannot be paired is replaced as a whole.
Coupled changes (a call's name and the shape of its argument) stay one edit.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from softwright.rewrite.learning.trees.tree import Node, SyntaxTree

Aligned = list[tuple[Node | None, Node | None]]

_PAIRED = 0.45
"""Likeness from which two nodes may be the same one before and after."""
_MOST_PAIRS = 40_000
_DECORATED = "decorated_definition"


@dataclass(slots=True, eq=False)
class Pair:
    """A node before and the one it became; `children` aligned, or None when it was replaced as a whole."""

    before: Node
    after: Node
    children: Aligned | None


@dataclass(slots=True, eq=False)
class TreeEdit:
    """One smallest change. `after` None: the node is gone. `above` are the pairs around it, outermost
    first."""

    before: Node
    after: Node | None
    above: tuple[Pair, ...]
    pair: Pair | None
    number: int


@dataclass(slots=True, eq=False)
class TreeDiff:
    """All edits that lead from one tree to the other; imports are left out.

    `pairs` knows what became of a node (by `id`), `touched` are the stretches of the text before that
    changed, places where something was inserted included.
    """

    before: SyntaxTree
    after: SyntaxTree
    pairs: dict[int, Pair] = field(default_factory=dict)
    edits: list[TreeEdit] = field(default_factory=list)
    touched: list[tuple[int, int]] = field(default_factory=list)


def diff_trees(before: SyntaxTree, after: SyntaxTree) -> TreeDiff:
    """The edits that lead from `before` to `after`."""
    found = TreeDiff(before, after)
    _Differ(found).compare(before.root, after.root, ())
    return found


class _Differ:
    def __init__(self, found: TreeDiff) -> None:
        self.found = found
        self.grammar = found.before.grammar

    # -- one node ------------------------------------------------------------------------------------------

    def compare(self, a: Node, b: Node, above: tuple[Pair, ...]) -> None:
        if a.hash == b.hash:
            return
        if a.raw in self.grammar.imports and b.raw in self.grammar.imports:
            self._touch(a.start, a.end)
            return
        if a.kind == b.kind and a.raw in self.grammar.bodies:
            self._statements(a, b, above)
            return
        if a.raw == _DECORATED and b.raw in self.grammar.definitions:
            self._descend(a, b, [*((x, None) for x in a.children[:-1]), (a.children[-1], b)], above)
            return
        if a.is_leaf or b.is_leaf or a.kind != b.kind or self._is_wrapped(a, b):
            self._replace(a, b, above)
            return
        aligned = self._align(a, b)
        if self._is_head(a, b, aligned):
            self._head(a, b, aligned, above)
            return
        if self._is_coupled(a, aligned) or self._has_nothing_in_common(a, aligned):
            self._replace(a, b, above)
            return
        self._descend(a, b, aligned, above)

    def _descend(self, a: Node, b: Node, aligned: Aligned, above: tuple[Pair, ...]) -> None:
        pair = Pair(a, b, aligned)
        self.found.pairs[id(a)] = pair
        gone = [x for x, y in aligned if x is not None and y is None]
        if any(x is None for x, _ in aligned):
            self._emit(a, b, above, pair)
            at = a.start
            for x, _ in aligned:
                if x is None:
                    self._touch(at, at)
                else:
                    at = x.end
        for node in gone:
            self._emit(node, None, (*above, pair), None)
            self._touch(node.start, node.end)
        for x, y in aligned:
            if x is not None and y is not None and x.hash != y.hash:
                self.compare(x, y, (*above, pair))

    def _is_head(self, a: Node, b: Node, aligned: Aligned) -> bool:
        """A statement with a block, before which some parts were lost, won or exchanged together."""
        bodies = self.grammar.bodies
        if not any(child.raw in bodies for child in a.children) or a.raw in bodies:
            return False
        if sum(c.raw in bodies for c in a.children) != sum(c.raw in bodies for c in b.children):
            return False
        head = [(x, y) for x, y in aligned if x is None or x.raw not in bodies]
        lost = any(x is None or y is None for x, y in head)
        return lost and any(x is not None and y is not None and x.kind != y.kind for x, y in head)

    def _head(self, a: Node, b: Node, aligned: Aligned, above: tuple[Pair, ...]) -> None:
        pair = Pair(a, b, None)
        self.found.pairs[id(a)] = pair
        self._emit(a, b, above, pair)
        end = min(child.start for child in a.children if child.raw in self.grammar.bodies)
        self._touch(a.start, end - 1)
        for x, y in aligned:
            if x is not None and y is not None and x.raw in self.grammar.bodies:
                self.compare(x, y, (*above, Pair(a, b, aligned)))

    def _replace(self, a: Node, b: Node, above: tuple[Pair, ...]) -> None:
        pair = Pair(a, b, None)
        self.found.pairs[id(a)] = pair
        self._emit(a, b, above, pair)
        self._touch(a.start, a.end)

    def _emit(self, a: Node, b: Node | None, above: tuple[Pair, ...], pair: Pair | None) -> None:
        self.found.edits.append(TreeEdit(a, b, above, pair, len(self.found.edits)))

    def _touch(self, start: int, end: int) -> None:
        self.found.touched.append((start, end))

    def _is_wrapped(self, a: Node, b: Node) -> bool:
        """True when one side holds the whole other one: `f(x)` and `list(f(x))`."""
        return not a.has_body and a.named and (a.hash in b.subtrees or b.hash in a.subtrees)

    def _is_coupled(self, a: Node, aligned: Aligned) -> bool:
        """A call whose name and the shape of whose arguments changed together, or an attribute whose
        owner did."""
        both = [(x, y) for x, y in aligned if x is not None and y is not None]
        if len(both) != len(aligned) or len(both) < 2 or a.has_body:
            return False
        last = both[-1]
        is_call = last[0].kind in self.grammar.lists and last[1].kind == last[0].kind
        first = both[-2] if is_call else both[0]
        if first[0].hash == first[1].hash or last[0].hash == last[1].hash:
            return False
        if is_call and self._is_called_otherwise(*first):
            inner = self._align(*last)
            return any(x is None or y is None or self._differs_in_shape(x, y) for x, y in inner)
        is_access = len(both) == 3 and both[1][0].text in (".", "?.", "::")
        return is_access and last[0].is_leaf and last[1].is_leaf

    def _is_called_otherwise(self, a: Node, b: Node) -> bool:
        """True when the name that is called changed, or what owns it; not when only a call before it did."""
        old, new = next(reversed(list(a.leaves()))), next(reversed(list(b.leaves())))
        return old.text != new.text or not any(node.kind in self.grammar.lists for node in a.walk())

    def _differs_in_shape(self, x: Node, y: Node) -> bool:
        if x.hash == y.hash:
            return False
        return x.kind != y.kind or x.hash in y.subtrees or y.hash in x.subtrees

    def _has_nothing_in_common(self, a: Node, aligned: Aligned) -> bool:
        """An expression in which children were lost or won, and no child that means something stayed."""
        if a.has_body or a.kind in self.grammar.lists:
            return False
        if all(x is not None and y is not None for x, y in aligned):
            return False
        return not any(x and y and x.hash == y.hash and x.named for x, y in aligned)

    # -- many nodes ------------------------------------------------------------------------------------------

    def _statements(self, a: Node, b: Node, above: tuple[Pair, ...]) -> None:
        aligned: Aligned = []
        matcher = SequenceMatcher(
            None, [c.hash for c in a.children], [c.hash for c in b.children], autojunk=False
        )
        for tag, i1, i2, j1, j2 in matcher.get_opcodes():
            old, new = a.children[i1:i2], b.children[j1:j2]
            if tag == "equal" or (len(old) == len(new) <= 3 and self._alike(old, new)):
                aligned += list(zip(old, new, strict=True))
            else:
                aligned += _best(old, new)
        pair = Pair(a, b, aligned)
        self.found.pairs[id(a)] = pair
        above = (*above, pair)
        at = a.start
        for x, y in aligned:
            if x is None:
                assert y is not None
                if y.raw not in self.grammar.imports:
                    self._touch(at, at)
                continue
            at = x.end
            if y is None:
                self._touch(x.start, x.end)
                if x.raw not in self.grammar.imports:
                    self._emit(x, None, above, None)
            elif x.hash != y.hash:
                self.compare(x, y, above)

    def _alike(self, old: Sequence[Node], new: Sequence[Node]) -> bool:
        return all(x.kind == y.kind or _likeness(x, y) > 0.3 for x, y in zip(old, new, strict=True))

    def _align(self, a: Node, b: Node) -> Aligned:
        is_list = a.kind in self.grammar.lists
        if len(a.children) == len(b.children) and not is_list and a.kind != _DECORATED:
            return list(zip(a.children, b.children, strict=True))
        aligned: Aligned = []
        matcher = SequenceMatcher(
            None, [c.hash for c in a.children], [c.hash for c in b.children], autojunk=False
        )
        for tag, i1, i2, j1, j2 in matcher.get_opcodes():
            old, new = a.children[i1:i2], b.children[j1:j2]
            if tag == "equal" or (is_list and len(old) == len(new) <= 2):
                aligned += list(zip(old, new, strict=True))
            else:
                aligned += _best(old, new)
        return aligned


def _best(old: Sequence[Node], new: Sequence[Node]) -> Aligned:
    """The order-preserving alignment with the greatest likeness in all."""
    if not old or not new or len(old) * len(new) > _MOST_PAIRS:
        same = min(len(old), len(new))
        paired: Aligned = list(zip(old[:same], new[:same], strict=True))
        return [*paired, *((x, None) for x in old[same:]), *((None, y) for y in new[same:])]
    rows, columns = len(old), len(new)
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    alike = [[0.0] * columns for _ in range(rows)]
    for i in range(rows - 1, -1, -1):
        for j in range(columns - 1, -1, -1):
            found = _likeness(old[i], new[j])
            alike[i][j] = found if found >= _PAIRED else -9.0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], alike[i][j] + best[i + 1][j + 1])
    aligned: Aligned = []
    i = j = 0
    while i < rows and j < columns:
        if alike[i][j] > 0 and best[i][j] == alike[i][j] + best[i + 1][j + 1]:
            aligned.append((old[i], new[j]))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            aligned.append((old[i], None))
            i += 1
        else:
            aligned.append((None, new[j]))
            j += 1
    return [*aligned, *((x, None) for x in old[i:]), *((None, y) for y in new[j:])]


def _likeness(x: Node, y: Node) -> float:
    if x.hash == y.hash:
        return 3.0
    if x.is_leaf or y.is_leaf:
        if x.kind == y.kind and x.named:
            return 0.6
        return 0.5 if x.named and y.named and (x.hash in y.subtrees or y.hash in x.subtrees) else 0.0
    old, new = sorted((x.words, y.words), key=len)
    shared = 2 * sum(min(count, new.get(word, 0)) for word, count in old.items()) / (x.size + y.size)
    return shared + (0.3 if x.kind == y.kind else 0.0)
