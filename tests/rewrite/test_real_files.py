"""Wrong-place edits: none, on real Python files, for the shipped rules and for rules that match all over."""

import random
import sysconfig
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.rewrite.promises import broken_promises, compiles  # type: ignore[import-not-found]
from tests.rewrite.stress import stress_rules  # type: ignore[import-not-found]

from softwright.rewrite import Rule, all_rules

SHIPPED = [rule for rule in all_rules([]) if rule.language == "python"]
RULES: dict[str, Rule] = {rule.id: rule for rule in [*SHIPPED, *stress_rules()]}
GROUPS = 24
FILES = 240
"""Files per run; `make bench-rewrite` takes all."""
LARGEST = 40_000


@cache
def _sources() -> list[tuple[str, bytes]]:
    folder = Path(sysconfig.get_paths()["purelib"])
    paths = sorted(path for path in folder.rglob("*.py") if 200 < path.stat().st_size < LARGEST)
    return [(path.as_posix(), path.read_bytes()) for path in random.Random(7).sample(paths, FILES)]


@pytest.mark.parametrize("group", range(GROUPS))
def test_outside_of_the_sites_nothing_moves(group: int) -> None:
    """Under each rule alone and all shipped ones together, every promise is kept on every file."""
    for path, source in _sources()[group::GROUPS]:
        for rules in [*([rule] for rule in RULES.values()), SHIPPED]:
            _demand(rules, path, source)


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(range(FILES)), st.lists(st.sampled_from(list(RULES)), min_size=2, max_size=6, unique=True)
)
def test_rules_in_any_company_keep_the_promises(file: int, names: list[str]) -> None:
    """A few rules together, in any order, also where one rewrites what another has written."""
    _demand([RULES[name] for name in names], *_sources()[file])


def _demand(rules: list[Rule], path: str, source: bytes) -> None:
    names = ", ".join(rule.id for rule in rules)
    outcome, broken = broken_promises(rules, path, source)
    assert not broken, f"{names}: {path}: {'; '.join(broken)}"
    if outcome.refused:
        assert outcome.content == source


def test_the_sample_is_of_python_files() -> None:
    """The promises are not kept for want of files that parse."""
    assert sum(compiles(source) for _, source in _sources()) > FILES * 0.9
