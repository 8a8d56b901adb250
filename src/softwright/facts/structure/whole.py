"""Whether a match is all of a node: ast-grep also takes a node that goes on behind the end of the pattern.

`assert $A` is found in `assert a, b`, `if $A: $$$B` in a statement with `else`. To find such places is
useful; to put something else there would lose what the pattern does not speak of.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ast_grep_py import SgNode

from softwright.facts.structure.pattern import pattern_node
from softwright.facts.structure.search import Match

_MANY = ("$$$", "µµµ")
_MOST_KNOWN = 4096
_KNOWN: dict[tuple[str, str], frozenset[int]] = {}


def is_whole(match: Match) -> bool:
    """False when the node has children behind those that the pattern names."""
    pattern, kind = match.pattern, match.node.kind()
    lengths = _KNOWN.get((pattern.digest, kind))
    if lengths is None:
        if len(_KNOWN) > _MOST_KNOWN:
            _KNOWN.clear()
        lengths = frozenset(_length(given, pattern.language, kind) for given in _patterns(pattern.rule))
        _KNOWN[pattern.digest, kind] = lengths
    return not lengths or -1 in lengths or _count(match.node) in lengths


def _patterns(rule: Mapping[str, Any]) -> Iterator[Any]:
    """The patterns of which a match is one: the rule's own, and those under `all` and `any`."""
    if "pattern" in rule:
        yield rule["pattern"]
    for key in ("all", "any"):
        for part in rule.get(key) or ():
            if isinstance(part, Mapping):
                yield from _patterns(part)


def _length(given: object, language: str, kind: str) -> int:
    """Number of named children of the pattern's node, -1 for any number or another kind of node."""
    node = pattern_node(given, language)
    while node is not None and node.kind() != kind:
        inside = [child for child in node.children() if child.is_named()]
        node = inside[0] if len(inside) == 1 else None
    if node is None or not node.children():
        return -1
    if any(child.text().startswith(_MANY) for child in node.children()):
        return -1
    return _count(node)


def _count(node: SgNode) -> int:
    return sum(child.is_named() and "comment" not in child.kind() for child in node.children())
