"""What the outliner must be told about a language."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NamedTuple

from tree_sitter import Language, Node


class Role(IntEnum):
    """What a pattern of the query finds, and the captures it must have."""

    CALL = 0  # @f callee, @a arguments; the call begins where the callee does
    CALL_FROM = 1  # @c the call, @f last name of the callee, @a arguments; the callee is all up to the name
    NEW = 2  # @c the call, @f the type, @a arguments
    IMPORT = 3  # @i the statement
    MARK = 4  # @m a decorator or annotation: belongs to the next definition
    DEFINITION = 5  # @d the definition, @n its name, @b its body when it has one, more for `Spec.details`
    HOLDER = 6  # @n a name, @b a body whose definitions belong to it (`impl X`), no symbol of its own


class Imported(NamedTuple):
    """One imported name, and what it binds: `bound` is "" when it binds nothing that can be called."""

    module: str
    name: str = ""
    alias: str = ""
    level: int = 0
    is_type_checking: bool = False
    bound: str = ""
    target: str = ""


TYPE_KINDS = frozenset({"class", "interface", "enum", "struct", "trait", "type"})
"""Kinds whose functions are methods."""


class Details(NamedTuple):
    """What a definition tells beyond its name and place; `marks` are decorators that no pattern finds."""

    is_public: bool
    bases: Sequence[str] = ()
    signature: str = ""
    docstring_lines: int = 0
    marks: Sequence[str] = ()


@dataclass(frozen=True)
class Spec:
    """A language for the outliner: grammar, query patterns by role, and how to read what they find.

    `kind_of` names the symbol kind of a definition; `imports` lists what one import statement brings;
    `details` reads the captures of a definition with its name;
    `owner_of` names the type that a definition outside of it belongs to (Go's receivers), else "".
    `own_module`: names defined at the top of the file are reached through the file's own module name.
    """

    name: str
    grammar: Callable[[], Any]
    patterns: tuple[tuple[Role, str], ...]
    kind_of: Callable[[Node], str]
    imports: Callable[[Node, "Text"], Sequence[Imported]]
    details: Callable[[dict[str, list[Node]], "Text", str], Details]
    argument_counts: Mapping[str, int]
    """Types of `arguments` nodes whose children are not the arguments -> number of arguments."""
    owner_of: Callable[[Node, "Text"], str] = lambda node, text: ""
    comment: str = "//"
    own_module: bool = False
    remarks: tuple[bytes, ...] = (b"//", b"/*")
    """One of these is in every comment: such children are no arguments."""
    keywords: Callable[[Node, "Text"], list[str]] | None = None
    """Names of the keyword arguments among `arguments`, `**` for unpacked ones; None: there never are any."""
    for_parser: Callable[[bytes], bytes] = lambda source: source
    """What the parser is given in place of the source: as many bytes and the same facts, parsed sooner."""

    def language(self) -> Language:
        """The grammar, loaded."""
        return Language(self.grammar())


class Text:
    """The source of one file: slices as text in its own encoding."""

    __slots__ = ("_held", "encoding", "source")

    def __init__(self, source: bytes, encoding: str) -> None:
        self.source = source
        self.encoding = encoding
        self._held: dict[bytes, bool] = {}

    def holds(self, word: bytes) -> bool:
        """True when the word is anywhere in the source; looked for once."""
        found = self._held.get(word)
        if found is None:
            found = self._held[word] = word in self.source
        return found

    def of(self, node: Node) -> str:
        """The node's source."""
        return self.source[node.start_byte : node.end_byte].decode(self.encoding, "replace")

    def between(self, start: int, end: int) -> str:
        """The source from `start` to `end`."""
        return self.source[start:end].decode(self.encoding, "replace")

    def flat(self, node: Node) -> str:
        """The node's source on one line: runs of white space become one blank."""
        return " ".join(self.of(node).split())
