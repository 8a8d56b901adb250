"""Shapes of code: the smallest changed nodes of the syntax trees, generalised."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from softwright.rewrite.learning.diff import Pair, TreeEdit, diff_trees
from softwright.rewrite.learning.grammar import Grammar
from softwright.rewrite.learning.template import Template, code_with_holes, generalise
from softwright.rewrite.learning.tree import Node, SyntaxTree
from softwright.rewrite.shapes.shaped import Form, Kind
from softwright.rewrite.shapes.window import window

_ACCESS = frozenset({"attribute", "member_expression", "selector_expression", "field_access"})
_NAMED = frozenset({"keyword_argument", "default_parameter", "pair", "keyed_element"})
_CALLS = frozenset(
    {"call", "call_expression", "method_invocation", "new_expression", "object_creation_expression"}
)
_OWNERS = _ACCESS | _NAMED | _CALLS
"""What says more than its changed name or value alone: the call and not the word that is called."""
_PARTS = _ACCESS | {"argument_list", "arguments"}
_MOST_LEVELS = 3
_BRACKETS = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch of the text before (`start` to `end`) and of the text after, in characters, with its form."""

    start: int
    end: int
    new_start: int
    new_end: int
    form: Form | None
    holes: tuple[str, ...] = ()


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

    def _regions(self) -> Iterator[Region]:
        found = []
        for edit in self._diff.edits:
            pair = _pair_of(edit)
            if pair is not None and pair.before.raw not in self._diff.before.grammar.bodies:
                found.append((pair, edit))
        found.sort(key=lambda each: (each[0].before.start, -each[0].before.end))
        at = new_at = 0
        last: Pair | None = None
        for pair, edit in found:
            if pair is last:
                continue
            if pair.before.start < at or pair.after.start < new_at:
                continue
            last, at, new_at = pair, pair.before.end, pair.after.end
            form, holes = self._form(pair, edit)
            shift = self._shift
            old, new = (pair.before.start + shift, at + shift), (pair.after.start + shift, new_at + shift)
            yield Region(*old, *new, form, holes)

    def _form(self, pair: Pair, edit: TreeEdit) -> tuple[Form | None, tuple[str, ...]]:
        above = len(edit.above)
        own = 0 if edit.pair is pair else 1
        made = self._made(edit, own, joint=True)
        level = own
        node = pair.before
        while level < min(above, own + _MOST_LEVELS) and _says_too_little(
            node, edit.above[above - level - 1]
        ):
            level += 1
            higher = self._made(edit, level, joint=False)
            if higher is None:
                break
            made, node = higher, edit.above[above - level].before
        if made is None or made.after is None:
            return None, ()
        grammar = self._diff.before.grammar
        names = {hole.number: _hole(hole.nodes, hole.name, grammar, many=hole.many) for hole in made.holes}
        before = code_with_holes(made.before, made.old, self._diff.before, names)
        after = code_with_holes(made.after, made.new, self._diff.after, names, is_fix=True)
        if before == after:
            return None, ()
        text = self._diff.before.text
        holes = tuple(
            text[hole.nodes[0].start : hole.nodes[-1].end] if hole.nodes else "" for hole in made.holes
        )
        return Form(Kind.CODE, self.language, before, after), holes

    def _made(self, edit: TreeEdit, level: int, *, joint: bool) -> Template | None:
        return generalise(self._diff, edit, level, joint=joint) if level <= len(edit.above) else None


def _pair_of(edit: TreeEdit) -> Pair | None:
    """The pair that changed: of an element that is gone, the list it was in."""
    if edit.pair is not None:
        return edit.pair
    return edit.above[-1] if edit.above else None


def _says_too_little(node: Node, above: Pair) -> bool:
    """True for a word or a literal by itself, and for a list of arguments without what they belong to."""
    if above.before.kind in _OWNERS and above.before.kind == above.after.kind:
        return node.is_leaf or node.raw in _PARTS
    return node.is_leaf and node.raw.startswith("string") and above.before.raw.startswith("string")


def _hole(nodes: tuple[Node, ...], name: str, grammar: Grammar, *, many: bool) -> str:
    """What stands for a hole. The names of what is called and of keywords stay: they say what the code is
    about."""
    if many or not nodes or nodes[0].parent is None:
        return f"$$${name}"
    node = nodes[0]
    owner = node.parent
    if node.place == 0 and owner.kind in _NAMED and node.is_leaf and len(owner.children) > 1:
        return node.text
    if node.place == 0 and owner.kind in grammar.calls:
        last = list(node.leaves())[-1]
        if node.is_leaf:
            return node.text
        return f"${name}.{last.text}" if node.kind in _ACCESS else f"${name}"
    first, *_, last = list(node.leaves()) if node.children else [node, node]
    if _BRACKETS.get(first.text) == last.text:
        return f"{first.text}$$${name}{last.text}"
    return f"${name}"


def _statements(root: Node, kinds: frozenset[str]) -> Iterator[Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.raw in kinds:
            yield node
        elif node.has_body or node is root:
            waiting += reversed(node.children)
