"""What the rewriter promises of any file, looked at from outside: by the bytes and by Python's own parser."""

import ast
import importlib
import importlib.util
import re
import sys
import warnings
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache

from softwright.core import Edit, apply_edits
from softwright.facts.structure import Tree
from softwright.facts.structure.syntax import grammar_tree, python_accepts
from softwright.rewrite import FileFacts, Rewrite, Rule, rewrite

PROMISES = (
    "edits do not give the content",
    "result does not compile",
    "second run changes again",
    "edit away from its site",
    "import of what is not there",
)
"""How a promise can be broken."""

_LAYOUT = re.compile(rb"(?:[\s,;()\\]|#[^\n]*)*")
_IMPORTS = ("import_statement", "import_from_statement", "future_import_statement")
_HOLDERS = ("module", "block", "_statement", "_clause", "_definition", "ERROR")
_KEPT = 64


_tree = lru_cache(4)(Tree)
"""A file is parsed once for all rules."""


def broken_promises(rules: Sequence[Rule], path: str, source: bytes) -> tuple[Rewrite, list[str]]:
    """The Python file after the rules, and which of `PROMISES` they broke on it."""
    facts = FileFacts(path, "python", (3, 13))
    outcome = rewrite(rules, source, facts, trees=_tree)
    return outcome, list(_broken(rules, source, outcome, facts)) if outcome.content != source else []


def _broken(rules: Sequence[Rule], source: bytes, outcome: Rewrite, facts: FileFacts) -> Iterator[str]:
    if apply_edits(source, outcome.edits) != outcome.content:
        yield PROMISES[0]
    if compiles(source) and not compiles(outcome.content):
        yield PROMISES[1]
    if rewrite(rules, outcome.content, facts, trees=_tree).content != outcome.content:
        yield PROMISES[2]
    sites = sorted((site.span.start, site.span.end) for site in outcome.sites)
    if not all(_at_home(edit, source, sites) for edit in outcome.edits):
        yield PROMISES[3]
    if any(_about_imports(edit, source) for edit in outcome.edits):
        new = _standard(outcome.content) - _standard(source)
        if not all(_is_there(*name) for name in new):
            yield PROMISES[4]


def compiles(source: bytes) -> bool:
    """Whether the parser of this interpreter takes the file."""
    return python_accepts(source)


def _module(source: bytes) -> ast.Module | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


# -- where edits may be ------------------------------------------------------------------------------------


def _at_home(edit: Edit, source: bytes, sites: Sequence[tuple[int, int]]) -> bool:
    """True for an edit of matched spans and the layout beside them, or of nothing but imports."""
    beside = _beside(edit, sites)
    if beside is not None and all(_LAYOUT.fullmatch(source, start, end) for start, end in beside):
        return True
    if not source[edit.span.start : edit.span.end].strip() and _is_imports(edit.new):
        return True
    lines = source.split(b"\n")
    return all(line in _import_lines(source) or not lines[line].strip() for line in _lines(edit, source))


def _lines(edit: Edit, source: bytes) -> range:
    """The lines of the file, from 0, that hold what the edit replaces."""
    first, last = (source.count(b"\n", 0, place) for place in (edit.span.start, edit.span.end))
    return range(first, last + (first == last or source[edit.span.end - 1 : edit.span.end] != b"\n"))


def _beside(edit: Edit, sites: Sequence[tuple[int, int]]) -> list[tuple[int, int]] | None:
    """The stretches of the edit that no site covers, None when it does not even touch one."""
    start, end = edit.span.start, edit.span.end
    touched = [site for site in sites[: bisect_right(sites, (end, sys.maxsize))] if site[1] >= start]
    gaps, at = [], start
    for first, last in touched:
        if first > at:
            gaps.append((at, first))
        at = max(at, last)
    if at < end:
        gaps.append((at, end))
    return gaps if touched else None


def _is_imports(new: bytes) -> bool:
    module = _module(new.strip())
    return module is not None and all(isinstance(node, ast.Import | ast.ImportFrom) for node in module.body)


@lru_cache(_KEPT)
def _import_lines(source: bytes) -> frozenset[int]:
    """Lines, from 0, on which a part of an import statement stands."""
    lines: set[int] = set()
    waiting = [grammar_tree(source, "python").root_node]
    while waiting:
        node = waiting.pop()
        if node.type in _IMPORTS:
            lines.update(range(node.start_point[0], node.end_point[0] + 1))
        elif node.type.endswith(_HOLDERS):
            waiting += node.children
    return frozenset(lines)


# -- what is imported --------------------------------------------------------------------------------------


def _about_imports(edit: Edit, source: bytes) -> bool:
    return b"import" in edit.new or not _import_lines(source).isdisjoint(_lines(edit, source))


@lru_cache(_KEPT)
def _standard(source: bytes) -> frozenset[tuple[str, str]]:
    """Names that a file imports from the standard library, with their modules."""
    module = _module(source)
    nodes = [node for node in ast.walk(module) if isinstance(node, ast.ImportFrom)] if module else []
    return frozenset(
        (node.module, alias.name)
        for node in nodes
        if node.module and not node.level and node.module.split(".")[0] in sys.stdlib_module_names
        for alias in node.names
        if alias.name != "*"
    )


@lru_cache(None)
def _is_there(module: str, name: str) -> bool:
    owner = importlib.import_module(module)
    return hasattr(owner, name) or importlib.util.find_spec(f"{module}.{name}") is not None
