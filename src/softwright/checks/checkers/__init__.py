"""Type checkers behind one interface: a tree and files in, diagnostics out."""

from softwright.checks.checkers.basedpyright import BasedPyright
from softwright.checks.checkers.checker import (
    Diagnoses,
    PatchedTree,
    Setting,
    TypeChecker,
    installed_version,
)
from softwright.checks.checkers.pyrefly import Pyrefly
from softwright.checks.checkers.ty import Ty

CHECKERS: dict[str, TypeChecker] = {checker.name: checker for checker in (Ty(), Pyrefly(), BasedPyright())}
"""Every type checker by name; the first is the default."""

__all__ = [
    "CHECKERS",
    "BasedPyright",
    "Diagnoses",
    "PatchedTree",
    "Pyrefly",
    "Setting",
    "Ty",
    "TypeChecker",
    "installed_version",
]
