"""What the rules do not make is said, whatever it is."""

from tests.rewrite.learning.test_learn import applied, example  # type: ignore[import-not-found]

from softwright.rewrite.learning import learn
from softwright.rewrite.learning.leftover import leftovers


def test_a_reproduced_example_leaves_nothing() -> None:
    """Where the rules do all that the author did, nothing is said."""
    shown = example("import os\nx = old_client(a)\n", "import os\nx = NewClient(a)\n")
    assert not learn([shown]).one_offs


def test_what_was_only_put_in_is_said() -> None:
    """A statement put in, a comment and an import that nothing asks for are no rules, and each is told of."""
    before = "import os\n\n\ndef f():\n    return old_client(a)\n"
    after = "import os\nimport sys\n\n\ndef f():\n    # new\n    prepare()\n    return NewClient(a)\n"
    learned = learn([example(before, after)])
    assert "NewClient" in applied(learned, before)
    assert [(one.line, one.after) for one in learned.one_offs] == [(2, "import sys"), (5, "# new prepare()")]


def test_lines_are_those_of_the_file_before() -> None:
    """Rules that take lines away do not move the places of what they leave."""
    before = "@drop\ndef f(): ...\n\n\nx = 1\n"
    made, after = before.replace("@drop\n", ""), "def f(): ...\n\n\nx = 2\n"
    assert [(one.line, one.before, one.after) for one in leftovers(example(before, after), made)] == [
        (5, "1", "2")
    ]


def test_layout_is_said_once() -> None:
    """Lines that were only broken otherwise count as one, however many there are."""
    shown = example("f(a, b)\nx()\nf(c, d)\n", "f(\n    a, b\n)\nx()\nf(\n    c, d\n)\n")
    found = leftovers(shown, shown.before)
    assert [(one.line, one.before) for one in found] == [(1, "f(a, b)")]


def test_another_order_is_said_once_and_as_such() -> None:
    """Imports that only changed places, in a line or from line to line, are no edits put in and taken out."""
    before = "import b\nfrom c import z, y\nimport a\n\nx()\n"
    after = "import a\nimport b\nfrom c import y, z\n\nx()\n"
    (found,) = leftovers(example(before, after), before)
    assert found.why.startswith("only the order is another")
