"""Files overlaid by changes, and the counting of lines."""

import difflib

from hypothesis import given
from hypothesis import strategies as st

from softwright.campaigns.draft import Draft, count_lines, line_edits
from softwright.core import Delete, Edit, Entry, Patch, Span, Write, apply_edits

BLOBS = {"b1": b"one\ntwo\n", "b2": b"x", "b3": b"target"}
LISTING = [
    Entry("a.txt", "b1", "100644", 8),
    Entry("run.sh", "b2", "100755", 1),
    Entry("link", "b3", "120000", 6),
]


def draft() -> Draft:
    """A draft over three files, one of them a link."""
    return Draft(LISTING, lambda blobs: ((b, BLOBS[b]) for b in blobs))


def test_an_untouched_draft_has_no_patch():
    """Nothing changed, nothing to deliver; links are not offered for change."""
    assert not draft().patch()
    assert draft().paths() == ["a.txt", "run.sh"]


def test_writing_and_writing_back_is_no_change():
    """A file that ends up as it was is not in the patch."""
    d = draft()
    d.write("a.txt", b"other", origin="x")
    d.write("a.txt", b"one\ntwo\n", origin="x")
    assert not d.patch()


def test_modes_are_kept():
    """An executable file stays executable."""
    d = draft()
    d.write("run.sh", b"y", origin="x")
    assert d.patch().files == {"run.sh": Write(b"y", "100755")}


def test_known_edits_are_kept_until_another_step_changes_the_file():
    """Edits of a rule are what a reviewer sees; after a second change they are computed anew."""
    d = draft()
    edits = (Edit(Span(0, 3), b"ONE", "rule"),)
    d.edit("a.txt", BLOBS["b1"], b"ONE\ntwo\n", edits)
    assert d.patch().edits == {"a.txt": edits}
    d.write("a.txt", b"ONE\nTWO\n", origin="command")
    found = d.patch().edits["a.txt"]
    assert apply_edits(BLOBS["b1"], found) == b"ONE\nTWO\n"
    assert found[0].origin == "rule, command"


def test_later_steps_see_earlier_ones():
    """Contents, paths and deletions overlay the snapshot."""
    d = draft()
    d.become(Patch({"a.txt": Delete(), "new.txt": Write(b"n")}), origin="cmd")
    assert d.paths() == ["new.txt", "run.sh"]
    assert dict(d.contents(["new.txt", "run.sh"])) == {"new.txt": b"n", "run.sh": b"x"}
    d.become(Patch({"a.txt": Delete()}), origin="cmd")
    assert d.patch().files == {"a.txt": Delete()}


LINES = st.lists(st.sampled_from([b"a\n", b"b\n", b"c\n", b"\n"]), max_size=12).map(b"".join)


@given(LINES, LINES)
def test_line_edits_turn_old_into_new(old, new):
    """Edits found by lines give exactly the new content, and the counts a diff would show."""
    edits = line_edits(old, new, "x")
    assert apply_edits(old, edits) == new
    found = count_lines(old, Write(new), edits)
    shown = list(difflib.ndiff(old.decode().splitlines(), new.decode().splitlines()))
    balance = sum(s.startswith("+") for s in shown) - sum(s.startswith("-") for s in shown)
    assert found.added - found.removed == balance
    assert found.added <= len(new.splitlines())


def test_lines_of_new_and_removed_files():
    """A new file adds all its lines, a removed one removes them; a missing final newline counts too."""
    assert count_lines(None, Write(b"a\nb"), ()).added == 2
    assert count_lines(b"a\nb\n", Delete(), ()).removed == 2


def test_two_edits_on_one_line_count_once():
    """A line touched twice is one line removed and one added; an inserted line is only added."""
    old = b"f(a, b)\ng()\n"
    edits = (Edit(Span(2, 3), b"x"), Edit(Span(5, 6), b"y"), Edit(Span(8, 8), b"new\n"))
    found = count_lines(old, Write(b""), edits)
    assert (found.added, found.removed) == (2, 1)
