"""The statements that edits touch, without those around them: for a look at them no whole file is parsed."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from softwright.facts.structure import Tree
from softwright.facts.structure.pieces import Piece, Pieces
from softwright.facts.structure.search import extent
from softwright.rewrite.layout import line_start
from softwright.rewrite.text_edit import TextEdit, apply_text_edits

BY_STATEMENT = frozenset({"python"})
"""Languages whose statements at the top stand each for itself, and whose own parser sees the whole result."""

COMPOUND = frozenset(
    {"module", "block", "class_definition", "function_definition", "decorated_definition", "if_statement"}
    | {"elif_clause", "else_clause", "for_statement", "while_statement", "with_statement", "try_statement"}
    | {"except_clause", "except_group_clause", "finally_clause", "match_statement", "case_clause"}
)
"""Kinds of Python nodes that have statements in them."""

_MOST = 0.7  # of the file; for more than that the whole is parsed
_NEAR = 60  # characters that hold an `if` and an indentation


class Spared(NamedTuple):
    """A text of which only some stretches are to be parsed: first and past-the-end byte of each, in order."""

    source: bytes
    stretches: tuple[tuple[int, int], ...]


def changed_statements(tree: Tree, edits: Sequence[TextEdit]) -> Spared | None:
    """The text after `edits` (sorted, disjoint), line ends in place of the statements that they spare.

    Places in it are those of the whole new text, in bytes of UTF-8. None when the whole must be parsed.
    """
    if tree.language not in BY_STATEMENT or "\0" in tree.text:
        return None
    stretches = stretches_inside(tree, edits, _NEAR)
    if stretches is None or sum(end - start for start, end in stretches) > _MOST * len(tree.text):
        return None
    out: list[bytes] = []
    parsed: list[tuple[int, int]] = []
    at = written = 0
    for (start, end), new in zip(stretches, _rewritten(tree.text, stretches, edits), strict=True):
        code = _bytes(_opened(tree.text, start, new))
        room = len(_bytes(tree.text[at:start])) + len(_bytes(new)) - len(code)
        if room < 0 or (room == 0 and written):
            return None
        out += (b"\n" * room, code)
        parsed.append((written + room, written + room + len(code) + 1))  # with the line end behind
        at, written = end, parsed[-1][1] - 1
    out.append(b"\n" * (len(_bytes(tree.text[at:])) or 1))
    return Spared(b"".join(out), tuple(parsed))


def touched_statements(tree: Tree, edits: Sequence[TextEdit]) -> list[str] | None:
    """The new text of all top statements that `edits` (sorted, disjoint) touch; None when one is broken."""
    stretches = _stretches(tree, edits)
    if stretches is None:
        return None
    return [f"{new}\n" for new in _rewritten(tree.text, stretches, edits)]


def touched_inside(tree: Tree, edits: Sequence[TextEdit]) -> list[str] | None:
    """The new text of the innermost statements that `edits` (sorted, disjoint) touch, as whole code.

    None when one is broken.
    """
    stretches = stretches_inside(tree, edits)
    if stretches is None:
        return None
    rewritten = zip(stretches, _rewritten(tree.text, stretches, edits), strict=True)
    return [f"{_opened(tree.text, start, new)}\n" for (start, _), new in rewritten]


def _opened(text: str, start: int, new: str) -> str:
    """The new text of a stretch as code that stands alone: below an `if` when it is indented."""
    before = text[line_start(text, start) : start]
    code = before + new if not before.strip() else new
    return f"if 1:\n{code}" if code.lstrip("\r\n")[:1] in (" ", "\t") and code.strip() else code


def stretches_inside(tree: Tree, edits: Sequence[TextEdit], near: int = 0) -> list[tuple[int, int]] | None:
    """The stretches of the innermost statements that edits touch, in order; None when one is broken.

    Those with no more than `near` characters between are one. Also None for a language not `BY_STATEMENT`.
    """
    if tree.language not in BY_STATEMENT:
        return None
    stretches: list[tuple[int, int]] = []
    for edit in edits:
        stretch = _innermost(tree.pieces, edit)
        if stretch is None:
            return None
        while stretches and stretch[0] <= stretches[-1][1] + near:
            start, end = stretches.pop()
            stretch = (min(start, stretch[0]), max(end, stretch[1]))
        stretches.append(stretch)
    return stretches


def _innermost(pieces: Pieces, edit: TextEdit) -> tuple[int, int] | None:
    """The stretch of the innermost statements that an edit touches."""
    block: Piece | None = pieces.root
    stretch = (edit.start, edit.end)
    while block is not None:
        touched = _touched(pieces, block, edit)
        if any(node.kind() == "ERROR" for _, _, node in touched):
            return None
        if not touched:
            return edit.start, edit.end
        stretch = (min(edit.start, touched[0][0]), max(edit.end, touched[-1][1]))
        block = _block_around(pieces, touched[0], edit) if len(touched) == 1 else None
    return stretch


def _touched(pieces: Pieces, block: Piece, edit: TextEdit) -> list[Piece]:
    starts, children = pieces.below(block)
    last = bisect_left(starts, max(edit.end, edit.start + 1))
    first = max(0, bisect_left(starts, edit.start) - 1)
    return [
        child
        for child in children[first:last]
        if child[1] >= edit.start and child[0] < max(edit.start, edit.end)
    ]


def _block_around(pieces: Pieces, statement: Piece, edit: TextEdit) -> Piece | None:
    """The block in a compound statement that an edit lies in; None when it lies elsewhere, as in the head."""
    around = statement
    while around[2].kind() in COMPOUND:
        starts, children = pieces.below(around)
        at = bisect_right(starts, edit.start) - 1
        if at < 0 or edit.end > children[at][1]:
            return None
        around = children[at]
        if around[2].kind() == "block":
            return around
    return None


def _rewritten(text: str, stretches: Sequence[tuple[int, int]], edits: Sequence[TextEdit]) -> Iterator[str]:
    """Every stretch after the edits in it."""
    waiting = list(reversed(edits))
    for start, end in stretches:
        inside: list[TextEdit] = []
        while waiting and waiting[-1].end <= end:
            edit = waiting.pop()
            inside.append(TextEdit(edit.start - start, edit.end - start, edit.new))
        yield apply_text_edits(text[start:end], inside)


def _stretches(tree: Tree, edits: Sequence[TextEdit]) -> list[tuple[int, int]] | None:
    """First and past-the-end character of the touched statements, in order; None when one is broken."""
    statements = [(*extent(node), node) for node in tree.root.children()]
    found: list[tuple[int, int]] = []
    first = 0
    for edit in edits:
        start, end = edit.start, edit.end
        while first < len(statements) and statements[first][1] < edit.start:
            first += 1
        for begins, ends, node in islice(statements, first, None):
            if begins >= max(edit.end, edit.start + 1):
                break
            if node.kind() == "ERROR":
                return None
            if begins < edit.end or begins < edit.start:
                start, end = min(start, begins), max(end, ends)
        if found and start <= found[-1][1]:
            start, end = found[-1][0], max(end, found[-1][1])
            found.pop()
        found.append((start, end))
    return found


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
