"""The command line, run in this process."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from durable import Home

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


@pytest.fixture(params=["sqlite", "postgresql"])
def durable(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """An empty home, with its databases in files or on a server, that the command line is pointed to."""
    url = request.getfixturevalue("postgres") if request.param == "postgresql" else ""
    monkeypatch.setenv("SOFTWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SOFTWRIGHT_DATABASE_URL", url)
    return Home(tmp_path / "home", url)
