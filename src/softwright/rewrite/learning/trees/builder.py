"""Building a template: what is equal on both sides of an edit becomes holes, all else stays literal."""

import re
from collections.abc import Sequence

from softwright.rewrite.learning.trees.diff import Pair, TreeDiff, TreeEdit
from softwright.rewrite.learning.trees.holes import Cut, Hole, Template, tokens_of
from softwright.rewrite.learning.trees.lists import (
    between_brackets,
    called_by,
    elements_of,
    is_kept,
    is_same_element,
    operands_of,
    place_of,
    replaced_run,
)
from softwright.rewrite.learning.trees.tree import CALLEE, Node

_STRING_PARTS = re.compile(
    r"string_(start|end|content|fragment)|interpolation|_content$|escape_sequence|['\"`]"
)


class Builder:
    """Builds one template; with an edit of its `own` all other changes lie in holes.

    `unread` makes holes of list elements that were replaced, whatever they were.
    """

    def __init__(self, diff: TreeDiff, own: TreeEdit | None, *, unread: bool) -> None:
        self.diff = diff
        self.unread = unread
        self.own = own
        self.grammar = diff.before.grammar
        self.made: Template
        self.by_hash: dict[int, Hole] = {}
        self.runs: dict[tuple[int, ...], Hole] = {}
        self.blocks: set[int] = set()
        self.meant_to_go: set[int] = set()

    def build(self, pair: Pair) -> Template:
        """The template of an edit, or of one with some of its surroundings."""
        self.made = Template(pair.before, pair.after)
        self._pair(pair.before, pair.after, is_root=True)
        made = self.made
        placed = {id(cut.hole) for cut in made.new} | self.meant_to_go
        made.old = [cut for cut in made.old if id(cut.hole) in placed]  # else what it holds would be lost
        made.old.sort(key=lambda cut: cut.start)
        made.new.sort(key=lambda cut: cut.start)
        for number, hole in enumerate(dict.fromkeys(cut.hole for cut in made.old)):
            hole.number = number
        made.holes = list(dict.fromkeys(cut.hole for cut in made.old))
        after = tokens_of(pair.after, made.new)
        made.key = (pair.before.kind, tokens_of(pair.before, made.old), after)
        return made

    def _hole(self, nodes: Sequence[Node], *, many: bool = False) -> Hole:
        is_block = len(nodes) == 1 and nodes[0].raw == "block" and self.diff.before.language == "python"
        hole = Hole(0, tuple(nodes), many or is_block)
        self.made.old.append(Cut(nodes[0].start, nodes[-1].end, hole))
        return hole

    def _same(self, a: Node, b: Node) -> None:
        """One hole for a node that stays; of an argument list the brackets stay literal."""
        hole = self._whole(a)
        self._put_whole(hole, b)

    def _whole(self, a: Node) -> Hole:
        inside = between_brackets(a)
        if inside is None:
            return self._hole([a])
        hole = Hole(0, tuple(a.children[1:-1]), many=True)
        self.made.old.append(Cut(*inside, hole))
        return hole

    def _put_whole(self, hole: Hole, b: Node) -> None:
        inside = between_brackets(b) if hole.many else None
        if inside is None:
            self._put(hole, b)
        else:
            self.made.new.append(Cut(*inside, hole))

    def _put(self, hole: Hole, first: Node, last: Node | None = None) -> None:
        # parentheses that the author had to add are added by the rewriter where they are needed
        around = first.parent
        if last is None and around is not None and around.raw == "parenthesized_expression" and first.named:
            inside = self.made.after is not None and self.made.after is not around
            if inside and len(around.children) == 3 and around.hash not in self.made.before.subtrees:
                self.made.new.append(Cut(around.start, around.end, hole))
                return
        self.made.new.append(Cut(first.start, (last or first).end, hole))

    # -- a pair ----------------------------------------------------------------------------------------------

    def _pair(self, a: Node, b: Node, *, is_root: bool = False) -> None:
        if a.hash == b.hash:
            if a.raw == CALLEE:
                for x, y in zip(a.children, b.children, strict=True):
                    self._pair(x, y)
            elif not _stays_literal(a):
                self._same(a, b)
            return
        pair = self.diff.pairs.get(id(a))
        stays = a.raw in self.grammar.bodies and b.raw in self.grammar.bodies
        if not is_root and a.raw != CALLEE and (stays or self._is_elsewhere(a)):
            self._same(a, b)
        elif pair is not None and pair.after is b and pair.children is not None:
            self._children(a, pair)
        else:
            self._free(a, b, is_root=is_root)

    def _is_elsewhere(self, a: Node) -> bool:
        """True when the one edit that is wanted is neither in `a` nor around it."""
        if self.own is None:
            return False
        edited = self.own.before
        return not (a.covers(edited) or edited.covers(a))

    def _children(self, a: Node, pair: Pair) -> None:
        aligned = pair.children or []
        is_list = a.kind in self.grammar.lists
        at = 0
        while at < len(aligned):
            x, y = aligned[at]
            if self.unread and is_list and (run := replaced_run(aligned[at:])):
                self.made.unread += self.diff.before.text[run[0].start : run[-1].end]
                self.meant_to_go.add(id(self._hole(run, many=True)))
                at += len(run)
                continue
            if x is None or y is None:
                at += 1
                continue
            last = at
            if is_list and not (at == 0 and a.kind == "subscript"):
                while last < len(aligned) and is_same_element(*aligned[last]):
                    last += 1
            if last > at:
                run = [old for old, _ in aligned[at:last] if old is not None]
                end = aligned[last - 1][1]
                self._put(self._hole(run, many=True), y, end)
                at = last
                continue
            self._pair(x, y)
            at += 1

    # -- a replacement ---------------------------------------------------------------------------------------

    def _free(self, a: Node, b: Node, *, is_root: bool) -> None:
        """Parts of `a` (of a root not the whole) that are found again in `b`, wherever they stand there."""
        self._bodies(a, b)
        folded = self._folded(a, b)
        found = [] if folded else self._kept(a, b, is_root=is_root)
        for hole, nodes in found:
            self.by_hash[nodes[0].hash] = hole
        if not folded:
            self._find_again(b)

    def _bodies(self, a: Node, b: Node) -> None:
        """The blocks of a statement whose head is replaced, one hole each."""
        old = [child for child in a.children if child.raw in self.grammar.bodies]
        new = [child for child in b.children if child.raw in self.grammar.bodies]
        for x, y in zip(old, new, strict=False):
            hole = self._whole(x)
            self.blocks |= {id(x), id(y)}
            self._put_whole(hole, y)

    def _folded(self, a: Node, b: Node) -> bool:
        """`Union[A, B, C]` -> `A | B | C`: the elements joined by an operator, however many they are."""
        operands, operator = operands_of(b)
        if len(operands) < 2:
            return False
        wanted = [node.hash for node in operands]
        for owner in a.walk():
            if owner.kind not in self.grammar.lists:
                continue
            elements = elements_of(owner)
            if [node.hash for node in elements] == wanted:
                hole = self._hole(elements, many=True)
                hole.separator = f" {operator} "
                self._put(hole, b)
                return True
        return False

    def _kept(self, a: Node, b: Node, *, is_root: bool) -> list[tuple[Hole, list[Node]]]:
        kept: list[tuple[Hole, list[Node]]] = []
        waiting = [a]
        lists = [tuple(n.hash for n in elements_of(y)) for y in b.walk() if y.kind in self.grammar.lists]
        seen: dict[int, Hole] = {}
        opened = called_by(a) if is_root else []
        while waiting:
            x = waiting.pop()
            if id(x) in self.blocks:
                continue
            is_part = x is not a or not (is_root or x.is_leaf)
            may_be_hole = is_part and x.named and x.raw != CALLEE and x not in opened
            if may_be_hole and x.hash in b.subtrees and not _stays_literal(x):
                known = seen.get(x.hash)
                if known is not None:
                    self.made.old.append(Cut(*(between_brackets(x) or (x.start, x.end)), known))
                else:
                    hole = self._whole(x)
                    seen[x.hash] = hole
                    kept.append((hole, [x]))
                continue
            elements = elements_of(x) if x.kind in self.grammar.lists else []
            run = tuple(n.hash for n in elements)
            if x is not a and run and is_kept(run, lists, b):
                self.runs[run] = self._hole(elements, many=True)
                continue
            waiting += x.children
        return kept

    def _find_again(self, b: Node) -> None:
        waiting = [b]
        while waiting:
            y = waiting.pop()
            if id(y) in self.blocks:
                continue
            elements = elements_of(y) if y.kind in self.grammar.lists else []
            found = self._run_of(elements)
            if found is not None:
                many, first, last = found
                self._put(many, elements[first], elements[last])
                waiting += [child for child in y.children if child not in elements[first : last + 1]]
                continue
            hole = self.by_hash.get(y.hash) if y.named else None
            if hole is not None:
                self._put_whole(hole, y)
                continue
            waiting += y.children

    def _run_of(self, elements: Sequence[Node]) -> tuple[Hole, int, int] | None:
        """The hole whose elements stand in a list, with the places of the first and the last."""
        hashes = tuple(node.hash for node in elements)
        for run, hole in self.runs.items():
            at = place_of(run, hashes)
            if at is not None:
                return hole, at, at + len(run) - 1
        return None


def _stays_literal(node: Node) -> bool:
    if node.parent is not None and node.parent.raw == "modifiers":
        return True
    return (node.is_leaf and not node.named) or (_STRING_PARTS.search(node.raw) is not None and node.is_leaf)
