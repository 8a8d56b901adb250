"""`softwright: ignore[rule-id]` comments: places a rule must leave alone."""

import re
from dataclasses import dataclass

from softwright.facts.structure import Tree, extent
from softwright.rewrite.layout import line_end, line_start, opens_line

MARK = "softwright:"
_COMMENT = re.compile(r"softwright:\s*ignore(?:\[(?P<ids>[^\]]*)\])?")
_KINDS = ("comment", "line_comment", "block_comment")


@dataclass(frozen=True, slots=True)
class Protection:
    """A comment that keeps rules off: where it begins, whether code stands before it, and the rules' ids.

    `ids` is None for all rules.
    """

    start: int
    is_alone: bool
    ids: frozenset[str] | None


def protections(tree: Tree) -> list[Protection]:
    """The protecting comments of a file; the same words in a string protect nothing."""
    if MARK not in tree.text:
        return []
    found: list[Protection] = []
    for node in tree.root.find_all(regex=MARK):
        if node.kind() not in _KINDS:
            continue
        for said in _COMMENT.finditer(node.text()):
            ids = said["ids"]
            names = None if ids is None else frozenset(word.strip() for word in ids.split(","))
            start = extent(node)[0]
            found.append(Protection(start + said.start(), opens_line(tree.text, start), names))
    return found


def is_suppressed(text: str, place: tuple[int, int], rule_id: str, marks: list[Protection]) -> bool:
    """Whether a comment tells the rule to leave the site at `place` alone.

    It counts on the first or the last line of the site, or on a line of its own just above.
    """
    start, end = place
    first = line_start(text, start)
    last = line_start(text, max(start, end - 1))
    above = line_start(text, first - 1) if first else first
    for mark in marks:
        on_it = first <= mark.start < line_end(text, start) or last <= mark.start < line_end(text, end)
        if (on_it or (mark.is_alone and above <= mark.start < first)) and _names(mark, rule_id):
            return True
    return False


def _names(mark: Protection, rule_id: str) -> bool:
    return mark.ids is None or rule_id in mark.ids
