"""The look at the result: did anything break, and is everything that was put in still one node?"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from tree_sitter import Node, Tree

from softwright.facts.structure.syntax import grammar_tree, python_accepts, python_fault
from softwright.rewrite.layout import BODIES
from softwright.rewrite.statements import Spared

ANY = "*"
"""As the parent of a `Placed`: whole neighbours below any node will do."""

_ENCODING = re.compile(r"coding[:=]")
_HEAD = 400  # characters that hold the first two lines of nearly every file
_OPERANDS = ("call", "attribute", "identifier", "subscript")
_OPAQUE = ("string", "comment", "template")


class Placed(NamedTuple):
    """A stretch of the new text (in bytes of UTF-8) and the kind of node its parent should be, "" for any."""

    start: int
    end: int
    parent: str = ""


def parse(text: str, language: str) -> tuple[Tree, bytes]:
    """The syntax tree of a text, and the bytes its places count."""
    source = text.encode("utf-8", "surrogatepass")
    return grammar_tree(source, language), source


def parse_statements(spared: Spared, language: str) -> Tree | None:
    """The tree of what `changed_statements` left of a text, None unless it is clean."""
    tree = grammar_tree(spared.source, language, spared.stretches)
    return None if tree.root_node.has_error else tree


def count_errors(tree: Tree) -> int:
    """Syntax errors and missing tokens in a tree."""
    if not tree.root_node.has_error:
        return 0
    count, waiting = 0, [tree.root_node]
    while waiting:
        node = waiting.pop()
        count += node.is_error or node.is_missing
        waiting += [child for child in node.children if child.has_error]
    return count


def is_accepted(text: str, language: str) -> bool:
    """What the language's own parser says, where one is at hand (Python); it sees wrong indentation too."""
    return language != "python" or python_fault(_for_python(text)) is None


def fault_line(text: str, language: str) -> int:
    """The line, from 1, of what that parser says against the text; 0 when it says nothing, or not where."""
    fault = python_fault(_for_python(text)) if language == "python" else None
    return fault.line if fault is not None else 0


def is_proven(text: str, language: str) -> bool:
    """True when the language's own parser is at hand, knows every error, and took the text."""
    return language == "python" and python_accepts(_for_python(text))


def _for_python(text: str) -> bytes | str:
    # A text that names an encoding is handed over as text: its bytes here are UTF-8 whatever it says.
    named = _ENCODING.search(text[:_HEAD])
    return text if named else text.encode("utf-8", "surrogatepass")


def stands_as_one(tree: Tree, place: Placed) -> bool:
    """True when the stretch is exactly one node, or whole neighbours below a parent of the wanted kind.

    Inside of strings and comments everything stands.
    """
    node = tree.root_node.descendant_for_byte_range(place.start, place.end)
    if node is None or place.start == place.end:
        return True
    if (node.start_byte, node.end_byte) == (place.start, place.end):
        return True
    if any(word in node.type for word in _OPAQUE):
        return True
    fits = place.parent == ANY or node.type == place.parent or {node.type, place.parent} <= BODIES
    return fits and _aligned(node, place)


def is_operand(new: str, parts: Sequence[Placed], language: str) -> bool:
    """True when the text by itself is one operand, such as a call, in which every part stands as one.

    In place of a call it needs no look at what stands around it.
    """
    tree, source = parse(new, language)
    children = tree.root_node.children
    if tree.root_node.has_error or len(children) != 1 or len(children[0].children) != 1:
        return False
    node = children[0].children[0]
    whole = (node.start_byte, node.end_byte) == (0, len(source))
    return whole and node.type in _OPERANDS and all(stands_as_one(tree, part) for part in parts)


def _aligned(node: Node, place: Placed) -> bool:
    starts = {child.start_byte for child in node.children}
    ends = {child.end_byte for child in node.children}
    return place.start in starts and place.end in ends
