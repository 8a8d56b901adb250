"""Edits composed over rounds always give the current text from the original."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from softwright.rewrite.text_edit import Composition, TextEdit, apply_text_edits

_text = st.text(alphabet="ab\néx", max_size=30)


@st.composite
def _edits(draw: st.DrawFn, text: str) -> list[TextEdit]:
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=6)))
    pairs = list(zip(cuts[::2], cuts[1::2], strict=False))
    return [TextEdit(a, b, draw(st.text(alphabet="yz\n", max_size=4)), "r") for a, b in pairs]


@settings(max_examples=300, deadline=None)
@given(data=st.data(), original=_text, rounds=st.integers(1, 4))
def test_rounds_compose(data: st.DataObject, original: str, rounds: int) -> None:
    """After any rounds, the edits applied to the original are the current text, and do not overlap."""
    composition = Composition(original)
    for _ in range(rounds):
        composition.add(data.draw(_edits(composition.current)))
    edits = composition.edits()
    assert apply_text_edits(original, edits) == composition.current
    for one, two in pairwise(edits):
        assert one.end <= two.start


@settings(max_examples=200, deadline=None)
@given(data=st.data(), original=_text)
def test_untouched_characters_keep_their_place(data: st.DataObject, original: str) -> None:
    """`original_place` points at the same character, or says that it was replaced."""
    composition = Composition(original)
    composition.add(data.draw(_edits(original)))
    for place, letter in enumerate(composition.current):
        before = composition.original_place(place)
        assert before is None or original[before] == letter
