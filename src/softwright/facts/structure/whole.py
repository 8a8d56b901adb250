"""Whether a match is all of a node: ast-grep also takes a node that says more than the pattern.

`assert $A` is found in `assert a, b`, `if $A: $$$B` in a statement with `else`, and `with $A: $$$B` in an
`async with`, as keywords that the pattern lacks are passed over. To find such places is useful; to put
something else there would lose what the pattern does not speak of.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ast_grep_py import SgNode

from softwright.facts.structure.pattern import pattern_node
from softwright.facts.structure.search import Match

_HOLE = re.compile(r"[$µ]+[A-Z_]\w*")
_MANY = ("$$$", "µµµ")
_MOST_KNOWN = 4096


@dataclass(frozen=True, slots=True)
class _Form:
    """A node of a pattern: how often each of its own keywords stands there, and its named children.

    `count` is their number, -1 for any; a child is None where anything goes.
    """

    words: Mapping[str, int]
    count: int
    parts: tuple["_Form | None", ...]

    def is_all_of(self, node: SgNode) -> bool:
        """True when the node has no further children, and no keyword more, nor have the nodes in it."""
        return self.count in (-1, len(_named(node.children()))) and self.has_words_of(node)

    def has_words_of(self, node: SgNode) -> bool:
        """True when no keyword stands there that the pattern lacks."""
        children = node.children()
        if Counter(_words(children)) - Counter(self.words):
            return False
        named = _named(children)
        return len(named) != len(self.parts) or all(
            part is None or part.has_words_of(child) for part, child in zip(self.parts, named, strict=True)
        )


_KNOWN: dict[tuple[str, str], tuple[_Form | None, ...]] = {}


def is_whole(match: Match) -> bool:
    """False when the node has children behind those that the pattern names, or keywords that it lacks."""
    pattern, kind = match.pattern, match.node.kind()
    forms = _KNOWN.get((pattern.digest, kind))
    if forms is None:
        if len(_KNOWN) > _MOST_KNOWN:
            _KNOWN.clear()
        forms = tuple(_form_of(given, pattern.language, kind) for given in _patterns(pattern.rule))
        _KNOWN[pattern.digest, kind] = forms
    return not forms or any(form is None or form.is_all_of(match.node) for form in forms)


def _patterns(rule: Mapping[str, Any]) -> Iterator[Any]:
    """The patterns of which a match is one: the rule's own, and those under `all` and `any`."""
    if "pattern" in rule:
        yield rule["pattern"]
    for key in ("all", "any"):
        for part in rule.get(key) or ():
            if isinstance(part, Mapping):
                yield from _patterns(part)


def _form_of(given: object, language: str, kind: str) -> _Form | None:
    """The form of the pattern's node of that kind; None where it is a node of another kind."""
    node = pattern_node(given, language)
    while node is not None and node.kind() != kind:
        inside = [child for child in node.children() if child.is_named()]
        node = inside[0] if len(inside) == 1 else None
    return _form(node) if node is not None else None


def _form(node: SgNode) -> _Form | None:
    children = node.children()
    if not children or _HOLE.fullmatch(node.text()):
        return None
    named = _named(children)
    is_open = any(child.text().startswith(_MANY) for child in children)
    return _Form(Counter(_words(children)), -1 if is_open else len(named), tuple(map(_form, named)))


def _named(children: list[SgNode]) -> list[SgNode]:
    return [child for child in children if child.is_named() and "comment" not in child.kind()]


def _words(children: list[SgNode]) -> list[str]:
    """Keywords: tokens of letters that are no nodes of their own."""
    return [child.text() for child in children if not child.is_named() and child.text().isalpha()]
