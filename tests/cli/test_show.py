"""What is printed for people: control characters of repositories are shown, never obeyed."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.text import Text

from softwright.cli.show import PlainConsole, show_json, show_table, visible


def test_control_characters_are_written_out() -> None:
    """Escape sequences, bells and C1 controls become visible; tabs and line ends stay."""
    assert visible("a\x1b]0;title\x07\tb\n\x9bc\r") == "a\\x1b]0;title\\x07\tb\n\\x9bc\\x0d"


def test_a_terminal_gets_colours_but_no_escapes_from_text() -> None:
    """Rich's own style passes, the text's escape sequence does not."""
    screen = io.StringIO()
    PlainConsole(file=screen, force_terminal=True, color_system="standard").print(
        Text("x\x1b[2Jy", style="red")
    )
    printed = screen.getvalue()
    assert "\x1b[31m" in printed
    assert "\x1b[2J" not in printed
    assert "x\\x1b[2Jy" in printed


def test_a_table_leaves_room_for_what_is_written_out(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing of a cell is lost when its control characters take more room."""
    show_table(["x"], [["\x1b]0;t\x07"]])
    assert "\\x1b]0;t\\x07" in capsys.readouterr().out


def test_rows_stay_whole_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    """However long a row is, it is one line for grep and awk."""
    show_table(["a", "b"], [["x" * 300, "y z " * 100]])
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_json_has_no_nan(capsys: pytest.CaptureFixture[str]) -> None:
    """What JSON cannot say becomes null, the rest stays."""
    show_json([{"a": float("nan"), "b": (1.5, float("inf"))}])
    assert json.loads(capsys.readouterr().out) == [{"a": None, "b": [1.5, None]}]


@pytest.mark.parametrize("form", ["--json", "--no-pager"])
def test_a_reader_that_goes_away_is_no_fault(form: str, tmp_path: Path) -> None:
    """`| head` ends the program quietly and well, whatever it prints."""
    (tmp_path / "fleet.toml").write_text('name = "none"\n')
    question = "SELECT range AS a_number_of_many FROM range(90000)"
    with subprocess.Popen(
        [sys.executable, "-m", "softwright", "query", question, "--limit", "0", form],
        cwd=tmp_path,
        env={**os.environ, "SOFTWRIGHT_HOME": str(tmp_path / "home")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.read(1)
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0
