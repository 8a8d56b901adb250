"""What is said of many repositories at once."""

import pytest

from softwright.cli.campaign_show import passed_over
from softwright.cli.progress import Progress


def test_a_long_work_is_told_now_and_then(capsys: pytest.CaptureFixture[str]):
    """Without a terminal: what is notable at once, of the rest the last at least, not a line for each."""
    with Progress("sync") as progress:
        progress.start(1000)
        for number in range(1000):
            progress.step(f"r{number}", "unreachable" if number == 7 else "ok", notable=number == 7)
    lines = capsys.readouterr().err.splitlines()
    assert "sync 8/1000 r7: unreachable" in lines
    assert lines[-1] == "sync 1000/1000 r999: ok"
    assert len(lines) < 20


def test_a_short_work_is_told_step_by_step(capsys: pytest.CaptureFixture[str]):
    """A few repositories get a line each."""
    with Progress("sync") as progress:
        progress.start(3)
        for number in range(3):
            progress.step(f"r{number}", "ok", notable=False)
    assert len(capsys.readouterr().err.splitlines()) == 3


def test_many_passed_over_for_one_state_are_one_line():
    """A decision about all of a delivered campaign does not list it."""
    rows = [(f"r{number}", "is delivered") for number in range(100)]
    rows += [("a", "is no-sites"), ("b", "is failed: unreachable")]
    assert list(passed_over(rows)) == ["100 are delivered (r0, r1, r2, …)", "b is failed: unreachable"]
