"""Strings in trees: their text has no syntax."""

import re

from softwright.rewrite.learning.trees.diff import TreeEdit
from softwright.rewrite.learning.trees.grammar import Grammar
from softwright.rewrite.learning.trees.tree import Node


def is_content(node: Node, grammar: Grammar) -> bool:
    """True for what stands between the quotes of a string."""
    return node.raw in grammar.opaque and node.raw != "ellipsis"


def is_text_edit(edit: TreeEdit, level: int, grammar: Grammar) -> bool:
    """True for an edit inside a string that is no business of code: the text alone, or several words."""
    node = edit.before
    if not is_content(node, grammar):
        return False
    if level == 0 or re.search(r"\s", node.text):
        return True
    leaves = edit.above[-level].before.leaves()
    return all(not leaf.named or leaf.raw.startswith("string_") for leaf in leaves)
