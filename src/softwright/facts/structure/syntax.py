"""What parsers say of a file. The last answers are kept: the rewriter and the checks ask the same."""

import hashlib
import symtable
import sys
import threading
import warnings
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module

from tree_sitter import Language, Parser, Point, Range, Tree

GRAMMARS = {
    "python": ("tree_sitter_python", "language"),
    "javascript": ("tree_sitter_javascript", "language"),
    "typescript": ("tree_sitter_typescript", "language_typescript"),
    "tsx": ("tree_sitter_typescript", "language_tsx"),
    "go": ("tree_sitter_go", "language"),
    "java": ("tree_sitter_java", "language"),
    "rust": ("tree_sitter_rust", "language"),
}
"""Language -> the module and function that give its grammar."""

_KEPT = 16
_KEPT_ANSWERS = 64
_PARSER = ".".join(map(str, sys.version_info[:3]))
_WARNINGS = threading.Lock()  # warnings.catch_warnings changes a setting of the whole process


@dataclass(frozen=True, slots=True)
class PythonFault:
    """Why Python's own parser refuses a file; `line` from 1, `text` the line's source."""

    message: str
    line: int
    text: str


@cache
def grammar(language: str) -> Language:
    """The tree-sitter grammar of a language."""
    module, function = GRAMMARS[language]
    return Language(getattr(import_module(module), function)())


@lru_cache(_KEPT)
def grammar_tree(source: bytes, language: str, stretches: tuple[tuple[int, int], ...] | None = None) -> Tree:
    """The syntax tree of UTF-8 bytes; of nothing but these stretches of them, when given."""
    if stretches is None:
        return Parser(grammar(language)).parse(source)
    ranges = [Range(Point(0, start), Point(0, end), start, end) for start, end in stretches]
    return Parser(grammar(language), included_ranges=ranges).parse(source)


def python_fault(source: bytes | str) -> PythonFault | None:
    """What the parser of this interpreter says against a Python file, None when it takes it.

    Limits of the parser (depth, memory, zero bytes) are no fault of the file.
    """
    return _python_said(source)[1]


def python_accepts(source: bytes | str) -> bool:
    """True when the parser of this interpreter took the whole file; at its limits it did not."""
    return _python_said(source)[0]


def python_mark(source: bytes) -> str:
    """Names a file together with the parser of this interpreter, so that its answer can be handed on."""
    return f"{_PARSER}:{hashlib.sha1(source, usedforsecurity=False).hexdigest()}"


@lru_cache(_KEPT_ANSWERS)
def _python_said(source: bytes | str) -> tuple[bool, PythonFault | None]:
    # The symbol table is built and not the tree: that takes 40 % less time, and sees misplaced `global`
    # and `nonlocal` as well.
    try:
        with _WARNINGS, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            symtable.symtable(source, "file.py", "exec")  # type: ignore[arg-type]
    except SyntaxError as error:
        return False, PythonFault(error.msg, error.lineno or 0, (error.text or "").strip())
    except (ValueError, RecursionError, MemoryError):
        return False, None
    return True, None
