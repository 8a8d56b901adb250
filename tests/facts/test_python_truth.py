"""Python facts against the standard library's own parser, on hundreds of real files."""

import ast
import sys
import sysconfig
import warnings
from collections import Counter
from pathlib import Path

import pytest

from softwright.facts.extract.batch import Batch
from softwright.facts.extract.languages import SPECS
from softwright.facts.extract.outline import Outliner

N_FILES = 400
# Documented differences: tree-sitter counts comments that end a body as part of it, and its grammar does not
# know a name dedented below its own line inside parentheses, which only this test of CPython's compiler has,
# nor `from __future__ import *`, which `ast` takes and no compiler does.
UNPARSED = {"test_compile.py", "badsyntax_future8.py"}


def real_files() -> list[Path]:
    """Every n-th file of the standard library and of what is installed, always the same ones."""
    roots = (Path(sysconfig.get_path("stdlib")), Path(sysconfig.get_path("purelib")))
    files = sorted({path for root in roots for path in root.rglob("*.py") if path.stat().st_size < 200_000})
    return [path for path in files[:: max(1, len(files) // N_FILES)] if path.name not in UNPARSED]


@pytest.fixture(scope="module")
def outliner() -> Outliner:
    """One compiled query for all files."""
    return Outliner(SPECS["python"])


class Truth(ast.NodeVisitor):
    """Definitions, imports and calls as `ast` sees them."""

    def __init__(self) -> None:
        self.inside: list[str] = []
        self.symbols: list[tuple] = []
        self.imports: list[tuple] = []
        self.calls: list[tuple] = []

    def definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        """A definition, then what is in it."""
        outer = ".".join(self.inside)
        self.inside.append(node.name)
        self.symbols.append((".".join(self.inside), outer, isinstance(node, ast.ClassDef), node.lineno))
        self.generic_visit(node)
        self.inside.pop()

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = definition  # noqa: N815

    def visit_Import(self, node: ast.Import) -> None:
        """`import a.b as c`."""
        self.imports += [(node.lineno, each.name, "", each.asname or "", 0) for each in node.names]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """`from .a import b as c`."""
        module = node.module or ""
        self.imports += [
            (node.lineno, module, each.name, each.asname or "", node.level) for each in node.names
        ]

    def visit_Call(self, node: ast.Call) -> None:
        """A call, with its extent, the number of arguments, and its keywords."""
        keywords = tuple(each.arg or "**" for each in node.keywords)
        n_arguments = len(node.args) + len(node.keywords)
        self.calls.append((node.lineno, node.end_lineno, n_arguments, keywords, _dotted(node.func)))
        self.generic_visit(node)


def _dotted(node: ast.expr) -> str | None:
    """`a.b.c` as text; None for anything else, whose spelling `ast` does not keep."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = _dotted(node.value)
        return f"{inner}.{node.attr}" if inner else None
    return None


def test_real_files_give_what_ast_sees(outliner: Outliner) -> None:
    """Symbols, imports and calls are equal, call by call, on every file this interpreter can parse."""
    compared = 0
    for path in real_files():
        source = path.read_bytes()
        try:
            with warnings.catch_warnings(action="ignore"):
                tree = ast.parse(source)
            source.decode()
            truth, batch = Truth(), Batch()
            truth.visit(tree)
        except (SyntaxError, ValueError, RecursionError):
            continue
        error = outliner.outline(source, "utf-8", 0, batch)
        symbols = [(s.qualified_name, s.parent, s.kind == "class", s.line) for s in batch.symbols]
        imports = [(i.line, i.module, i.name, i.alias, i.level) for i in batch.imports]
        calls = []
        for call in batch.tables()["raw_calls"].to_pylist() if batch.calls else ():
            named = call["callee"]
            dotted = named if named.replace(".", "").replace("_", "a").isalnum() else None
            numbers = (call["line"], call["end_line"], call["arguments"])
            calls.append((*numbers, tuple(call["keywords"]), dotted))
        assert error is None, path
        assert Counter(symbols) == Counter(truth.symbols), path
        assert Counter(imports) == Counter(truth.imports), path
        assert Counter(each[:4] for each in calls) == Counter(each[:4] for each in truth.calls), path
        # `(a).b()` is `().b` here and `a.b` to `ast`: every dotted name of ours must be one of its.
        assert not Counter(c for c in calls if c[4]) - Counter(truth.calls), path
        compared += 1
    assert compared > N_FILES * 0.8


def test_every_real_file_is_read(outliner: Outliner) -> None:
    """Files that this interpreter cannot parse still give facts, or an error with its line; none raises."""
    data = Path(sysconfig.get_path("stdlib")) / "test"
    odd = sorted(data.rglob("bad*.py")) + sorted(
        (Path(sysconfig.get_path("stdlib")) / "lib2to3").rglob("*.py")
    )
    for path in odd:
        batch = Batch()
        error = outliner.outline(path.read_bytes(), "latin-1", 0, batch)
        assert error is None or error.startswith("syntax error at line "), path
        assert batch.tables()["raw_units"].num_rows == 0
    assert odd or sys.version_info >= (3, 13)
