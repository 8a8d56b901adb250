"""The most general before -> after of one edit: equal parts become holes, everything else is literal.

Instead of anti-unifying pairs of edits, each edit is generalised as far as it allows, at every level of its
surroundings; edits of one shape then have one key, and groups fall out in linear time.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from softwright.rewrite.learning.trees.diff import Aligned, Pair, TreeDiff, TreeEdit
from softwright.rewrite.learning.trees.grammar import Grammar
from softwright.rewrite.learning.trees.holes import Cut, Hole, tokens_of
from softwright.rewrite.learning.trees.tree import CALLEE, Node, SyntaxTree

_OPEN, _CLOSE = ("(", "[", "{"), (")", "]", "}")
_STRING_PARTS = re.compile(
    r"string_(start|end|content|fragment)|interpolation|_content$|escape_sequence|['\"`]"
)
_METAVARIABLE = re.compile(r"\$[A-Z_$]")
_FEW_TOKENS = 4


@dataclass(slots=True, eq=False)
class Template:
    """One edit generalised: the roots on both sides (`after` None: deletion), and the cuts for the holes.

    `unread` is the text of list elements that were replaced whatever they were.
    """

    before: Node
    after: Node | None
    holes: list[Hole] = field(default_factory=list)
    old: list[Cut] = field(default_factory=list)
    new: list[Cut] = field(default_factory=list)
    key: tuple[object, ...] = ()
    unread: str = ""


@dataclass(slots=True, eq=False)
class Instance:
    """A template made from an edit of one example."""

    file: int
    edit: TreeEdit
    template: Template
    level: int


def generalise(
    diff: TreeDiff, edit: TreeEdit, level: int, *, joint: bool, unread: bool = False
) -> Template | None:
    """The template of an edit with `level` nodes of its surroundings, None where there is none.

    `joint` keeps other changes below the root as parts of the template; else they lie in holes. `unread`
    makes holes of list elements that were replaced or are gone; None where there are none.
    """
    pair = edit.pair if level == 0 else edit.above[-level]
    if pair is None and edit.after is None and level == 0 and not unread:
        return _deletion(edit.before, diff.before.grammar, literal=joint)
    if pair is None or not _may_be_root(pair, diff.before, level):
        return None
    builder = _Builder(diff, None if joint else edit, unread=unread)
    made = builder.build(pair)
    if unread and not made.unread:
        return None
    return made if _is_sound(made, diff) else None


def _deletion(node: Node, grammar: Grammar, *, literal: bool) -> Template:
    """What is gone, as it stood or with holes: the arguments of a call, and names that stand in it twice.

    A `literal` with a name for its value goes whatever that is (`encoding=$A`).
    """
    made = Template(node, None)
    if is_bases(node):
        _hold_base(made, literal=literal)
        return made
    if literal and grammar.fields.get((node.raw, -1)) == "value":
        made.holes = [Hole(0, (node.children[-1],))]
        made.old = [Cut(node.children[-1].start, node.children[-1].end, made.holes[0])]
    call = node
    while len(call.children) == 1:
        call = call.children[0]
    inside = _between_brackets(call.children[-1]) if call.children and not literal else None
    if inside is not None and call.children[-1].children[1:-1] and not call.children[-1].has_body:
        made.holes = [Hole(0, tuple(call.children[-1].children[1:-1]), many=True)]
        made.old = [Cut(*inside, made.holes[0])]
    elif not literal and node.size <= _FEW_TOKENS:
        names = [leaf for leaf in node.leaves() if leaf.raw in grammar.names]
        by_text = {
            text: [n for n in names if n.text == text] for text in dict.fromkeys(n.text for n in names)
        }
        twice = [same for same in by_text.values() if len(same) > 1]
        made.holes = [Hole(number, (same[0],)) for number, same in enumerate(twice)]
        made.old = [
            Cut(leaf.start, leaf.end, hole)
            for hole, same in zip(made.holes, twice, strict=True)
            for leaf in same
        ]
        made.old.sort(key=lambda cut: cut.start)
    made.key = (node.kind, tokens_of(node, made.old), None)
    return made


def is_bases(node: Node) -> bool:
    """True for the list of what a class is made from, with one element (Python)."""
    parent = node.parent
    is_list = node.raw == "argument_list" and parent is not None and parent.raw == "class_definition"
    return is_list and len(node.children) == 3


def _hold_base(made: Template, *, literal: bool) -> None:
    """The only base of a class goes by what its name stands for, however it is spelled."""
    base = made.before.children[1]
    if not literal:
        made.holes = [Hole(0, (base,))]
        made.old = [Cut(base.start, base.end, made.holes[0])]
    made.key = (made.before.kind, tokens_of(made.before, made.old), None)


def _may_be_root(pair: Pair, tree: SyntaxTree, level: int) -> bool:
    root = pair.before
    if root.raw == CALLEE or (pair.after is not None and pair.after.raw == CALLEE):
        return False
    if root.raw in tree.grammar.bodies or root.raw in tree.grammar.imports:
        return False
    if not root.has_body:
        return True
    if tree.language == "python":  # only the head of a definition: other blocks lie deeper
        return level == 0 and any(child.raw in tree.grammar.bodies for child in root.children)
    return level <= 2


def _is_sound(made: Template, diff: TreeDiff) -> bool:
    if made.after is None:
        return True
    old = diff.before.text[made.before.start : made.before.end]
    new = diff.after.text[made.after.start : made.after.end]
    if _METAVARIABLE.search(old) or _METAVARIABLE.search(new):
        return False
    return made.key[1] != made.key[2]


class _Builder:
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
        inside = _between_brackets(a)
        if inside is None:
            return self._hole([a])
        hole = Hole(0, tuple(a.children[1:-1]), many=True)
        self.made.old.append(Cut(*inside, hole))
        return hole

    def _put_whole(self, hole: Hole, b: Node) -> None:
        inside = _between_brackets(b) if hole.many else None
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
            if self.unread and is_list and (run := _replaced(aligned[at:])):
                self.made.unread += self.diff.before.text[run[0].start : run[-1].end]
                self.meant_to_go.add(id(self._hole(run, many=True)))
                at += len(run)
                continue
            if x is None or y is None:
                at += 1
                continue
            last = at
            if is_list and not (at == 0 and a.kind == "subscript"):
                while last < len(aligned) and _is_same_element(*aligned[last]):
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
        operands, operator = _chain(b)
        if len(operands) < 2:
            return False
        wanted = [node.hash for node in operands]
        for owner in a.walk():
            if owner.kind not in self.grammar.lists:
                continue
            elements = _elements(owner)
            if [node.hash for node in elements] == wanted:
                hole = self._hole(elements, many=True)
                hole.separator = f" {operator} "
                self._put(hole, b)
                return True
        return False

    def _kept(self, a: Node, b: Node, *, is_root: bool) -> list[tuple[Hole, list[Node]]]:
        kept: list[tuple[Hole, list[Node]]] = []
        waiting = [a]
        lists = [tuple(n.hash for n in _elements(y)) for y in b.walk() if y.kind in self.grammar.lists]
        seen: dict[int, Hole] = {}
        opened = _called_by(a) if is_root else []
        while waiting:
            x = waiting.pop()
            if id(x) in self.blocks:
                continue
            is_part = x is not a or not (is_root or x.is_leaf)
            may_be_hole = is_part and x.named and x.raw != CALLEE and x not in opened
            if may_be_hole and x.hash in b.subtrees and not _stays_literal(x):
                known = seen.get(x.hash)
                if known is not None:
                    self.made.old.append(Cut(*(_between_brackets(x) or (x.start, x.end)), known))
                else:
                    hole = self._whole(x)
                    seen[x.hash] = hole
                    kept.append((hole, [x]))
                continue
            elements = _elements(x) if x.kind in self.grammar.lists else []
            run = tuple(n.hash for n in elements)
            if x is not a and run and _is_kept(run, lists, b):
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
            elements = _elements(y) if y.kind in self.grammar.lists else []
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
            at = _place_of(run, hashes)
            if at is not None:
                return hole, at, at + len(run) - 1
        return None


def _is_kept(run: tuple[int, ...], lists: Sequence[tuple[int, ...]], b: Node) -> bool:
    """True when the elements of a list stand side by side in a list of `b`; one alone must stand
    nowhere else."""
    if run in lists:
        return True
    if len(run) == 1 and sum(node.hash == run[0] for node in b.walk()) > 1:
        return False
    return any(_place_of(run, each) is not None for each in lists)


def _place_of(run: tuple[int, ...], hashes: tuple[int, ...]) -> int | None:
    """Where the run begins."""
    return next((at for at in range(len(hashes) - len(run) + 1) if hashes[at : at + len(run)] == run), None)


def _called_by(node: Node) -> list[Node]:
    """What a call calls, when it is the attribute of something: its name says more than the whole."""
    if len(node.children) < 2 or node.children[-1].raw not in _LISTS_ONLY:
        return []
    called = node.children[0]
    return [called] if len(called.children) == 3 and called.children[1].text in (".", "?.") else []


def _stays_literal(node: Node) -> bool:
    if node.parent is not None and node.parent.raw == "modifiers":
        return True
    return (node.is_leaf and not node.named) or (_STRING_PARTS.search(node.raw) is not None and node.is_leaf)


def _replaced(aligned: Aligned) -> list[Node]:
    """The elements of a list, from the first of those given on, that did not stay."""
    run: list[Node] = []
    for x, y in aligned:
        if x is None or not x.named or x.has_body or (y is not None and x.hash == y.hash):
            break
        run.append(x)
    return run


def _is_same_element(x: Node | None, y: Node | None) -> bool:
    return x is not None and y is not None and x.hash == y.hash and x.named


_WHOLES = (
    "argument_list parameters arguments formal_parameters type_arguments type_parameters parameter_list "
    "lambda_parameters inferred_parameters annotation_argument_list block statement_block constructor_body "
    "class_body interface_body"
)
_LISTS_ONLY = frozenset(_WHOLES.split())
"""Lists and blocks that are no expressions, so that no single metavariable can stand for them."""


def _between_brackets(node: Node) -> tuple[int, int] | None:
    """The stretch between the brackets of a list that is no expression, None for anything else."""
    if node.raw not in _LISTS_ONLY or len(node.children) < 2 or node.children[0].text not in (*_OPEN, "<"):
        return None
    return node.children[0].end, node.children[-1].start


def _elements(node: Node) -> list[Node]:
    """The named children between the brackets of a list."""
    children = node.children
    if node.kind == "subscript":
        children = children[1:]
    return [child for child in children if child.named]


def _chain(node: Node) -> tuple[list[Node], str]:
    """The operands of a left-deep chain of one binary operator, and the operator."""
    operands: list[Node] = []
    operator = ""
    while len(node.children) == 3 and not node.children[1].named and node.children[1].is_leaf:
        sign = node.children[1].text
        if sign in (".", "?.", "=", ":") or sign in _OPEN or (operator and sign != operator):
            break
        operator = sign
        operands.append(node.children[2])
        node = node.children[0]
    operands.append(node)
    return operands[::-1], operator
