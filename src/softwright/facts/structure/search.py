"""Finding the sites of patterns in one file: one parse, any number of patterns."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ast_grep_py import SgNode, SgRoot

from softwright.core import InvalidInput, Span
from softwright.facts.structure.decoding import Decoded, decode
from softwright.facts.structure.names import Names, names_of
from softwright.facts.structure.pattern import Pattern
from softwright.facts.structure.pieces import Pieces
from softwright.facts.structure.targets import is_target

_VARIABLE = re.compile(r"\$+([A-Z_][A-Z0-9_]*)")


@dataclass(frozen=True, slots=True)
class Bound:
    """What a metavariable stands for: its text and, unless the sequence is empty, its byte span."""

    text: str
    span: Span | None
    kind: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True)
class Found:
    """One match: the byte span, its source text, the node kind, and the bound metavariables."""

    span: Span
    text: str
    kind: str
    bindings: dict[str, Bound] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Match:
    """One match with its live nodes; `start` and `end` count characters of the decoded text."""

    node: SgNode
    start: int
    end: int
    pattern: Pattern

    def one(self, name: str) -> SgNode | None:
        """The node a single metavariable is bound to."""
        return self.node.get_match(name)

    def many(self, name: str) -> list[SgNode]:
        """The nodes of a sequence metavariable, separators included."""
        return self.node.get_multiple_matches(name)

    def transformed(self, name: str) -> str | None:
        """Text computed by the pattern's `transform`, None when its source is unbound.

        ast-grep takes the indentation of the first line off the others before it transforms them; they get
        it back.
        """
        made = self.node.get_transformed(name)
        if made is None or "\n" not in made:
            return made
        source = self._source_of(name)
        return _indented_again(made, source) if source is not None else made

    def _source_of(self, name: str) -> SgNode | None:
        """The node that a transformed text is made from."""
        for _ in self.pattern.transform:
            variable = _VARIABLE.search(str(self.pattern.transform[name]))
            if variable is None:
                return None
            name = variable[1]
            if name not in self.pattern.transform:
                return self.one(name)
        return None


class Tree:
    """One parsed file. Nodes are only valid while the tree is kept."""

    def __init__(self, text: str, language: str) -> None:
        self.text = text
        self.language = language
        self._root = SgRoot(text, language)
        self.root: SgNode = self._root.root()
        self._names: Names | None = None
        self.pieces = Pieces(self.root, text)

    @property
    def names(self) -> Names:
        """Which binding each name of the file stands for."""
        if self._names is None:
            self._names = names_of(self.root, self.language)
        return self._names

    def matches(self, pattern: Pattern) -> Iterator[Match]:
        """Every match in source order, nested ones included, whose names resolve as demanded.

        A name that is written or deleted where it stands, or replaced somewhere in the file, never does.
        """
        heads = {variable: self.names.heads(names) for variable, names in pattern.resolves.items()}
        if not all(heads.values()):
            return
        config = _narrowed(pattern, heads) if heads else pattern.config()
        for piece in self._searched(pattern, heads):
            for node in piece.find_all(config):
                match = Match(node, *extent(node), pattern)
                if not heads or self._resolves(match):
                    yield match

    def _searched(self, pattern: Pattern, heads: Mapping[str, frozenset[str]]) -> list[SgNode]:
        """The nodes in which matches may lie, in order."""
        if pattern.kinds is None:
            return [self.root]
        within = {"match", *pattern.surely_bound}
        groups = [names for variable, names in heads.items() if variable in within]
        pieces = self.pieces.holding([*pattern.inner, *groups], pattern.kinds, weight=pattern.weight)
        return [self.root] if pieces is None else pieces

    def _resolves(self, match: Match) -> bool:
        for variable, allowed in match.pattern.resolves.items():
            node = callee(match.node) if variable == "match" else match.one(variable)
            dotted = self.names.dotted(node) if node is not None else None
            if node is None or dotted is None or not any(_stands_for(dotted, name) for name in allowed):
                return False
            if is_target(node) or self.names.is_replaced(dotted):
                return False
        return True


def find(pattern: Pattern, source: bytes) -> list[Found]:
    """All matches of `pattern` in a file, nested ones included, in source order; spans count bytes.

    A file that cannot be decoded (`decode` says why) has no matches.
    """
    if not pattern.may_match(source):
        return []
    try:
        decoded = decode(source, pattern.language)
    except InvalidInput:
        return []
    tree = Tree(decoded.text, pattern.language)
    return [found(match, decoded) for match in tree.matches(pattern)]


def found(match: Match, decoded: Decoded) -> Found:
    """The plain, picklable value of a match."""
    bindings: dict[str, Bound] = {}
    for name, is_many in match.pattern.metavariables.items():
        nodes = match.many(name) if is_many else [node for node in [match.one(name)] if node]
        if not nodes:
            if is_many:
                bindings[name] = Bound("", None, "", 0)
            continue
        start, end = extent(nodes[0])[0], extent(nodes[-1])[1]
        count = sum(1 for node in nodes if node.is_named())
        span = Span(decoded.byte_offset(start), decoded.byte_offset(end))
        bindings[name] = Bound(decoded.text[start:end], span, nodes[0].kind() if not is_many else "", count)
    span = Span(decoded.byte_offset(match.start), decoded.byte_offset(match.end))
    return Found(span, decoded.text[match.start : match.end], match.node.kind(), bindings)


def extent(node: SgNode) -> tuple[int, int]:
    """First and past-the-end character of a node."""
    place = node.range()
    return place.start.index, place.end.index


def _indented_again(made: str, source: SgNode) -> str:
    root = source.get_root().root()
    before = root.text()[: extent(source)[0] - extent(root)[0]].rpartition("\n")[2]
    indent = " " * (len(before) - len(before.lstrip(" ")))
    old, new = source.text().split("\n"), made.split("\n")
    if len(old) == len(new):
        taken = [line.startswith(indent) for line in old]
    else:
        taken = [bool(number and line) for number, line in enumerate(new)]
    return "\n".join(indent + line if cut else line for cut, line in zip(taken, new, strict=True))


def callee(node: SgNode) -> SgNode:
    """The called expression of a call, else the node itself."""
    if node.kind() in ("call", "call_expression", "new_expression"):
        called: Any = node.field("function") or node.field("constructor")
        return called or node
    return node


def _narrowed(pattern: Pattern, heads: Mapping[str, frozenset[str]]) -> Any:
    """The pattern for text that begins as a demanded name can.

    A rule that takes every name of a file would else be asked of all of them.
    """
    config = pattern.config()
    for variable, names in heads.items():
        begins = {"regex": rf"^(?:new|{'|'.join(re.escape(head) for head in sorted(names))})(?:[^\w$]|$)"}
        if variable == "match":
            config["rule"] = {"all": [begins, config["rule"]]}
        else:
            constraints = config.get("constraints", {})
            also = [constraints[variable]] if variable in constraints else []
            config["constraints"] = {**constraints, variable: {"all": [begins, *also]}}
    return config


def _stands_for(dotted: str, name: str) -> bool:
    return dotted.startswith(name[:-1]) if name.endswith(".*") else dotted == name
