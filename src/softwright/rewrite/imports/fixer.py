"""Imports that follow a rewrite: the Protocol, and who fixes them per language."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from ast_grep_py import SgNode

from softwright.core import InvalidInput
from softwright.facts.structure import Tree
from softwright.rewrite.imports.es import EsImports, parse_es
from softwright.rewrite.imports.go import GoImports, parse_go
from softwright.rewrite.imports.java import JavaImports, parse_java
from softwright.rewrite.imports.moves import Kept, Replaced
from softwright.rewrite.imports.python import PythonImports
from softwright.rewrite.imports.spec import NOTHING, Leaving, Wanted, parse_python
from softwright.rewrite.text_edit import TextEdit


class ImportFixer(Protocol):
    """Fixes the imports of one parsed file; made anew for every tree."""

    def expect(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Say which imports will be replaced afterwards (`imports.replace`)."""
        ...

    def spell(self, dotted: str, node: SgNode) -> str:
        """How the name `dotted` is written where `node` stands; an import is planned when none serves.

        Raises InvalidInput when no spelling is safe there.
        """
        ...

    def require(self, wanted: Wanted, nodes: Sequence[SgNode], leaving: Leaving = NOTHING) -> None:
        """Plan an import unless it is there; InvalidInput when its name means something else at a node.

        A name is free when all that it means goes with the rewrite (`leaving`).
        """
        ...

    def additions(self, taken: Sequence[tuple[int, int]]) -> list[TextEdit]:
        """Edits of the tree's text that add what was planned; statements in `taken` are being rewritten."""
        ...

    def removals(self, names: Sequence[str], before: Tree) -> list[TextEdit]:
        """Edits that drop imports matching `names` which were used in `before` and no longer are."""
        ...

    def replacements(self, pairs: Sequence[tuple[str, str]], is_kept: Kept) -> Replaced:
        """What the entries of `imports.replace` make of the file."""
        ...

    def doubled(self, before: Tree) -> list[TextEdit]:
        """Edits that drop names which are imported twice, and were not in `before`."""
        ...

    def sorted_again(self, before: Tree, place: Callable[[int], int]) -> list[TextEdit]:
        """Edits that restore an order of imports which the file had; `place` gives places in `before`."""
        ...


class Support(NamedTuple):
    """What a language needs for imports in rules; `fixer` is given the parsed file and its path."""

    fixer: Callable[[Tree, str], ImportFixer]
    parse: Callable[[str], list[Wanted]]


_ES = Support(EsImports, parse_es)
FIXED: dict[str, Support] = {
    "python": Support(PythonImports, parse_python),
    "javascript": _ES,
    "typescript": _ES,
    "tsx": _ES,
    "java": Support(lambda tree, _path: JavaImports(tree), parse_java),
    "go": Support(lambda tree, _path: GoImports(tree), parse_go),
}
"""Languages whose imports are fixed."""


def parse_import(statement: str, language: str, where: str = "") -> list[Wanted]:
    """The names that an import statement of a rule asks for; InvalidInput when it is none."""
    try:
        return FIXED[language].parse(statement)
    except InvalidInput as error:
        raise InvalidInput(error.message, hint=error.hint, where=where) from error
