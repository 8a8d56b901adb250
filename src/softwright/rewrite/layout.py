"""Layout of source text: lines, indentation, and the removal of list elements and statements."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from ast_grep_py import SgNode

from softwright.facts.structure import extent

BODIES = frozenset(
    {"module", "program", "block", "statement_block", "class_body", "source_file", "declaration_list"}
    | {"enum_body", "interface_body", "switch_body", "switch_case", "statement_list", "constructor_body"}
    | {"field_declaration_list", "object_type", "switch_block_statement_group"}
)
"""Kinds of nodes whose children are statements."""

_OPENERS = ("(", "[", "{", "<")


class Cut(NamedTuple):
    """A stretch to remove, and what to leave in its place."""

    start: int
    end: int
    leave: str = ""


@lru_cache(4)
def newline_of(text: str) -> str:
    """The line ending most lines of a text have."""
    crlf = text.count("\r\n")
    return "\r\n" if crlf * 2 > text.count("\n") else "\n"


def line_start(text: str, place: int) -> int:
    """Where the line that holds `place` begins."""
    return text.rfind("\n", 0, place) + 1


def line_end(text: str, place: int) -> int:
    """Just behind the line ending that follows `place`, or the end of the text."""
    end = text.find("\n", place)
    return len(text) if end < 0 else end + 1


def indentation(text: str, place: int) -> str:
    """White space that opens the line holding `place`."""
    start = line_start(text, place)
    end = start
    while end < len(text) and text[end] in " \t\f":
        end += 1
    return text[start:end]


def opens_line(text: str, place: int) -> bool:
    """True when only white space stands before `place` on its line."""
    return not text[line_start(text, place) : place].strip()


def cut_element(text: str, items: Sequence[tuple[int, int]], first: int, last: int) -> Cut:
    """What to remove so that the list `items` loses elements `first..last` with comma and layout.

    An element on lines of its own goes with those lines and the comment that closes them; the comments of
    its neighbours stay.
    """
    start, end = items[first][0], items[last][1]
    comma = _comma_after(text, end, items[last + 1][0] if last + 1 < len(items) else None)
    behind = comma or end
    if opens_line(text, start) and _closes_line(text, behind):
        rest_of_line = line_end(text, behind)
        if last + 1 < len(items) or comma or first == 0:
            return Cut(line_start(text, start), rest_of_line)
        if _holds_comment(text[items[first - 1][1] : start]) or _holds_comment(text[end:rest_of_line]):
            return Cut(line_start(text, start), rest_of_line)
        # the last element had no comma behind it: the one before loses its own
        return Cut(items[first - 1][1], end)
    if last + 1 < len(items):
        if _holds_comment(text[behind : items[last + 1][0]]):
            start -= len(text[:start]) - len(text[:start].rstrip(" \t")) if first > 0 else 0
            return Cut(start, behind)
        return Cut(start, items[last + 1][0])
    if first > 0 and not _holds_comment(text[items[first - 1][1] : start]):
        return Cut(items[first - 1][1], end)
    return Cut(start, behind)


def _holds_comment(gap: str) -> bool:
    """True when the stretch between two elements of a list, or behind the last, holds a comment."""
    return "#" in gap or "//" in gap or "/*" in gap


def cut_statement(text: str, node: SgNode) -> Cut:
    """What to remove for a statement: its whole lines when nothing else stands on them.

    In Python the only statement of a block leaves `pass`.
    """
    start, end = extent(node)
    parent = node.parent()
    alone = parent is not None and parent.kind() == "block" and len(_statements(parent)) == 1
    if alone and not text[start:end].startswith("{") and _is_python_block(parent):
        return Cut(start, end, "pass")
    behind = end
    while behind < len(text) and text[behind] in " \t;":
        behind += 1
    if opens_line(text, start) and _closes_line(text, behind):
        return Cut(line_start(text, start), line_end(text, behind))
    return Cut(start, behind)


def cut_lines(text: str, start: int, end: int) -> Cut:
    """The whole lines of a statement; of the blank lines around a stretch that is gone one goes as well."""
    first, last = line_start(text, start), line_end(text, end)
    above = text[line_start(text, first - 1) : first] if first else "\n"
    below = text[last : line_end(text, last)]
    if not text[:first].strip():
        while last < len(text) and not text[last : line_end(text, last)].strip():
            last = line_end(text, last)  # nothing is above: the file begins with code
    elif not above.strip() and below and not below.strip():
        last = line_end(text, last)
    return Cut(first, last)


def siblings_in_list(node: SgNode) -> tuple[list[SgNode], int]:
    """The elements of the comma-separated list around `node` and its place there; ([], -1) if in none."""
    parent = node.parent()
    if parent is None:
        return [], -1
    children = parent.children()
    has_comma = any(child.kind() == "," for child in children)
    brackets = len(children) >= 2 and children[0].kind() in _OPENERS
    if not has_comma and not (brackets and sum(c.is_named() for c in children) == 1):
        return [], -1
    if has_comma and not brackets and parent.kind() not in ("expression_list", "pattern_list"):
        return [], -1
    if parent.kind() == "parenthesized_expression":
        return [], -1
    items = [child for child in children if child.is_named() and child.kind() != "comment"]
    place = extent(node)
    for at, item in enumerate(items):
        if extent(item) == place:
            return items, at
    return [], -1


def lift(node: SgNode) -> SgNode:
    """The outermost ancestor that covers exactly the same text."""
    place = extent(node)
    parent = node.parent()
    while parent is not None and extent(parent) == place and parent.kind() not in BODIES:
        node, parent = parent, parent.parent()
    return node


def _statements(block: SgNode | None) -> list[SgNode]:
    if block is None:
        return []
    return [child for child in block.children() if child.is_named() and child.kind() != "comment"]


def _is_python_block(block: SgNode | None) -> bool:
    return block is not None and not any(child.kind() == "{" for child in block.children()[:1])


def _comma_after(text: str, place: int, limit: int | None) -> int | None:
    """Just behind the comma that follows `place` (white space between), None when there is none."""
    at = place
    while at < len(text) and (limit is None or at < limit) and text[at] in " \t\r\n\\":
        at += 1
    return at + 1 if text[at : at + 1] == "," else None


def _closes_line(text: str, place: int) -> bool:
    """True when nothing but white space or a line comment follows on the line."""
    rest = text[place : line_end(text, place)].strip()
    return not rest or rest.startswith(("#", "//"))
