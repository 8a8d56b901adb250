"""Lists of a syntax tree: what stands between their brackets, which elements stay, where they are again."""

from collections.abc import Sequence

from softwright.rewrite.learning.trees.diff import Aligned
from softwright.rewrite.learning.trees.tree import Node

_OPEN = ("(", "[", "{")
_WHOLES = (
    "argument_list parameters arguments formal_parameters type_arguments type_parameters parameter_list "
    "lambda_parameters inferred_parameters annotation_argument_list block statement_block constructor_body "
    "class_body interface_body"
)
_LISTS_ONLY = frozenset(_WHOLES.split())
"""Lists and blocks that are no expressions, so that no single metavariable can stand for them."""


def between_brackets(node: Node) -> tuple[int, int] | None:
    """The stretch between the brackets of a list that is no expression, None for anything else."""
    if node.raw not in _LISTS_ONLY or len(node.children) < 2 or node.children[0].text not in (*_OPEN, "<"):
        return None
    return node.children[0].end, node.children[-1].start


def elements_of(node: Node) -> list[Node]:
    """The named children between the brackets of a list."""
    children = node.children
    if node.kind == "subscript":
        children = children[1:]
    return [child for child in children if child.named]


def replaced_run(aligned: Aligned) -> list[Node]:
    """The elements of a list, from the first of those given on, that did not stay."""
    run: list[Node] = []
    for x, y in aligned:
        if x is None or not x.named or x.has_body or (y is not None and x.hash == y.hash):
            break
        run.append(x)
    return run


def is_same_element(x: Node | None, y: Node | None) -> bool:
    """True for an element that stands on both sides as it was."""
    return x is not None and y is not None and x.hash == y.hash and x.named


def place_of(run: tuple[int, ...], hashes: tuple[int, ...]) -> int | None:
    """Where the run begins."""
    return next((at for at in range(len(hashes) - len(run) + 1) if hashes[at : at + len(run)] == run), None)


def is_kept(run: tuple[int, ...], lists: Sequence[tuple[int, ...]], b: Node) -> bool:
    """True when the elements of a list stand side by side in a list of `b`; one alone must stand
    nowhere else."""
    if run in lists:
        return True
    if len(run) == 1 and sum(node.hash == run[0] for node in b.walk()) > 1:
        return False
    return any(place_of(run, each) is not None for each in lists)


def called_by(node: Node) -> list[Node]:
    """What a call calls, when it is the attribute of something: its name says more than the whole."""
    if len(node.children) < 2 or node.children[-1].raw not in _LISTS_ONLY:
        return []
    called = node.children[0]
    return [called] if len(called.children) == 3 and called.children[1].text in (".", "?.") else []


def operands_of(node: Node) -> tuple[list[Node], str]:
    """The operands of a left-deep chain of one binary operator, and the operator."""
    operands: list[Node] = []
    operator = ""
    while len(node.children) == 3 and not node.children[1].named and node.children[1].is_leaf:
        sign = node.children[1].text
        if sign in (".", "?.", "=", ":") or sign in _OPEN or (operator and sign != operator):
            break
        operator = sign
        operands.append(node.children[2])
        node = node.children[0]
    operands.append(node)
    return operands[::-1], operator
