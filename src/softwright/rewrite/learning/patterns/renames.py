"""Is a name that became another one renamed, or was another thing put in its place?

A symbol that is renamed is imported under its new name. Where the import of the old name went, stayed, or
the new name was there before, the new name means another thing: only where the author put it, and never in
imports.
"""

from collections.abc import Sequence

from softwright.rewrite.learning.trees.diff import TreeDiff
from softwright.rewrite.learning.trees.template import Instance
from softwright.rewrite.learning.trees.tree import SyntaxTree


def is_replaced(instances: list[Instance], diffs: Sequence[TreeDiff]) -> bool:
    """True when imports show that a name was not renamed but replaced."""
    template = instances[0].template
    if template.after is None or not template.before.is_leaf or not template.after.is_leaf:
        return False
    old, new = template.before.text, template.after.text
    for file in dict.fromkeys(instance.file for instance in instances):
        before, after = _imported(diffs[file].before), _imported(diffs[file].after)
        if old in before and (old in after or new not in after or new in before):
            return True
    return False


def _imported(tree: SyntaxTree) -> set[str]:
    return {
        leaf.text
        for node in tree.root.children
        if node.raw in tree.grammar.imports
        for leaf in node.leaves()
        if leaf.raw in tree.grammar.names
    }
