"""Wrong-place edits: none, on real Python files, for the shipped rules and for rules that match all over."""

import ast
import random
import sysconfig
import warnings
from functools import cache
from pathlib import Path

import pytest
from tests.rewrite.stress import stress_rules  # type: ignore[import-not-found]

from softwright.core import apply_edits
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
            assert near or _is_deletion_or_import(source, edit.span.start, edit.new), (path, edit)


def _is_deletion_or_import(source: bytes, start: int, new: bytes) -> bool:
    """Edits beyond the matched spans only take commas and lines away, or touch an import statement."""
    if new.strip() in (b"", b"pass"):
        return True
    head = source[:start].rsplit(b"\n", 1)[-1]
    return b"import" in new or b"import" in source[max(0, start - 400) : start + 400] or not head.strip()


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
