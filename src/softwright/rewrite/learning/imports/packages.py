"""Relative imports of Python examples by their full names, so that all files speak of one module alike."""

import sys
from collections.abc import Callable, Sequence

from softwright.rewrite.imports import Home
from softwright.rewrite.learning.imports.imported import SPELLINGS, Imported
from softwright.rewrite.learning.trees.tree import SyntaxTree

Named = Callable[[Imported], Imported]
"""What an import of one file is called in all files."""


def as_written(each: Imported) -> Imported:
    """The import as it stands."""
    return each


def is_respelled(old: str, new: str) -> bool:
    """True when of two modules one is relative, and the other may well be the same named in full."""
    if old.startswith(".") == new.startswith("."):
        return False
    dotted, full = (old, new) if old.startswith(".") else (new, old)
    bare = dotted.lstrip(".")
    return not bare or full == bare or full.endswith(f".{bare}")


class Packages:
    """The packages of a project, as the imports of all its examples (before and after) tell them."""

    def __init__(self, trees: Sequence[SyntaxTree]) -> None:
        read = [each for tree in trees for each in SPELLINGS[tree.language].read(tree)]
        roots = {each.module.partition(".")[0] for each in read if not each.module.startswith(".")}
        self._known = roots - sys.stdlib_module_names

    def named(self, path: str, language: str) -> Named:
        """How the imports of the file at `path` are called; relative where it does not tell the package."""
        if language != "python":
            return as_written
        home = Home(path)

        def full(each: Imported) -> Imported:
            module = home.absolute(each.module, self._known) if each.module.startswith(".") else None
            return each._replace(module=module) if module else each

        return full
