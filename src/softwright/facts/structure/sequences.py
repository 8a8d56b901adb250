"""Tokens that stand next to each other in a Python pattern, as regular expressions over bytes.

ast-grep lets the source have tokens that the pattern lacks where they carry no meaning of their own (a last
comma, `async`, parentheses of an import), and comments. So a pair counts only where the grammar allows
nothing else in between; all others end a sequence.
"""

import re
from collections.abc import Iterator

from ast_grep_py import SgNode

_GAP = rb"(?:[ \t\f\r\n\\]|#[^\n]*\n)*"
_BEFORE_A_TERM = {
    "raise": {"raise_statement"},
    "from": {"raise_statement", "import_from_statement"},
    "import": {"import_statement"},
    "except": {"except_clause"},
    "assert": {"assert_statement"},
    "return": {"return_statement"},
    "await": {"await"},
    "@": {"decorator"},
    ".": {"attribute", "dotted_name"},
    "(": {"argument_list"},
    "[": {"subscript"},
    "=": {"keyword_argument"},
    ":": {"try_statement", "except_clause", "finally_clause"},
}
"""Token -> nodes in which a name, a constant or a plain statement follows it at once."""
_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">=", "<>", "is", "in", "not"})
_BEFORE_A_COLON = frozenset({"try", "except", "finally"})
_AFTER_A_NAME = {
    ".": {"attribute", "dotted_name"},
    "(": {"argument_list"},
    "[": {"subscript"},
    "=": {"keyword_argument"},
}
_TERMS = frozenset({"identifier", "none", "true", "false", "pass", "continue", "break", "raise", "return"})
_SOFT = frozenset({"print", "exec", "match", "case", "type", "await", "async", "_"})
"""Names that are statements in some version of Python: their trees may differ from place to place."""


def sequences(root: SgNode) -> tuple[re.Pattern[bytes], ...]:
    """What a file must hold for a match of the pattern with this tree: sequences of two tokens at least."""
    found: list[list[str]] = [[]]
    before: SgNode | None = None
    for leaf in _leaves(root):
        if not (found[-1] and before is not None and _joined(before, leaf)):
            found.append([])
        before = leaf if _is_plain(leaf) else None
        if before is not None:
            found[-1].append(leaf.text())
    return tuple(dict.fromkeys(_expression(words) for words in found if len(words) > 1))


def _leaves(node: SgNode) -> Iterator[SgNode]:
    children = node.children()
    if node.kind() == "string" or not children:
        yield node
        return
    for child in children:
        yield from _leaves(child)


def _is_plain(leaf: SgNode) -> bool:
    text = leaf.text()
    return text.isascii() and bool(text) and text not in _SOFT and leaf.kind() not in ("comment", "string")


def _joined(left: SgNode, right: SgNode) -> bool:
    if _is_term(right):
        parent = _kind(left)
        if left.kind() in _COMPARISONS:
            return parent in ("comparison_operator", "is not", "not in")
        return parent in _BEFORE_A_TERM.get(left.kind(), ())
    if right.kind() == ":":
        return left.kind() in _BEFORE_A_COLON
    if right.kind() == "not" or (right.kind() == "in" and left.kind() == "not"):
        return _kind(right) in ("is not", "not in") and _kind(left) == _kind(right)
    return left.kind() == "identifier" and _kind(right) in _AFTER_A_NAME.get(right.kind(), ())


def _is_term(leaf: SgNode) -> bool:
    return leaf.kind() in _TERMS and _is_plain(leaf)


def _kind(leaf: SgNode) -> str:
    parent = leaf.parent()
    return parent.kind() if parent else ""


def _expression(words: list[str]) -> re.Pattern[bytes]:
    # no word boundary in front: with a plain word there the search is several times as fast
    each = [re.escape(word.encode()) + (_GROUP if word == "except" else b"") for word in words]
    return re.compile(_GAP.join(each) + (rb"\b" if words[-1][-1].isidentifier() else b""))


_GROUP = _GAP + rb"\*?"  # `except*` is taken for `except`
