"""The command line, run in this process."""

import json

import pytest

from softwright.cli import main


class Cli:
    """Runs `softwright …` with the words of `noun` in front; remembers what was printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys
        self.noun: tuple[str, ...] = ()
        self.out = self.err = ""

    def __call__(self, *args: str) -> int:
        """The exit code."""
        code: object = 0
        try:
            main([*self.noun, *args])
        except SystemExit as end:
            code = end.code
        self.out, self.err = self.capsys.readouterr()
        assert isinstance(code, int | None)
        return code or 0

    def json(self, *args: str) -> list[dict[str, object]]:
        """The JSON of a command that must succeed."""
        assert self(*args, "--json") == 0, self.err
        return json.loads(self.out)


@pytest.fixture
def program(capsys: pytest.CaptureFixture[str]) -> Cli:
    """The whole command line."""
    return Cli(capsys)
