"""Wrong-place edits: none, on real Python files, for the shipped rules and for rules that match all over."""

import ast
import importlib
import importlib.util
import random
import sys
import sysconfig
import warnings
from functools import cache
from pathlib import Path

import pytest
from tests.rewrite.stress import stress_rules  # type: ignore[import-not-found]

from softwright.core import Edit, apply_edits
from softwright.rewrite import FileFacts, Rule, all_rules, rewrite

FILES = 60
"""Files per run; `make bench-rewrite` takes all."""


@cache
def _sources() -> list[tuple[str, bytes]]:
    folder = Path(sysconfig.get_paths()["purelib"])
    paths = sorted(path for path in folder.rglob("*.py") if 200 < path.stat().st_size < 60_000)
    return [(path.as_posix(), path.read_bytes()) for path in random.Random(7).sample(paths, FILES)]


def _compiles(source: bytes) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(source)
        except (SyntaxError, ValueError):
            return False
    return True


@pytest.mark.parametrize("rule", [*all_rules([]), *stress_rules()], ids=lambda rule: rule.id)
def test_outside_of_the_sites_nothing_moves(rule: Rule) -> None:
    """Edits give the content; the result compiles where the file did; twice changes nothing."""
    for path, source in _sources():
        facts = FileFacts(path, "python", (3, 13))
        outcome = rewrite([rule], source, facts)
        if outcome.content == source:
            assert outcome.edits == ()
            continue
        assert apply_edits(source, outcome.edits) == outcome.content
        assert _compiles(outcome.content) or not _compiles(source)
        assert rewrite([rule], outcome.content, facts).content == outcome.content
        for edit in outcome.edits:
            near = any(s.span.start <= edit.span.start and edit.span.end <= s.span.end for s in outcome.sites)
            assert near or _is_deletion_or_import(source, edit), (path, edit)
        _demand_importable(source, outcome.content)


def _is_deletion_or_import(source: bytes, edit: Edit) -> bool:
    """Edits beyond the matched spans only take text away, or add to an import statement or a new one."""
    if edit.new.strip() in (b"", b"pass", b")"):
        return True
    if edit.new.strip().startswith((b"import ", b"from ")):
        return True
    first, last = (source.count(b"\n", 0, place) + 1 for place in (edit.span.start, edit.span.end))
    return any(start <= first and last <= end for start, end in _import_lines(source))


@cache
def _import_lines(source: bytes) -> list[tuple[int, int]]:
    nodes = ast.walk(ast.parse(source))
    return [(n.lineno, n.end_lineno or 0) for n in nodes if isinstance(n, ast.Import | ast.ImportFrom)]


def _demand_importable(before: bytes, after: bytes) -> None:
    """Every name that the result imports from the standard library, and the source did not, is there."""
    for module, name in _standard_imports(after) - _standard_imports(before):
        owner = importlib.import_module(module)
        assert hasattr(owner, name) or importlib.util.find_spec(f"{module}.{name}"), (module, name)


def _standard_imports(source: bytes) -> set[tuple[str, str]]:
    if not _compiles(source):
        return set()
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)]
    return {
        (node.module, alias.name)
        for node in nodes
        if node.module and not node.level and node.module.split(".")[0] in sys.stdlib_module_names
        for alias in node.names
        if alias.name != "*"
    }


def test_all_rules_at_once_agree_with_their_promises() -> None:
    """The whole library in one call: edits give the content, the result compiles, twice changes nothing."""
    rules = all_rules([])
    for path, source in _sources():
        facts = FileFacts(path, "python", (3, 13))
        outcome = rewrite(rules, source, facts)
        assert apply_edits(source, outcome.edits) == outcome.content
        assert _compiles(outcome.content) or not _compiles(source)
        if not outcome.refused:
            assert rewrite(rules, outcome.content, facts).content == outcome.content
