"""What is said of many repositories at once."""

import io
import re

import pytest

from softwright.app.campaigns import Progress as Run
from softwright.cli import campaign_progress
from softwright.cli.campaign_progress import RunProgress
from softwright.cli.campaign_show import passed_over
from softwright.cli.progress import Progress
from softwright.cli.show import PlainConsole


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


BEGUN = Run(total=40, done=0, reused=0, sites=0, counts={}, held={}, seconds=0.0)


def test_the_rate_is_that_of_this_call():
    """What was done before a run was taken up again counts as little as what was unchanged."""
    resumed = Run(total=40, done=22, reused=5, before=20, seconds=2.0)
    assert campaign_progress.rate(resumed) == (1.0, 18.0)
    assert campaign_progress.rate(Run(total=40, done=22, reused=20, seconds=2.0)) == (1.0, 18.0)
    assert "repositories/s" not in campaign_progress.line(Run(total=40, done=20, before=20, seconds=0.5))


def test_a_run_shows_its_size_from_the_start(monkeypatch: pytest.MonkeyPatch):
    """On a terminal: a spinner at once, then the total and what is pending, before any is done."""
    told = io.StringIO()
    console = PlainConsole(file=told, force_terminal=True, width=120)
    monkeypatch.setattr(campaign_progress, "err", console)
    with RunProgress() as progress:
        assert re.search("[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] reading the campaign", told.getvalue())
        progress.update(BEGUN)
        assert "0/40" in told.getvalue()
        assert "pending" in told.getvalue()


def test_a_run_without_a_terminal_says_its_size_first(capsys: pytest.CaptureFixture[str]):
    """The first line of a log names the total; the next comes when there is something to tell."""
    with RunProgress() as progress:
        progress.update(BEGUN)
        progress.update(BEGUN)
    assert capsys.readouterr().err == "run 0/40: 40 pending; 0 sites\n"
