"""Imports that follow a rewrite: added, dropped and replaced, per language."""

from softwright.rewrite.imports.fixer import FIXED, ImportFixer, Support, parse_import
from softwright.rewrite.imports.moves import Replaced, may_move, parse_moves
from softwright.rewrite.imports.python_home import Home
from softwright.rewrite.imports.spec import Leaving, Wanted, removal_names

__all__ = [
    "FIXED",
    "Home",
    "ImportFixer",
    "Leaving",
    "Replaced",
    "Support",
    "Wanted",
    "may_move",
    "parse_import",
    "parse_moves",
    "removal_names",
]
