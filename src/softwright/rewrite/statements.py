"""The statements that edits touch, alone in their places: a look at them need not parse the whole file."""

from collections.abc import Sequence
from itertools import islice

from softwright.facts.structure import Tree
from softwright.facts.structure.search import extent
from softwright.rewrite.text_edit import TextEdit

BY_STATEMENT = frozenset({"python"})
"""Languages whose statements at the top stand each for itself, and whose own parser sees the whole result."""

_MOST = 0.7  # of the file; for more than that the whole is parsed


def changed_statements(tree: Tree, edits: Sequence[TextEdit]) -> bytes | None:
    """The text after `edits` (sorted, disjoint), line ends in place of all top statements not touched.

    Places in it are those of the whole new text, in bytes of UTF-8. None when the whole must be parsed.
    """
    if tree.language not in BY_STATEMENT or "\0" in tree.text:
        return None
    stretches = _stretches(tree, edits)
    if stretches is None or sum(end - start for start, end in stretches) > _MOST * len(tree.text):
        return None
    text, out, at = tree.text, [], 0
    waiting = list(reversed(edits))
    for start, end in stretches:
        out.append(b"\n" * len(_bytes(text[at:start])))
        at = start
        while waiting and waiting[-1].end <= end:
            edit = waiting.pop()
            out += (_bytes(text[at : edit.start]), _bytes(edit.new))
            at = edit.end
        out.append(_bytes(text[at:end]))
        at = end
    out.append(b"\n" * len(_bytes(text[at:])))
    return None if waiting else b"".join(out)


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
