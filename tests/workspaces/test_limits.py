"""Bounds must make sense."""

import pytest

from softwright.core import InvalidInput
from softwright.workspaces import LIMITS_HIT, ExecResult, Limits


@pytest.mark.parametrize(
    "name", ["wall_s", "cpu_s", "memory_mb", "processes", "file_mb", "output_kb", "disk_mb"]
)
def test_limit_must_be_above_zero(name: str) -> None:
    """Zero and less are refused, naming the limit and what is allowed."""
    with pytest.raises(InvalidInput, match=f"`{name}` is 0; allowed: a number above 0"):
        Limits(**{name: 0})


def test_only_a_clean_end_is_ok() -> None:
    """Exit code 0 at a limit is not ok."""
    assert ExecResult(("true",), 0).ok
    assert not ExecResult(("true",), 1).ok
    assert not any(ExecResult(("true",), 0, limit_hit=name).ok for name in LIMITS_HIT)
