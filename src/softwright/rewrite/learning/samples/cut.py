"""Short pieces of a file that stand alone: the statement around a place, with the imports that it needs."""

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from softwright.core import Span
from softwright.rewrite.syntax import count_errors, parse

MOST_LINES = 30
"""Lines of a piece."""
_IMPORTS = ("import_statement", "import_from_statement", "future_import_statement", "import_declaration")
_HEADS = (*_IMPORTS, "package_clause", "package_declaration")
_WORD = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True, slots=True)
class Piece:
    """Code that parses by itself, ending with a newline; `line` is where it begins in its file, from 1."""

    text: str
    line: int


class Cutter:
    """The pieces of one file."""

    def __init__(self, text: str, language: str) -> None:
        self.language = language
        self._tree, self._source = parse(text, language)
        self._root = self._tree.root_node
        self._heads = [self._text(node) for node in self._root.children if node.type in _HEADS]

    def pieces(self, span: Span, *, imports_first: bool = False) -> Iterator[Piece]:
        """Pieces around a place, the innermost first: each by itself, then with the imports it mentions.

        With `imports_first` each comes with its imports first.
        """
        node = self._root.descendant_for_byte_range(span.start, span.end)
        seen: set[str] = set()
        while node is not None and node.parent is not None:
            for text in self._forms(node, span):
                if text in seen or text.count("\n") > MOST_LINES:
                    continue
                seen.add(text)
                line = self._source.count(b"\n", 0, node.start_byte) + 1
                forms = [text, self._headed(text)][:: -1 if imports_first else 1]
                yield from (Piece(form, line) for form in dict.fromkeys(forms) if self._stands(form))
            node = node.parent

    def _forms(self, node: Node, span: Span) -> Iterator[str]:
        """The lines of a node, without its body where the place is not in it; none if it shares its lines."""
        start = self._source.rfind(b"\n", 0, node.start_byte) + 1
        stop = self._source.find(b"\n", node.end_byte)
        end = len(self._source) if stop < 0 else stop
        before, behind = self._source[start : node.start_byte], self._source[node.end_byte : end]
        if before.strip() or (behind.strip(b" \t\r;,") and not behind.strip().startswith((b"#", b"//"))):
            return
        body = node.child_by_field_name("body")
        if (
            body is not None
            and body.type == "block"
            and body.start_byte >= span.end
            and self.language == "python"
        ):
            head = self._source[start : body.start_byte].decode("utf-8", "replace").rstrip()
            yield _even(f"{head}\n{before.decode()}    ...")
        yield _even(self._source[start:end].decode("utf-8", "replace"))

    def _headed(self, text: str) -> str:
        """The text below the imports that it mentions."""
        words = set(_WORD.findall(text))
        wanted = [
            head for head in self._heads if words & set(_WORD.findall(head)) or head.startswith("package ")
        ]
        wanted = [head for head in wanted if head not in text and head.count("\n") < MOST_LINES // 3]
        return "\n".join(wanted) + "\n\n" + text if wanted else text

    def _stands(self, text: str) -> bool:
        return count_errors(parse(text, self.language)[0]) == 0

    def _text(self, node: Node) -> str:
        return self._source[node.start_byte : node.end_byte].decode("utf-8", "replace").replace("\r\n", "\n")


def _even(text: str) -> str:
    return textwrap.dedent(text.replace("\r\n", "\n")).strip("\n").rstrip() + "\n"
