"""Which binding a name of one file stands for: the Protocol, and the answer per language."""

from collections.abc import Callable
from typing import Protocol

from ast_grep_py import SgNode

from softwright.facts.structure.names_es import EsNames
from softwright.facts.structure.names_python import PythonNames


class Names(Protocol):
    """Name resolution inside one file; never guesses: what is not certain resolves to None."""

    def dotted(self, node: SgNode) -> str | None:
        """The absolute dotted name of an identifier or attribute chain, through the file's imports."""
        ...

    def heads(self, names: tuple[str, ...]) -> frozenset[str]:
        """The local names with which the spelling of one of these dotted names can begin in this file."""
        ...

    def is_replaced(self, dotted: str) -> bool:
        """True when the file itself replaces what the name stands for, or asks whether it is there."""
        ...


class NoNames:
    """For languages whose imports are not understood: nothing resolves."""

    def dotted(self, node: SgNode) -> str | None:
        """None, always."""
        del node
        return None

    def heads(self, names: tuple[str, ...]) -> frozenset[str]:
        """None, always."""
        del names
        return frozenset()

    def is_replaced(self, dotted: str) -> bool:
        """False, always: nothing resolves in the first place."""
        del dotted
        return False


RESOLVED: dict[str, Callable[[SgNode], Names]] = {
    "python": PythonNames,
    "javascript": EsNames,
    "typescript": EsNames,
    "tsx": EsNames,
}
"""Languages in which names resolve."""


def names_of(root: SgNode, language: str) -> Names:
    """The names of a parsed file."""
    make = RESOLVED.get(language)
    return make(root) if make else NoNames()
