"""The crash tests as a whole."""

from tests.crash.plan import KILLS


def test_the_suite_kills_twenty_times_at_least() -> None:
    """What each test must make adds up; that it makes them is asserted after each."""
    assert sum(KILLS.values()) >= 20
