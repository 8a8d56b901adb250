"""A file as the tokens that count when an edit is compared with what a person wrote.

Layout does not count: whitespace, wrapping, trailing commas, the parentheses of imports, and parentheses that
only let an expression go over several lines. Comments and strings count.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from tree_sitter import Node

from softwright.facts.structure.syntax import grammar_tree

IMPORT_KINDS = {
    "python": frozenset({"import_statement", "import_from_statement", "future_import_statement"}),
    "javascript": frozenset({"import_statement"}),
    "typescript": frozenset({"import_statement"}),
    "tsx": frozenset({"import_statement"}),
    "go": frozenset({"import_declaration"}),
    "java": frozenset({"import_declaration"}),
}
"""Language -> kinds of the statements that only import. Also: the languages whose edits can be compared."""

_CONTENT = frozenset(
    {
        "string_content",
        "string_fragment",
        "multiline_string_fragment",
        "escape_sequence",
        "interpreted_string_literal_content",
        "raw_string_literal_content",
    }
)
_COMMENTS = frozenset({"comment", "line_comment", "block_comment"})
_ATOMS = _COMMENTS | {"string_content", "format_specifier"}
_CLOSING = frozenset({")", "]", "}", ">", "|}"})
_OPTIONAL_IN = frozenset({"parenthesized_expression", "with_clause", "parenthesized_type"})
_TUPLES = frozenset({"tuple", "expression_list", "pattern_list", "tuple_pattern"})
# In most languages the statement itself owns the parentheses around a condition.
_OWNERS = frozenset(
    {"if_statement", "while_statement", "do_statement", "switch_statement", "switch_expression"}
    | {"with_statement", "synchronized_statement"}
)


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a file in order: text, line from 0, first and last byte, whether an import holds it."""

    texts: tuple[str, ...]
    rows: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]
    imported: tuple[bool, ...]

    def without_imports(self) -> "Tokens":
        """The tokens outside of import statements."""
        kept = [at for at, inside in enumerate(self.imported) if not inside]
        return Tokens(
            tuple(self.texts[at] for at in kept),
            tuple(self.rows[at] for at in kept),
            tuple(self.spans[at] for at in kept),
            (False,) * len(kept),
        )


@lru_cache(256)
def tokens(text: str, language: str) -> Tokens:
    """The tokens of a file's text; a file with syntax errors has tokens as well."""
    source = text.encode("utf-8", "surrogatepass")
    found: list[tuple[str, int, int, int, bool]] = []
    joinable = -1  # where the last token ended, when it was a part of a string's content
    for leaf, imported in _leaves(grammar_tree(source, language).root_node, language):
        start, end = leaf.start_byte, leaf.end_byte
        content = leaf.type in _CONTENT
        shown = source[start:end].decode("utf-8", "replace")
        if leaf.type == "jsx_text":
            shown = " ".join(shown.split())
        if content and start == joinable and found:
            before = found.pop()
            found.append((before[0] + shown, before[1], before[2], end, imported))
        elif shown.strip() or (content and shown):
            found.append((shown, leaf.start_point[0], start, end, imported))
        joinable = end if content else -1
    return Tokens(
        tuple(each[0] for each in found),
        tuple(each[1] for each in found),
        tuple((each[2], each[3]) for each in found),
        tuple(each[4] for each in found),
    )


def _leaves(root: Node, language: str) -> Iterator[tuple[Node, bool]]:
    """Leaves that count, in order, each with whether an import statement holds it."""
    imports = IMPORT_KINDS[language]
    waiting = [(root, False)]
    while waiting:
        node, imported = waiting.pop()
        children = [] if node.type in _ATOMS else node.children
        if not children:
            yield node, imported
            continue
        imported = imported or node.type in imports
        bare = _is_layout(node, imported, language)
        following = ""
        kept: list[tuple[Node, bool]] = []
        for child in reversed(children):
            kind = child.type
            skip = (bare and kind in "()") or kind == "line_continuation"
            skip = skip or (kind == "," and _is_trailing(node, following, bare))
            if not skip:
                kept.append((child, imported))
            if kind not in _COMMENTS:
                following = kind
        waiting += kept


def _is_trailing(parent: Node, following: str, bare: bool) -> bool:
    """A comma after the last element; that after the only element of a tuple makes the tuple."""
    if following and following not in _CLOSING:
        return False
    return bare or parent.type not in _TUPLES or parent.named_child_count > 1


def _is_layout(node: Node, imported: bool, language: str) -> bool:
    """True where a node's own parentheses are layout: those of imports, and those that only wrap lines."""
    if imported:
        return node.type in {"import_from_statement", "future_import_statement", "import_spec_list"}
    if node.type not in _OPTIONAL_IN and node.type != "tuple":
        return False
    parent = node.parent
    if parent is None or node.start_point[0] == node.end_point[0]:
        return False
    if node.type in _OPTIONAL_IN:
        return language == "python" or parent.type not in _OWNERS
    return parent.type == "with_item"
