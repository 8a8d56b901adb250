"""The two sides of a template as text and as tokens: code with holes in it."""

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from softwright.rewrite.learning.trees.tree import Node, SyntaxTree

_OPEN, _CLOSE = ("(", "[", "{"), (")", "]", "}")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(slots=True, eq=False)
class Hole:
    """A part that is the same before and after; `many` for a run of list elements, `separator` when they are
    joined by something else than commas afterwards."""

    number: int
    nodes: tuple[Node, ...]
    many: bool = False
    separator: str = ""

    @property
    def name(self) -> str:
        """Its metavariable without dollars."""
        turn, letter = divmod(self.number, len(_LETTERS))
        return _LETTERS[letter] + (str(turn) if turn else "")


@dataclass(slots=True, eq=False)
class Cut:
    """A stretch of one side that a hole stands for."""

    start: int
    end: int
    hole: Hole


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


def tokens_of(root: Node, cuts: Sequence[Cut]) -> tuple[object, ...]:
    """The tokens outside of the cuts and the numbers of the holes, in order."""
    tokens: list[object] = []
    for leaf, hole in _leaves_and_holes(root, cuts):
        if hole is not None:
            tokens.append((hole.hole.number, hole.hole.many, hole.hole.separator))
        elif leaf is not None and leaf.text:
            tokens.append(leaf.text)
    return tuple(tokens)


def _leaves_and_holes(root: Node, cuts: Sequence[Cut]) -> Iterator[tuple[Node | None, Cut | None]]:
    """The tokens outside of the cuts, and the cuts in their places."""
    waiting = list(reversed(cuts))
    until = -1
    for leaf in root.leaves():
        while waiting and waiting[-1].start <= leaf.start:
            cut = waiting.pop()
            until = max(until, cut.end)
            yield None, cut
        if leaf.start >= until and leaf.end > leaf.start:
            yield leaf, None
    for cut in reversed(waiting):
        yield None, cut


def code_with_holes(
    root: Node, cuts: Sequence[Cut], tree: SyntaxTree, names: dict[int, str], *, is_fix: bool = False
) -> str:
    """The text of `root` on one line where that is possible; `names` gives what stands for each hole.

    A hole of several elements whose name begins with `$$$` and that has a separator becomes `$join(…)` in a
    fix.
    """
    pieces: list[str] = []
    before: Node | None = None
    last_end = root.inner[0]
    multiline = _needs_lines(root, cuts)
    for leaf, cut in _leaves_and_holes(root, cuts):
        start = cut.start if cut is not None else leaf.start if leaf is not None else last_end
        gap = tree.text[last_end:start] if start > last_end else ""
        pieces.append(gap if multiline else _on_one_line(gap, before, leaf))
        if cut is not None:
            name = names[cut.hole.number]
            if is_fix and cut.hole.separator and name.startswith("$$$"):
                name = f'$join({name}, "{cut.hole.separator}")'
            pieces.append(name)
            last_end = cut.end
            before = None
        elif leaf is not None:
            pieces.append(tree.text[leaf.start : leaf.end])
            last_end = leaf.end
            before = leaf
    tail = tree.text[last_end : root.inner[1]] if root.inner[1] > last_end else ""
    if not multiline:
        tail = re.sub(r"\s*\n\s*", "", _COMMENT.sub("", tail))
    pieces.append(tail if multiline or tail.strip() else "")
    text = "".join(pieces)
    return textwrap.dedent(_indented_first(text, root, tree)) if multiline else text.strip()


def _needs_lines(root: Node, cuts: Sequence[Cut]) -> bool:
    if not root.has_body:
        return False
    bodies = [node for node in root.walk() if node.has_body and not any(c.has_body for c in node.children)]
    return any(not any(cut.start <= body.start and body.end <= cut.end for cut in cuts) for body in bodies)


def _indented_first(text: str, root: Node, tree: SyntaxTree) -> str:
    start = tree.text.rfind("\n", 0, root.start) + 1
    return tree.text[start : root.start] + text if not tree.text[start : root.start].strip() else text


_COMMENT = re.compile(r"(?:#|//)[^\n]*|/\*.*?\*/", re.DOTALL)


def _on_one_line(gap: str, before: Node | None, leaf: Node | None) -> str:
    """What stands between two tokens, without line breaks and comments."""
    if "\n" not in gap and "#" not in gap and "/*" not in gap:
        return gap
    gap = re.sub(r"\s*\\?\n\s*", " ", _COMMENT.sub("", gap))
    gap = re.sub(r"(?<=[(\[{]) +| +(?=[)\]},])", "", gap)
    if leaf is not None and leaf.text in _CLOSE:
        return gap.strip().rstrip(",").rstrip()
    if (before is not None and before.text in _OPEN) or (leaf is not None and leaf.text in (".", "?.")):
        return gap.strip()
    return gap
