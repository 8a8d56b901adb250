"""Which names of a Python module an edit can have changed for those who import it."""

import ast
import re
import warnings
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

Names = frozenset[bytes] | None
"""Names of a module that may have changed; None when it may be any of them."""

_WORD = re.compile(r"[^\W\d]\w*")
_STAR = frozenset({"*", "__all__", "__getattr__"})


@dataclass(frozen=True, slots=True)
class _Statement:
    """One statement at the top of a module, and the very bytes of its lines."""

    node: ast.stmt
    text: bytes

    @property
    def place(self) -> tuple[bytes, int, int | None]:
        """Equal for equal statements of two modules: the lines, and where in them it begins and ends."""
        return self.text, self.node.col_offset, self.node.end_col_offset

    def mentions(self, names: Collection[str]) -> bool:
        """True when one of the names is a word in it."""
        plain = self.text.isascii() and b"\\" not in self.text
        likely = [name for name in names if name.encode() in self.text] if plain else names
        return bool(likely) and any(word in names for word in _words(self.node))


def changed_names(before: bytes | None, after: bytes | None) -> Names:
    """Names bound at the top of the module by statements that differ, and by those that mention such names.

    None for a new or removed file, one that this Python cannot read, and wherever the exported names
    themselves are in question (`__all__`, a star import, a module's `__getattr__`).
    """
    if before is None or after is None or _cookie(before) != _cookie(after):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            old, new = _statements(before), _statements(after)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    changed = {name for s in _differing(old, new) for name in _binds(s.node)}
    rest = list({s.place: s for s in (*old, *new)}.values()) if changed else []
    fresh = changed
    while fresh:
        reached = [s for s in rest if s.mentions(fresh)]
        fresh = {name for s in reached for name in _binds(s.node)} - changed
        changed = changed | fresh
    if changed & _STAR:
        return None
    return frozenset(name.encode("utf-8", "surrogatepass") for name in changed)


def _differing(old: list[_Statement], new: list[_Statement]) -> list[_Statement]:
    """Statements of one module that the other has not, comments and layout aside."""
    counts = Counter(s.place for s in new)
    counts.subtract(s.place for s in old)
    odd = [s for s in (*old, *new) if counts[s.place]]
    shapes = {id(s): ast.dump(s.node) for s in odd}
    differ = Counter(shapes[id(s)] for s in new if id(s) in shapes)
    differ.subtract(shapes[id(s)] for s in old if id(s) in shapes)
    return [s for s in odd if differ[shapes[id(s)]]]


def _statements(source: bytes) -> list[_Statement]:
    lines = source.splitlines(keepends=True)
    found = []
    for node in ast.parse(source).body:
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
        if node.end_lineno is None or node.end_lineno > len(lines):
            raise ValueError("lines are counted in another way")
        found.append(_Statement(node, b"".join(lines[first - 1 : node.end_lineno])))
    return found


def _cookie(source: bytes) -> bytes | None:
    """The line that may name the file's encoding."""
    head = source.split(b"\n", 2)[:2]
    return next((line for line in head if line.lstrip().startswith(b"#") and b"coding" in line), None)


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
