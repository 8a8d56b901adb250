"""Structural patterns: find places in source by the shape of the code."""

from softwright.facts.structure.called import called_name, found_at
from softwright.facts.structure.content import Content
from softwright.facts.structure.decoding import Decoded, decode
from softwright.facts.structure.imports_python import Import, read_imports
from softwright.facts.structure.inner import found_within, lies_within
from softwright.facts.structure.names import RESOLVED, Names
from softwright.facts.structure.names_es import EsImport, EsNames
from softwright.facts.structure.names_python import PythonNames, Role, Scope, Use, load_at, use_of
from softwright.facts.structure.pattern import PATTERN_KEYS, Pattern
from softwright.facts.structure.search import Bound, Found, Match, Tree, callee, extent, find, found
from softwright.facts.structure.targets import is_target
from softwright.facts.structure.whole import is_whole

__all__ = [
    "PATTERN_KEYS",
    "RESOLVED",
    "Bound",
    "Content",
    "Decoded",
    "EsImport",
    "EsNames",
    "Found",
    "Import",
    "Match",
    "Names",
    "Pattern",
    "PythonNames",
    "Role",
    "Scope",
    "Tree",
    "Use",
    "called_name",
    "callee",
    "decode",
    "extent",
    "find",
    "found",
    "found_at",
    "found_within",
    "is_target",
    "is_whole",
    "lies_within",
    "load_at",
    "read_imports",
    "use_of",
]
