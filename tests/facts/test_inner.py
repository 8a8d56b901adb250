"""Patterns are found by the definitions around their tokens, and nothing is lost by it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from softwright.facts.extract.batch import Batch
from softwright.facts.extract.readers import read_unit
from softwright.facts.structure import Found, Pattern, find, found_within, lies_within

EXCEPT = {"pattern": {"context": "try:\n  $A\nexcept A: $$$B", "selector": "except_clause"}}
PATTERNS: list[Any] = ["raise A($X)", "a.b", "$X == None", "assert a.b, $X", EXCEPT, "a.a.a", "if a.b: $$$B"]
PIECES = [
    "def f(x=a.b):\n    raise A(1)\n",
    (
        "@a.b\nclass C(a.b):\n    y = a.b\n\n"
        "    @a.b(a.b)\n    def m(self) -> a.b:\n        return a.b == None\n"
    ),
    (
        "class D:\n\tdef m(self):\n\t\tdef g():\n\t\t\tif a.b: pass\n"
        "\t\treturn '''\nraise A(2)\n'''\n\n\tz = a.b\n"
    ),
    "async def h():\n    try:\n        a.b\n    except A:\n        def inner():\n            raise A(3)\n",
    "def u(): raise A(4); a.b\n",
    "def é():\n    'ü'; a.b; a.a.a.a.a\n    lambda: a.b == None\n    # a.b\n",
    "def v():\n    if a.b:\n        pass\n    # trailing a.b\n",
    "def w():\r\n    assert a.b, 'ä'\r\n",
    "if x:\n    def y():\n        return (a\n.b)\n",
    "def broken(:\n    a.b\n",
    "def last():\n    a.b",
]
AT_THE_TOP = ["raise A(5)\n", "x = a.b == None\n", "for i in a.b: raise A(6)\n"]


def both(text: str, given: Any) -> tuple[list[Found], list[Found] | None]:
    """What a search of the whole file finds, and what its definitions give."""
    pattern, source, batch = Pattern.parse(given, "python"), text.encode(), Batch()
    assert lies_within(pattern)
    read_unit("python", source, 0, batch)
    if batch.units[0].parse_error:
        return find(pattern, source), None
    lines = [(symbol.line, symbol.end_line) for symbol in batch.symbols]
    found = found_within([pattern], source, lines)
    return find(pattern, source), None if found is None else [match for _, match in found]


def ordered(matches: list[Found]) -> list[Found]:
    """By place."""
    return sorted(matches, key=lambda match: (match.span.start, match.span.end))


@pytest.mark.parametrize("given", PATTERNS, ids=str)
@pytest.mark.parametrize("piece", PIECES + AT_THE_TOP)
def test_each_match_is_found_in_its_definition(piece: str, given: Any) -> None:
    """Spans, texts and bindings are those of a search of the whole file, unless that must be searched."""
    whole, inner = both(piece, given)
    assert inner is None or ordered(inner) == ordered(whole)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES + AT_THE_TOP), max_size=6), st.sampled_from(PATTERNS))
def test_no_match_is_lost_in_files_made_of_them(pieces: list[str], given: Any) -> None:
    """The same in files of many pieces."""
    whole, inner = both("\n".join(pieces), given)
    assert inner is None or ordered(inner) == ordered(whole)


def test_matches_in_definitions_do_not_need_the_whole_file() -> None:
    """The quick way is really taken, for indented definitions too; code outside of any needs the file."""
    whole, inner = both("".join(PIECES[:4]), "raise A($X)")
    assert inner is not None
    assert len(inner) == len(whole) == 2
    assert both(PIECES[0] + AT_THE_TOP[0], "raise A($X)")[1] is None


@pytest.mark.parametrize(
    ("given", "within"),
    [
        *((given, True) for given in PATTERNS),
        ({"rule": {"pattern": "raise A($X)"}, "constraints": {"X": {"regex": "^a"}}}, True),
        ("$X", False),
        ("def $F(): a.b", False),
        ("class $C(a.b): $$$B", False),
        ({"pattern": "a.b", "inside": {"kind": "class_definition"}}, False),
        ({"any": [{"pattern": "a.b"}]}, False),
        ({"rule": {"pattern": "a.b($X)"}, "resolves": {"match": "a.b"}}, False),
        ({"rule": {"pattern": "a.b($X)"}, "constraints": {"X": {"inside": {"kind": "module"}}}}, False),
    ],
    ids=str,
)
def test_patterns_that_look_around_need_the_whole_file(given: Any, within: bool) -> None:
    """So do patterns of definitions, which may hold the tokens in one of their own."""
    assert lies_within(Pattern.parse(given, "python")) is within


@pytest.mark.parametrize(
    "source", [b"\xef\xbb\xbfdef f():\n    a.b\n", b"# coding: latin-1\ndef f():\n    a.b\n"]
)
def test_other_encodings_are_searched_whole(source: bytes) -> None:
    """Their bytes are not those of the text."""
    assert found_within([Pattern.parse("a.b", "python")], source, [(1, 3)]) is None
