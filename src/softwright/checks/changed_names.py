"""Which names of a Python module an edit can have changed for those who import it."""

import ast
import re
import warnings
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

Names = frozenset[bytes] | None
"""Names of a module that may have changed; None when it may be any of them."""

_WORD = re.compile(r"[^\W\d]\w*")
_STAR = frozenset({"*", "__all__", "__getattr__"})


@dataclass(frozen=True, slots=True)
class _Statement:
    """One statement of a module: its structure without places, the names it binds, the words in it."""

    shape: str
    binds: frozenset[str]
    words: frozenset[str]


def changed_names(before: bytes | None, after: bytes | None) -> Names:
    """Names bound at the top of the module by statements that differ, and by those that mention such names.

    None for a new or removed file, one that this Python cannot read, and wherever the exported names
    themselves are in question (`__all__`, a star import, a module's `__getattr__`).
    """
    if before is None or after is None:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            old, new = _statements(ast.parse(before)), _statements(ast.parse(after))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    counts = Counter(s.shape for s in new)
    counts.subtract(s.shape for s in old)
    changed = {name for s in (*old, *new) if counts[s.shape] for name in s.binds}
    grown = True
    while grown:
        more = {name for s in (*old, *new) if not changed.isdisjoint(s.words) for name in s.binds} - changed
        changed |= more
        grown = bool(more)
    if changed & _STAR:
        return None
    return frozenset(name.encode("utf-8", "surrogatepass") for name in changed)


def _statements(module: ast.Module) -> list[_Statement]:
    return [_Statement(ast.dump(s), frozenset(_binds(s)), frozenset(_words(s))) for s in module.body]


def _binds(statement: ast.stmt) -> Iterable[str]:
    """Names that a statement gives a meaning in its module: a function or class, else whatever is stored."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
        if isinstance(statement, ast.ClassDef):
            return
    for node in ast.walk(statement):
        if isinstance(node, ast.Global):
            yield from node.names
        elif isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).partition(".")[0]
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
            yield node.id
        elif isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            yield from (inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name))


def _words(statement: ast.stmt) -> Iterable[str]:
    """Identifiers in a statement, those in strings included: annotations may be strings."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 200:
            yield from _WORD.findall(node.value)
