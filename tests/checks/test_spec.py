"""The `check:` list of a campaign file."""

import pytest

from softwright.checks import CommandCheck, TypesCheck, ladder_from_spec
from softwright.core import InvalidInput
from softwright.workspaces import Limits


def test_names_and_commands():
    """Every form of an entry gives its check, in order."""
    entries = ["parse", "types", "lint", "secrets", {"command": "pytest -q", "wall_s": 30, "name": "tests"}]
    checks = ladder_from_spec(entries)
    assert [check.name for check in checks] == ["parse", "types", "lint", "secrets", "tests"]
    tests = checks[-1]
    assert isinstance(tests, CommandCheck)
    assert tests.command.argv == ("pytest", "-q")
    assert tests.command.limits == Limits(wall_s=30)


def test_checker_by_name():
    """The type checker is a setting."""
    (check,) = ladder_from_spec([{"types": {"checker": "pyrefly"}}])
    assert isinstance(check, TypesCheck)
    assert check.checker.name == "pyrefly"


def test_limits_of_the_campaign_are_the_default():
    """What a command does not bound itself is bounded by the campaign."""
    (check,) = ladder_from_spec([{"command": ["npm", "test"], "memory_mb": 512}], limits=Limits(wall_s=7))
    assert check.name == "npm test"
    assert (check.command.limits.wall_s, check.command.limits.memory_mb) == (7, 512)


@pytest.mark.parametrize(
    ("command", "argv"),
    [
        ("pytest -q 'tests/a b.py'", ("pytest", "-q", "tests/a b.py")),
        ("make lint && make test", ("/bin/sh", "-c", "make lint && make test")),
        ("CI=1 npm test", ("/bin/sh", "-c", "CI=1 npm test")),
    ],
)
def test_lines_and_shells(command, argv):
    """A plain line is split; one that needs a shell gets one."""
    assert ladder_from_spec([{"command": command}])[0].command.argv == argv


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("pars", "did you mean `parse`"),
        ("pytest -q", "command"),
        ("command", "needs its command"),
        (7, "not a check"),
        ({}, "not a check"),
        ({"typos": {}}, "did you mean `types`"),
        ({"lint": {"strict": True}}, "no options"),
        ({"types": {"cheker": "ty"}}, "did you mean `checker`"),
        ({"types": {"checker": "mypie"}}, "allowed: `basedpyright`"),
        ({"types": {"environment": "/nowhere/at/all"}}, "not a virtual environment"),
        ({"command": ""}, "empty"),
        ({"command": []}, "empty"),
        ({"command": ["make", "a", "&&", "make", "b"]}, "only a shell understands"),
        ({"command": 3}, "give a line"),
        ({"command": "echo 'a"}, "close the quote"),
        ({"command": "true", "wal_s": 3}, "did you mean `wall_s`"),
        ({"command": "true", "wall_s": "long"}, "a number above 0"),
        ({"command": "true", "wall_s": 0}, "above 0"),
        ({"command": "true", "net": "yes"}, "true or false"),
        ({"command": "true", "env": ["A"]}, "mapping"),
        ({"command": "true", "environment": "/tmp"}, "not a virtual environment"),
    ],
)
def test_wrong_entries(entry, words):
    """A wrong entry is named with its number, what is allowed, and what to do."""
    with pytest.raises(InvalidInput) as caught:
        ladder_from_spec(["secrets", entry])
    assert words in str(caught.value)
    assert caught.value.where == "check 2"


def test_two_of_one_name():
    """Verdicts are told apart by name."""
    with pytest.raises(InvalidInput, match="`lint`"):
        ladder_from_spec(["lint", {"command": "make lint", "name": "lint"}])
