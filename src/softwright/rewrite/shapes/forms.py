"""The form of a generalised change, as people read it."""

from collections.abc import Sequence
from string import ascii_uppercase

from softwright.rewrite.learning.trees.diff import Pair, TreeDiff
from softwright.rewrite.learning.trees.grammar import Grammar
from softwright.rewrite.learning.trees.holes import Hole, Template, code_with_holes
from softwright.rewrite.learning.trees.tree import Node
from softwright.rewrite.shapes.shaped import Form, Kind

_ACCESS = frozenset({"attribute", "member_expression", "selector_expression", "field_access"})
_NAMED = frozenset({"keyword_argument", "default_parameter", "pair", "keyed_element"})
_CALLS = frozenset(
    {"call", "call_expression", "method_invocation", "new_expression", "object_creation_expression"}
)
_OWNERS = _ACCESS | _NAMED | _CALLS
"""What says more than its changed name or value alone: the call and not the word that is called."""
_PARTS = _ACCESS | {"argument_list", "arguments"}
_BRACKETS = {"(": ")", "[": "]", "{": "}"}
_QUOTES = "\"'`"


def form_of(made: Template, diff: TreeDiff) -> tuple[Form | None, tuple[str, ...]]:
    """The form, and what its holes stand for; None where it would say nothing."""
    if made.after is None:
        return None, ()
    grammar, language = diff.before.grammar, diff.before.language
    names = _names(made.holes, grammar)
    before = code_with_holes(made.before, made.old, diff.before, names)
    after = code_with_holes(made.after, made.new, diff.after, names, is_fix=True)
    if before == after:
        return None, ()
    if after and before.strip(_QUOTES) == after and before[0] in _QUOTES:
        return Form(Kind.CODE, language, '"$A"', "$A"), (after,)
    text = diff.before.text
    holes = tuple(text[h.nodes[0].start : h.nodes[-1].end] if h.nodes else "" for h in made.holes)
    return Form(Kind.CODE, language, before, after), holes


def says_too_little(node: Node, above: Pair) -> bool:
    """True for a word or a literal by itself, and for a list of arguments without what they belong to."""
    if above.before.kind in _OWNERS and above.before.kind == above.after.kind:
        return node.is_leaf or node.kind in _PARTS
    return node.is_leaf and node.raw.startswith("string") and above.before.raw.startswith("string")


def _names(holes: Sequence[Hole], grammar: Grammar) -> dict[int, str]:
    """What stands for each hole, by its number; those that keep their text take no letter."""
    names: dict[int, str] = {}
    letter = 0
    for hole in holes:
        turn, at = divmod(letter, len(ascii_uppercase))
        name = f"{ascii_uppercase[at]}{turn or ''}"
        names[hole.number] = _name(hole, name, grammar)
        letter += f"${name}" in names[hole.number]
    return names


def _name(hole: Hole, name: str, grammar: Grammar) -> str:
    """What stands for a hole. Names of what is called and of keywords stay: they say what it is about."""
    if hole.many or not hole.nodes or hole.nodes[0].parent is None:
        return f"$$${name}"
    node = hole.nodes[0]
    owner = node.parent
    if owner is not None and node.place == 0:
        if owner.kind in _NAMED and node.is_leaf and len(owner.children) > 1:
            return node.text
        if owner.kind in grammar.calls and node.is_leaf:
            return node.text
        if owner.kind in grammar.calls and node.kind in _ACCESS:
            return f"${name}.{list(node.leaves())[-1].text}"
    first, *_, last = list(node.leaves()) if node.children else [node, node]
    if _BRACKETS.get(first.text) == last.text:
        return f"{first.text}$$${name}{last.text}"
    return f"${name}"
