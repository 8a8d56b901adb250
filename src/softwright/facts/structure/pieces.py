"""The parts of a tree that hold a pattern's words: a search need not walk the rest.

A match holds the words that its pattern demands. So from the root one goes down to the child in which such a
word stands, for as long as the node itself is of no kind that the pattern matches, and searches only there.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence

from ast_grep_py import SgNode

_SMALL = 1500
"""Characters of a node that is searched as it is: to go down in it would cost more."""
_WORTH = 2500
"""Characters whose walk costs as much as one more piece: ast-grep reads a rule anew for each of them."""
_MOST_TEXT = 0.5
"""Part of the text beyond which the whole is searched."""

Piece = tuple[int, int, SgNode]
"""First and past-the-end character, and the node."""


class Pieces:
    """The nodes of one tree by place."""

    def __init__(self, root: SgNode, text: str) -> None:
        self.root: Piece = (0, len(text), root)
        self._text = text
        self._children: dict[int, tuple[list[int], list[Piece]]] = {}

    def holding(
        self, groups: Sequence[Collection[str]], kinds: Collection[str], *, weight: int = 1
    ) -> list[SgNode] | None:
        """Disjoint nodes, in order, of which every match of one of the `kinds` lies in one.

        A match holds a word of every group; `weight` is how much longer than most the rule takes to be read.
        None when it is better to search the whole tree.
        """
        if not groups or self.root[2].kind() in kinds:
            return None
        found: dict[tuple[int, int], Piece] = {}
        size, most = 0, max(4 if weight == 1 else 1, len(self._text) // (_WORTH * weight))
        for word in groups[0]:
            at = self._text.find(word)
            while at >= 0:
                piece = self._around(at, kinds)
                if piece[:2] not in found:
                    found[piece[:2]] = piece
                    size += piece[1] - piece[0]
                    if len(found) > most or size > _MOST_TEXT * len(self._text):
                        return None
                at = self._text.find(word, max(piece[1], at + 1))
        return [node for start, end, node in _outer(found.values()) if self._holds(start, end, groups[1:])]

    def _holds(self, start: int, end: int, groups: Sequence[Collection[str]]) -> bool:
        return all(any(self._text.find(word, start, end) >= 0 for word in group) for group in groups)

    def _around(self, place: int, kinds: Collection[str]) -> Piece:
        piece = self.root
        while piece[1] - piece[0] > _SMALL and (piece is self.root or piece[2].kind() not in kinds):
            starts, children = self.below(piece)
            at = bisect_right(starts, place) - 1
            if at < 0 or children[at][1] <= place:
                break
            piece = children[at]
        return piece

    def below(self, piece: Piece) -> tuple[list[int], list[Piece]]:
        """Where the children of a node begin, and they; those without text are left out.

        The piece is the root, or was given by this method.
        """
        known = self._children.get(id(piece))  # all pieces are kept here, so no other gets its id
        if known is None:
            children: list[Piece] = []
            for child in piece[2].children():
                place = child.range()
                if place.end.index > place.start.index:
                    children.append((place.start.index, place.end.index, child))
            known = self._children[id(piece)] = ([child[0] for child in children], children)
        return known


def _outer(pieces: Iterable[Piece]) -> list[Piece]:
    """In order, without those within another, as one that ends in the plain text of a template string is."""
    outer: list[Piece] = []
    for piece in sorted(pieces, key=lambda each: (each[0], -each[1])):
        if not outer or piece[0] >= outer[-1][1]:
            outer.append(piece)
    return outer
