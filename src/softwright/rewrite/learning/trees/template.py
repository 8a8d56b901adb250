"""The most general before -> after of one edit: equal parts become holes, everything else is literal.

Instead of anti-unifying pairs of edits, each edit is generalised as far as it allows, at every level of its
surroundings; edits of one shape then have one key, and groups fall out in linear time.
"""

import re
from dataclasses import dataclass

from softwright.rewrite.learning.trees.builder import Builder
from softwright.rewrite.learning.trees.diff import Pair, TreeDiff, TreeEdit
from softwright.rewrite.learning.trees.grammar import Grammar
from softwright.rewrite.learning.trees.holes import Cut, Hole, Template, tokens_of
from softwright.rewrite.learning.trees.lists import between_brackets
from softwright.rewrite.learning.trees.tree import CALLEE, Node, SyntaxTree

_METAVARIABLE = re.compile(r"\$[A-Z_$]")
_FEW_TOKENS = 4


@dataclass(slots=True, eq=False)
class Instance:
    """A template made from an edit of one example."""

    file: int
    edit: TreeEdit
    template: Template
    level: int


def generalise(
    diff: TreeDiff, edit: TreeEdit, level: int, *, joint: bool, unread: bool = False
) -> Template | None:
    """The template of an edit with `level` nodes of its surroundings, None where there is none.

    `joint` keeps other changes below the root as parts of the template; else they lie in holes. `unread`
    makes holes of list elements that were replaced or are gone; None where there are none.
    """
    pair = edit.pair if level == 0 else edit.above[-level]
    if pair is None and edit.after is None and level == 0 and not unread:
        return _deletion(edit.before, diff.before.grammar, literal=joint)
    if pair is None or not _may_be_root(pair, diff.before, level):
        return None
    builder = Builder(diff, None if joint else edit, unread=unread)
    made = builder.build(pair)
    if unread and not made.unread:
        return None
    return made if _is_sound(made, diff) else None


def _deletion(node: Node, grammar: Grammar, *, literal: bool) -> Template:
    """What is gone, as it stood or with holes: the arguments of a call, and names that stand in it twice.

    A `literal` with a name for its value goes whatever that is (`encoding=$A`).
    """
    made = Template(node, None)
    if is_bases(node):
        _hold_base(made, literal=literal)
        return made
    if literal and grammar.fields.get((node.raw, -1)) == "value":
        made.holes = [Hole(0, (node.children[-1],))]
        made.old = [Cut(node.children[-1].start, node.children[-1].end, made.holes[0])]
    call = node
    while len(call.children) == 1:
        call = call.children[0]
    inside = between_brackets(call.children[-1]) if call.children and not literal else None
    if inside is not None and call.children[-1].children[1:-1] and not call.children[-1].has_body:
        made.holes = [Hole(0, tuple(call.children[-1].children[1:-1]), many=True)]
        made.old = [Cut(*inside, made.holes[0])]
    elif not literal and node.size <= _FEW_TOKENS:
        names = [leaf for leaf in node.leaves() if leaf.raw in grammar.names]
        by_text = {
            text: [n for n in names if n.text == text] for text in dict.fromkeys(n.text for n in names)
        }
        twice = [same for same in by_text.values() if len(same) > 1]
        made.holes = [Hole(number, (same[0],)) for number, same in enumerate(twice)]
        made.old = [
            Cut(leaf.start, leaf.end, hole)
            for hole, same in zip(made.holes, twice, strict=True)
            for leaf in same
        ]
        made.old.sort(key=lambda cut: cut.start)
    made.key = (node.kind, tokens_of(node, made.old), None)
    return made


def is_bases(node: Node) -> bool:
    """True for the list of what a class is made from, with one element (Python)."""
    parent = node.parent
    is_list = node.raw == "argument_list" and parent is not None and parent.raw == "class_definition"
    return is_list and len(node.children) == 3


def _hold_base(made: Template, *, literal: bool) -> None:
    """The only base of a class goes by what its name stands for, however it is spelled."""
    base = made.before.children[1]
    if not literal:
        made.holes = [Hole(0, (base,))]
        made.old = [Cut(base.start, base.end, made.holes[0])]
    made.key = (made.before.kind, tokens_of(made.before, made.old), None)


def _may_be_root(pair: Pair, tree: SyntaxTree, level: int) -> bool:
    root = pair.before
    if root.raw == CALLEE or (pair.after is not None and pair.after.raw == CALLEE):
        return False
    if root.raw in tree.grammar.bodies or root.raw in tree.grammar.imports:
        return False
    if not root.has_body:
        return True
    if tree.language == "python":  # only the head of a definition: other blocks lie deeper
        return level == 0 and any(child.raw in tree.grammar.bodies for child in root.children)
    return level <= 2


def _is_sound(made: Template, diff: TreeDiff) -> bool:
    if made.after is None:
        return True
    old = diff.before.text[made.before.start : made.before.end]
    new = diff.after.text[made.after.start : made.after.end]
    if _METAVARIABLE.search(old) or _METAVARIABLE.search(new):
        return False
    return made.key[1] != made.key[2]
