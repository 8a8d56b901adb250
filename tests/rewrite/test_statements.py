"""The statements that edits touch, without those around them."""

import pytest

from softwright.facts.structure import Tree
from softwright.rewrite.statements import changed_statements
from softwright.rewrite.syntax import parse_statements
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
    """What is left stands where it stands in the whole new text, and is parsed without an error."""
    spared = changed_statements(Tree(TEXT, "python"), edits)
    whole = apply_text_edits(TEXT, edits).encode()
    assert spared is not None
    assert len(spared.source) == len(whole)
    for one in edits:
        at = whole.rindex(one.new.encode())
        assert spared.source[at:].startswith(one.new.encode())
        assert any(start <= at < end for start, end in spared.stretches)
    assert b"x = 1" not in spared.source
    assert parse_statements(spared, "python") is not None


def test_of_a_block_only_the_touched_statement_is_left():
    """The rest of a function is blank, and a statement that is indented gets an `if` above."""
    spared = changed_statements(Tree(TEXT, "python"), [edit("old()", "new()")])
    assert spared is not None
    assert spared.source.strip() == b"if 1:\n    new()"


def test_a_broken_change_is_seen():
    """What would not parse gives no tree."""
    spared = changed_statements(Tree(TEXT, "python"), [edit("old()", "old(")])
    assert spared is not None
    assert parse_statements(spared, "python") is None


def test_the_head_of_a_block_takes_the_block_with_it():
    """A change outside of the block of a compound statement leaves the statement whole, strings included."""
    spared = changed_statements(Tree(TEXT, "python"), [edit("f():", "fresh():")])
    assert spared is not None
    assert spared.source.strip().startswith(b"def fresh():") and spared.source.strip().endswith(b"old()")


def test_large_changes_and_other_languages_are_parsed_whole():
    """Nothing is gained there."""
    assert changed_statements(Tree("f(old())\n", "python"), [TextEdit(2, 7, "new()")]) is None
    assert changed_statements(Tree("f();\n" * 9, "javascript"), [TextEdit(0, 1, "g")]) is None
