"""What people decided about single edits, in the content of one file."""

import pytest

from softwright.campaigns.shapes.protect import decided_content
from softwright.rewrite.shapes import shape_edits


def decided(before: str, after: str, line: str, correction: str | None) -> str:
    """The file when the first edit shown in a line was corrected, or rejected (None)."""
    old, new = before.encode(), after.encode()
    edit = next(each for each in shape_edits("a.py", old, new) if each.lines[1].strip() == line)
    content, _ = decided_content("repo", "a.py", old, new, {edit.digest("repo", "a.py"): correction})
    return (content or b"").decode()


def test_a_correction_takes_the_whole_line() -> None:
    """Other edits of that line give way to what a person wrote; those of other lines stay."""
    before = "x = old(1, old(2))\ny = old(3)\n"
    after = "x = new(1, new(2))\ny = new(3)\n"
    assert decided(before, after, "x = new(1, new(2))", "x = one()") == "x = one()\ny = new(3)\n"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_is_put_in_above_or_below_stays(end: str) -> None:
    """Statements that come before and after the corrected line, and the ends of lines, are kept."""
    before, after = "a()\nold(1)\nb()\n", "a()\nabove()\nnew(1)\nbelow()\nb()\n"
    before, after = before.replace("\n", end), after.replace("\n", end)
    wanted = "a()\nabove()\nmine()\nbelow()\nb()\n".replace("\n", end)
    assert decided(before, after, "new(1)", "mine()") == wanted


def test_a_rejected_edit_leaves_its_neighbours() -> None:
    """Only the edit itself is left out."""
    assert decided("x = old(1)\ny = old(2)\n", "x = new(1)\ny = new(2)\n", "x = new(1)", None) == (
        "x = old(1)\ny = new(2)\n"
    )


def test_the_correction_may_have_several_lines() -> None:
    """One line may become two, and a call over three lines one."""
    before = "def f():\n    old(\n        1,\n    )\n    return 1\n"
    after = before.replace("old(", "new(")
    assert decided(before, after, "new(", "    mine()\n    yours(") == (
        "def f():\n    mine()\n    yours(\n        1,\n    )\n    return 1\n"
    )
