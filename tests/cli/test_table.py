"""Tables on narrow terminals: what is dropped, wrapped and cut, and when rows become a few lines."""

import io

import pytest
from rich.text import Text

from softwright.cli.show import PlainConsole
from softwright.cli.table import fitted

NAME = "billing-service-with-a-long-name"
REASON = "two type errors that the unchanged tree does not have"


def drawn(
    columns: list[str], rows: list[list[str]], width: int | None, *, shorten: bool = True, numeric: int = -1
) -> list[str]:
    """The lines of a table on a terminal of this width, without blanks at their ends."""
    screen = io.StringIO()
    console = PlainConsole(file=screen, force_terminal=True, color_system=None, width=width or 200)
    cells = [[Text(cell) for cell in row] for row in rows]
    for part in fitted(columns, cells, numeric={numeric}, width=width, shorten=shorten):
        console.print(part)
    return [line.rstrip() for line in screen.getvalue().splitlines()]


def test_where_there_is_room_nothing_changes() -> None:
    """Every column stands, an empty one too."""
    lines = drawn(["repo", "sites", "reason"], [["api", "1", ""]], 40, numeric=1)
    assert lines == ["repo  sites  reason", "api       1"]


def test_empty_columns_go_first_and_then_names_are_cut() -> None:
    """A column that says nothing takes no room; a name ends in an ellipsis, in one line."""
    rows = [["api", "prepared", "1", ""], [NAME, "held", "12", ""]]
    assert drawn(["repo", "state", "sites", "reason"], rows, 49, numeric=2) == [
        "repo                              state     sites",
        "api                               prepared      1",
        f"{NAME}  held         12",
    ]
    assert drawn(["repo", "state", "sites", "reason"], rows, 40, numeric=2) == [
        "repo                     state     sites",
        "api                      prepared      1",
        "billing-service-with-a…  held         12",
    ]


@pytest.mark.parametrize("width", range(24, 90))
def test_no_word_is_ever_broken(width: int) -> None:
    """At any width each word of a text is whole in some line, and no line is longer than the terminal."""
    lines = drawn(["repo", "state", "reason"], [["api", "held", REASON], [NAME, "prepared", ""]], width)
    assert all(len(line) <= width for line in lines)
    words = {word.rstrip(",") for line in lines for word in line.split()}
    assert {"api", "held", "prepared", *REASON.split()} <= words
    assert any(line.startswith("billing-service") for line in lines)


def test_the_last_text_is_wrapped_beside_the_others() -> None:
    """Where it has room for a few words, the text keeps its column."""
    assert drawn(["repo", "state", "reason"], [["api", "held", REASON]], 44) == [
        "repo  state  reason",
        "api   held   two type errors that the",
        "             unchanged tree does not have",
    ]


def test_a_row_becomes_lines_where_nothing_else_helps() -> None:
    """The first cell, and below it the others with their titles; what is empty is left out."""
    rows = [["api", "ok", "58b34f325038", "2026-11-20 19:50"], ["web", "broken", "", "never"]]
    assert drawn(["repo", "state", "commit", "last sync"], rows, 30) == [
        "api",
        "  state ok, commit",
        "  58b34f325038, last sync",
        "  2026-11-20 19:50",
        "web",
        "  state broken, last sync",
        "  never",
    ]


def test_a_mark_stays_with_what_it_marks() -> None:
    """A first column without a title is no heading of its own."""
    rows = [["ok", "control groups", "bound memory and processes"]]
    assert drawn(["", "what", "found"], rows, 30)[0] == "ok control groups"


def test_what_somebody_asked_for_is_never_cut() -> None:
    """Without `shorten` a long first cell makes lines of the row, and is whole."""
    lines = drawn(["path", "state", "repo"], [["a/" * 14 + "x.py", "held", "api"]], 40, shorten=False)
    assert lines == ["a/" * 14 + "x.py", "  state held, repo api"]


def test_without_a_width_a_row_is_one_line() -> None:
    """In a pipe everything stands in its column."""
    assert len(drawn(["repo", "reason"], [[NAME, REASON]], None)) == 2
