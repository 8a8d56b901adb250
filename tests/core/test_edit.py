"""Edits: applied exactly where they say, refused when they contradict each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from softwright.core import Delete, Edit, InvalidInput, Patch, Span, Write, apply_edits, overlapping


def edit(start: int, end: int, new: bytes = b"") -> Edit:
    """An edit named by its span."""
    return Edit(Span(start, end), new, origin=f"{start}-{end}")


@st.composite
def disjoint_edits(draw: st.DrawFn) -> tuple[bytes, list[Edit]]:
    """A file and edits that do not overlap, in any order."""
    source = draw(st.binary(max_size=60))
    cuts = sorted(draw(st.lists(st.integers(0, len(source)), max_size=12, unique=True)))
    edits = [edit(a, b, draw(st.binary(max_size=5))) for a, b in zip(cuts[::2], cuts[1::2], strict=False)]
    return source, draw(st.permutations(edits))


@given(disjoint_edits())
def test_order_does_not_matter_and_the_rest_is_kept(case: tuple[bytes, list[Edit]]) -> None:
    """Edits in any order give the same bytes as replacing from the back."""
    source, edits = case
    expected = source
    for each in sorted(edits, key=lambda e: e.span.start, reverse=True):
        expected = expected[: each.span.start] + each.new + expected[each.span.end :]
    assert apply_edits(source, edits) == expected


@given(disjoint_edits())
def test_an_edit_is_undone_by_its_reverse(case: tuple[bytes, list[Edit]]) -> None:
    """Replacing what was put in by what was taken out restores the file."""
    source, edits = case
    back, shift = [], 0
    for each in sorted(edits, key=lambda e: e.span.start):
        start = each.span.start + shift
        back.append(edit(start, start + len(each.new), source[each.span.start : each.span.end]))
        shift += len(each.new) - len(each.span)
    assert apply_edits(apply_edits(source, edits), back) == source


@pytest.mark.parametrize(
    ("first", "second", "clash"),
    [
        ((0, 3), (3, 5), False),
        ((0, 3), (2, 5), True),
        ((0, 9), (4, 4), True),
        ((4, 4), (4, 4), True),
        ((0, 4), (4, 4), False),
        ((4, 4), (4, 6), False),
        ((2, 3), (0, 9), True),
    ],
)
def test_overlap(first: tuple[int, int], second: tuple[int, int], clash: bool) -> None:
    """Touching is fine; sharing a byte, inserting inside, or inserting twice at one place is not."""
    pair = [edit(*first), edit(*second)]
    assert bool(overlapping(pair)) is clash
    assert bool(overlapping(pair[::-1])) is clash


def test_overlap_behind_a_wide_edit_is_seen() -> None:
    """A wide edit clashes with a later one even when a small one lies between."""
    clashes = overlapping([edit(0, 20), edit(2, 3), edit(10, 12)])
    assert [(a.origin, b.origin) for a, b in clashes] == [("0-20", "2-3"), ("0-20", "10-12")]


def test_overlapping_edits_are_refused_by_name() -> None:
    """The message names both edits and their places."""
    with pytest.raises(InvalidInput, match=r"bytes 0-3 \(0-3\) and 2-5 \(2-5\) overlap"):
        apply_edits(b"abcdef", [edit(0, 3), edit(2, 5)])


def test_an_edit_past_the_end_is_refused() -> None:
    """No silent clipping."""
    with pytest.raises(InvalidInput, match="outside of the file's 3 bytes"):
        apply_edits(b"abc", [edit(2, 9)])


def test_patch_digest_names_the_operations() -> None:
    """Equal operations have equal digests whatever the order; mode, path and content all count."""
    a = Patch({"x": Write(b"1"), "y": Delete()})
    assert a.digest == Patch({"y": Delete(), "x": Write(b"1")}).digest
    others = [
        Patch({"x": Write(b"1")}),
        Patch({"x": Write(b"1", "100755"), "y": Delete()}),
        Patch({"z": Delete()}),
    ]
    assert len({p.digest for p in [a, *others]}) == 4
    assert not Patch()
