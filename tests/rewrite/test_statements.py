"""The statements that edits touch, alone in their places."""

import pytest

from softwright.facts.structure import Tree
from softwright.rewrite.statements import changed_statements
from softwright.rewrite.text_edit import TextEdit, apply_text_edits

TEXT = (
    'import a\n\n"é"\n\n\ndef f():\n    """doc\ndef g(): old()\n    """\n    old()\n\n\nclass C:\n    pass\n'
    + "x = 1\n" * 9
)


def edit(old: str, new: str) -> TextEdit:
    """The last place of `old` becomes `new`."""
    start = TEXT.rindex(old)
    return TextEdit(start, start + len(old), new)


@pytest.mark.parametrize(
    "edits",
    [
        [edit("old()", "fresh_né()")],
        [edit("a\n", "a, b\n"), edit("pass", "...")],
        [TextEdit(9, 9, "import b\n"), edit("old()", "b.fresh()")],
    ],
)
def test_places_are_those_of_the_whole(edits: list[TextEdit]):
    """What is left stands where it stands in the whole new text; what is not touched is blank."""
    masked = changed_statements(Tree(TEXT, "python"), edits)
    whole = apply_text_edits(TEXT, edits).encode()
    assert masked is not None
    assert len(masked) == len(whole)
    assert all(here in (there, ord("\n")) for here, there in zip(masked, whole, strict=True))
    assert all(one.new.encode() in masked for one in edits)
    assert b"x = 1" not in masked


def test_a_statement_is_left_whole():
    """All of a touched function is there, its strings included."""
    masked = changed_statements(Tree(TEXT, "python"), [edit("old()", "new()")])
    assert masked is not None
    assert masked.strip().startswith(b"def f():") and masked.strip().endswith(b"new()")


def test_large_changes_and_other_languages_are_parsed_whole():
    """Nothing is gained there."""
    assert changed_statements(Tree("f(old())\n", "python"), [TextEdit(2, 7, "new()")]) is None
    assert changed_statements(Tree("f();\n" * 9, "javascript"), [TextEdit(0, 1, "g")]) is None
