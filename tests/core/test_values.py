"""Spans, positions, errors, digests, languages and verdicts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from softwright.core import (
    Cost,
    InvalidInput,
    Outcome,
    OutsideFault,
    Position,
    Span,
    SystemClock,
    Verdict,
    counted,
    digest,
    language_of,
    line_starts,
    nearest,
    position_of,
)


@given(st.binary(max_size=80), st.data())
def test_position_counts_lines_and_bytes(source: bytes, data: st.DataObject) -> None:
    """Line and column agree with counting newlines by hand."""
    offset = data.draw(st.integers(0, len(source)))
    before = source[:offset]
    expected = Position(before.count(b"\n") + 1, offset - (before.rfind(b"\n") + 1) + 1)
    assert position_of(line_starts(source), offset) == expected


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (3, 2)])
def test_impossible_spans_are_refused(start: int, end: int) -> None:
    """A span never runs backwards or before the file."""
    with pytest.raises(ValueError, match="0 <= start <= end"):
        Span(start, end)


def test_span_contains() -> None:
    """Containment includes the borders."""
    assert Span(2, 8).contains(Span(2, 8))
    assert not Span(2, 8).contains(Span(1, 4))


def test_nearest_names_the_likely_word_first() -> None:
    """A typo gets its neighbour and the whole list."""
    assert nearest("repoz", ["files", "repos"]) == "did you mean `repos`? allowed: `files`, `repos`"
    assert nearest("zzz", ["files"]) == "allowed: `files`"
    assert nearest("x", []) == "allowed: nothing"


def test_errors_say_where_what_and_the_cure() -> None:
    """The text of an error has its place, message and hint; kinds have their own exit codes."""
    error = InvalidInput("`brnch` is unknown", hint="write `branch`", where="fleet.toml:3")
    assert str(error) == "fleet.toml:3: `brnch` is unknown\n  → write `branch`"
    assert (error.exit_code, OutsideFault("x").exit_code) == (2, 4)


def test_digest_ignores_key_order_only() -> None:
    """Canonical JSON: key order does not count, values do."""
    assert digest({"a": 1, "b": [2]}) == digest({"b": [2], "a": 1})
    assert digest({"a": 1}) != digest({"a": "1"})
    assert digest(b"x") != digest("x")


def test_digest_takes_paths_that_are_not_utf8() -> None:
    """Names with undecodable bytes have a digest, each its own."""
    assert len({digest("caf\udce9"), digest("caf\udce8"), digest("café")}) == 3


@pytest.mark.parametrize(
    ("path", "language"),
    [("a/b.py", "python"), ("x.TSX", "tsx"), ("m.mjs", "javascript"), ("Makefile", ""), (".py", "")],
)
def test_language_by_ending(path: str, language: str) -> None:
    """The ending decides, whatever its case; a bare dotfile has none."""
    assert language_of(path) == language


def test_what_blocks() -> None:
    """A change goes on where a check passed or did not apply, not where it failed or nothing is known."""
    blocking = {outcome for outcome in Outcome if Verdict("a", outcome, "").blocks}
    assert blocking == {Outcome.FAIL, Outcome.LIMIT, Outcome.ERROR}


@pytest.mark.parametrize(
    ("number", "noun", "told"),
    [
        (1, "site", "1 site"),
        (0, "site", "0 sites"),
        (1200, "file", "1,200 files"),
        (1, "repository", "1 repository"),
        (2, "repository", "2 repositories"),
        (3, "more repository", "3 more repositories"),
        (2, "key", "2 keys"),
        (2, "branch", "2 branches"),
        (2, "process", "2 processes"),
        (2, "unpacked campaign", "2 unpacked campaigns"),
    ],
)
def test_numbers_with_their_nouns(number: int, noun: str, told: str) -> None:
    """One of a thing, several of things."""
    assert counted(number, noun) == told


def test_costs_add() -> None:
    """Every part of a cost is summed."""
    assert Cost(1, 2, 3, 4, 5) + Cost(1, 1, 1, 1, 1) == Cost(2, 3, 4, 5, 6)


def test_the_clock_is_aware_and_goes_forward() -> None:
    """Moments carry their zone; the monotonic clock never goes back."""
    clock = SystemClock()
    assert clock.now().utcoffset() is not None
    assert clock.monotonic() <= clock.monotonic()
