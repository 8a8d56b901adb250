"""Diffs as values."""

from softwright.campaigns.report import file_diff


def test_changed_words_are_marked_and_lines_numbered() -> None:
    """A replaced line marks only its changed words; numbers are those of each side."""
    diff = file_diff("a.txt", b"one\ntwo words\nthree\n", b"one\ntwo new words\nthree\n")
    (hunk,) = diff.hunks
    assert [(line.kind, line.old, line.new) for line in hunk.lines] == [
        (" ", 1, 1),
        ("-", 2, None),
        ("+", None, 2),
        (" ", 3, 3),
    ]
    assert "<mark>" in hunk.lines[2].html
    assert (diff.added, diff.removed) == (1, 1)


def test_new_and_deleted_files() -> None:
    """A side that is absent is all additions or all removals, and deletion is said."""
    assert file_diff("a", None, b"x\ny\n").added == 2
    gone = file_diff("a", b"x\n", None)
    assert (gone.removed, gone.note) == (1, "file deleted")


def test_binary_and_invisible_changes_are_said() -> None:
    """No hunks, but a reason."""
    assert file_diff("a", b"\0", b"\0\1").note == "binary file"
    assert "mode or line ending" in file_diff("a", b"x\r\n", b"x\n").note


def test_markup_in_code_is_escaped() -> None:
    """Text of a file never becomes markup, coloured or not."""
    for name in ("a.py", "a.unknown"):
        diff = file_diff(name, b"x = 1\n", b"x = '<b>'\n")
        assert all("<b>" not in line.html for hunk in diff.hunks for line in hunk.lines)


def test_colouring_keeps_lines_apart() -> None:
    """A string over several lines is coloured line by line, so that each line's markup is closed."""
    text = b'x = """a\nb\nc"""\n'
    diff = file_diff("a.py", b"", text)
    for line in diff.hunks[0].lines:
        assert line.html.count("<span") == line.html.count("</span>")


def test_colours_are_those_of_the_whole_file() -> None:
    """A string that begins in the last line shown has the colour its end tells; so has what was deleted."""
    rest = 'def f():\n    """Says.\n\n    More.\n    """\n' + "x = 1\n" * 500
    changed = file_diff("a.py", b"a = 1\n" + rest.encode(), b"a = 2\n" + rest.encode())
    shown = [line.html for hunk in changed.hunks for line in hunk.lines]
    assert '<span class="sd">"""Says.' in shown[3]
    deleted = file_diff("a.py", b"import os\n" + rest.encode(), rest.encode())
    assert '<span class="kn">import</span>' in deleted.hunks[0].lines[0].html
