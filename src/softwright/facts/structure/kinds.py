"""Kinds of node that a rule object can match: where it cannot, a search need not look."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ast_grep_py import SgNode

Kinds = frozenset[str]
NodeOf = Callable[[object], SgNode | None]
"""A pattern as written -> its tree, None when the tree says nothing certain."""

_KIND = re.compile(r"\w+")
_ANYTHING = re.compile(r"[$µ]+[A-Z0-9_]*")


def kinds_of(rule: Mapping[str, Any], utils: Mapping[str, Any], node_of: NodeOf) -> Kinds | None:
    """The kinds of all nodes that the rule object may match, and perhaps more; None for any kind."""
    return _Kinds(utils, node_of).of(rule)


class _Kinds:
    def __init__(self, utils: Mapping[str, Any], node_of: NodeOf) -> None:
        self._utils = utils
        self._node_of = node_of
        self._open: set[str] = set()

    def of(self, rule: Mapping[str, Any]) -> Kinds | None:
        """What every key of the object allows."""
        known = [kinds for kinds in self._demands(rule) if kinds is not None]
        return frozenset.intersection(*known) if known else None

    def _demands(self, rule: Mapping[str, Any]) -> Iterator[Kinds | None]:
        if isinstance(rule.get("kind"), str) and _KIND.fullmatch(rule["kind"]):
            yield frozenset({rule["kind"]})
        if "pattern" in rule:
            yield self._pattern(rule["pattern"])
        for part in _objects(rule.get("all")):
            yield self.of(part)
        if alternatives := _objects(rule.get("any")):
            kinds = [self.of(part) for part in alternatives]
            yield frozenset[str]().union(*(each for each in kinds if each)) if None not in kinds else None
        if isinstance(rule.get("matches"), str):
            yield self._util(rule["matches"])

    def _pattern(self, given: object) -> Kinds | None:
        node = self._node_of(given)
        if node is None or _ANYTHING.fullmatch(node.text().strip()):
            return None
        # of a lone statement ast-grep takes what is in it: any of the nodes with the same extent may be meant
        found = set() if isinstance(given, str) else {node.kind()}
        while _is_single(children := node.children()):
            node = children[0]
            found.add(node.kind())
        return frozenset(found)

    def _util(self, name: str) -> Kinds | None:
        if name in self._open or not isinstance(self._utils.get(name), Mapping):
            return None
        self._open.add(name)
        try:
            return self.of(self._utils[name])
        finally:
            self._open.discard(name)


def _is_single(children: list[SgNode]) -> bool:
    return len(children) == 1 or (len(children) == 2 and not children[1].text())


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [part for part in value if isinstance(part, Mapping)] if isinstance(value, list) else []
