"""Syntax trees as learning compares them: layout, comments and commas left out, equal code with equal hashes.

The kinds are those of the parser that patterns are matched with. Wrappers that change nothing (`type` in
Python, parentheses over several lines) are transparent, and what reads the same has the same kind: an
annotation `list[int]` and an expression `list[int]`.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from ast_grep_py import SgNode

from softwright.facts.structure import Tree, extent, read_imports
from softwright.rewrite.learning.trees.grammar import GRAMMARS, Grammar

_DROPPED = frozenset({",", ";"})
CALLEE = "(callee)"
"""`raw` of a node that the parser does not have: what is called, where a call holds owner, dot and name."""


@dataclass(slots=True, eq=False)
class Node:
    """One node. `kind` is normalised, `raw` is the parser's; `start` to `end` are the characters it covers
    with its transparent wrappers, `inner` those of the node itself. A leaf has `text`."""

    kind: str
    raw: str
    start: int
    end: int
    inner: tuple[int, int]
    named: bool
    parent: "Node | None"
    place: int = 0
    text: str = ""
    children: list["Node"] = field(default_factory=list)
    hash: int = 0
    size: int = 1
    has_body: bool = False
    _subtrees: dict[int, "Node"] | None = None
    _words: "Counter[str] | None" = None

    @property
    def is_leaf(self) -> bool:
        """True for a token."""
        return not self.children

    def leaves(self) -> Iterator["Node"]:
        """The tokens in order."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            if node.children:
                waiting += reversed(node.children)
            else:
                yield node

    def walk(self) -> Iterator["Node"]:
        """The node and everything below it, in order."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting += reversed(node.children)

    @property
    def subtrees(self) -> dict[int, "Node"]:
        """Hash -> first node, of all named nodes at and below this one."""
        if self._subtrees is None:
            self._subtrees = {}
            for node in self.walk():
                if node.named:
                    self._subtrees.setdefault(node.hash, node)
        return self._subtrees

    @property
    def words(self) -> "Counter[str]":
        """The texts of its tokens, with their numbers."""
        if self._words is None:
            self._words = Counter(leaf.text for leaf in self.leaves())
        return self._words

    def covers(self, other: "Node") -> bool:
        """True when `other` lies inside this node or is it."""
        return self.start <= other.start and other.end <= self.end


_POSTPONED = re.compile(r"^from __future__ import [^#\n]*\bannotations\b", re.MULTILINE)


class SyntaxTree:
    """A parsed file: `root`, `comments` as (start, end, text), and `tree`, on which patterns are matched."""

    def __init__(self, text: str, language: str) -> None:
        self.text = text
        self.language = language
        self.grammar = GRAMMARS[language]
        self.tree = Tree(text, language)
        self.comments: list[tuple[int, int, str]] = []
        self.root = self._build(self.tree.root, None)

    @cached_property
    def source(self) -> bytes:
        """The text in UTF-8."""
        return self.text.encode("utf-8", "surrogatepass")

    @cached_property
    def leaves(self) -> list[Node]:
        """All tokens, in order."""
        return list(self.root.leaves())

    @cached_property
    def origins(self) -> dict[str, set[str]]:
        """Word -> the modules that it is imported from (`from module import word`), in Python."""
        found: dict[str, set[str]] = {}
        for each in read_imports(self.tree.root) if self.language == "python" else ():
            for word in {each.name, each.alias} - {""} if each.module else ():
                found.setdefault(word, set()).add(each.module)
        return found

    @cached_property
    def postpones_annotations(self) -> bool:
        """True where Python does not evaluate annotations: they may hold what it could not (PEP 563)."""
        return self.language == "python" and _POSTPONED.search(self.text) is not None

    def _build(self, given: SgNode, parent: Node | None) -> Node:
        outer = extent(given)
        given = _unwrapped(given, self.grammar, self.text)
        kind, inner = given.kind(), extent(given)
        children = [] if kind in self.grammar.opaque else given.children()
        node = Node(self.grammar.same_kind.get(kind, kind), kind, *outer, inner, given.is_named(), parent)
        if not children:
            node.text = self.text[inner[0] : inner[1]]
            is_name = kind in self.grammar.names
            node.hash = hash(("" if is_name or not node.named else kind, node.text))
            node.has_body = kind in self.grammar.bodies
            return node
        is_import = kind in self.grammar.imports
        for child in self._flat(children):
            child_kind = child.kind()
            if child_kind in self.grammar.comments:
                start, end = extent(child)
                self.comments.append((start, end, self.text[start:end]))
                continue
            if child_kind in _DROPPED or (is_import and child_kind in "()"):
                continue
            if child_kind == "line_continuation":
                continue
            made = self._build(child, node)
            made.place = len(node.children)
            node.children.append(made)
        if kind in self.grammar.flat_calls:
            _fold_callee(node)
        node.hash = hash((node.kind, *(child.hash for child in node.children)))
        node.size = sum(child.size for child in node.children)
        node.has_body = kind in self.grammar.bodies or any(child.has_body for child in node.children)
        return node

    def _flat(self, children: list[SgNode]) -> list[SgNode]:
        if self.language != "python" or not any(child.kind() == "type_parameter" for child in children):
            return children
        flat: list[SgNode] = []
        for child in children:
            flat += child.children() if child.kind() == "type_parameter" else [child]
        return flat


def _fold_callee(call: Node) -> None:
    """Put owner, dot and name of a call below one node, as other languages have them."""
    parts = call.children[:-1]
    if len(parts) < 3:
        return
    start, end = parts[0].start, parts[-1].end
    callee = Node("field_access", CALLEE, start, end, (start, end), True, call, children=parts)
    for part in parts:
        part.parent = callee
    callee.hash = hash((callee.kind, *(part.hash for part in parts)))
    callee.size = sum(part.size for part in parts)
    callee.has_body = any(part.has_body for part in parts)
    call.children = [callee, call.children[-1]]
    call.children[-1].place = 1


def _unwrapped(node: SgNode, grammar: Grammar, text: str) -> SgNode:
    """The node below wrappers that mean nothing."""
    while True:
        kind = node.kind()
        if kind in grammar.transparent:
            children = node.children()
            if len(children) != 1:
                return node
            node = children[0]
        elif kind == "parenthesized_expression" and grammar is GRAMMARS["python"]:
            start, end = extent(node)
            inside = [child for child in node.children() if child.is_named() and child.kind() != "comment"]
            if "\n" not in text[start:end] or len(inside) != 1:
                return node
            if inside[0].kind() in ("yield", "named_expression"):
                return node
            node = inside[0]
        else:
            return node
