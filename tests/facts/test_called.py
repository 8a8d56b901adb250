"""Patterns of calls are found by the places of calls alone, and nothing is lost by it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from softwright.facts.extract.batch import Batch
from softwright.facts.extract.readers import read_unit
from softwright.facts.structure import Found, Pattern, called_name, find, found_at

PATTERNS = ["log.get($X)", "$A.get($$$B)", "get($X)", "$A.format($B)", "get(get($X))", "log.get($$$A, x=$B)"]
PIECES = [
    "log.get('a')\n",
    "x = log.get(log.get(1), x=2)\n",
    "get(get(1))\n",
    "(log\n  .get(1))\n",
    "(get\n(1))\n",
    "y = [a for a in get(b)]\n",
    "get(a for a in b)\n",
    "@log.get(1)\ndef f(a=get(2)):\n    '''get(3)'''\n    return get(4).get(5)\n",
    "# log.get(1)\n",
    "s = f\"{log.get('x')} {get(1)!r:>{get(2)}}\"\n",
    't = f"{d[".b# get(1)"]}".format(1)\n',
    "'(\"'.format(log.get(1))\n",
    "log . get( # why\n  1,\n)\n",
    "log.\\\n  get(1)\n",
    "async def g():\n    await log.get(1)\n    yield get((yield))\n",
    "class A(get(1), metaclass=get(2)): pass\n",
    "match get(1):\n    case get(x=1): pass\n",
    "print(get(1))\nprint >>f, get(1)\n",
    "get(1\n",
    "lambda: get(*a, **k)\r\n",
    "é.get('é', x='ü')\n",
    "get[0](1); (get)(1); get()(1)\n",
    "with get(1) as a, get(2): pass\n",
    "del get(1)[0], log.get(1).x\n",
]


def both(text: str, given: str) -> tuple[list[Found], list[Found] | None]:
    """What a search of the whole file finds, and what the places of its calls give."""
    pattern, source, batch = Pattern.parse(given, "python"), text.encode(), Batch()
    read_unit("python", source, 0, batch)
    if batch.units[0].parse_error:
        return find(pattern, source), None
    name = called_name(pattern)
    calls = batch.tables()["raw_calls"].to_pylist() if batch.calls else []
    places = [(call["start_byte"], call["end_byte"]) for call in calls if call["name"] == name]
    found = found_at([pattern], source, places)
    return find(pattern, source), None if found is None else [match for _, match in found]


def ordered(matches: list[Found]) -> list[Found]:
    """By place."""
    return sorted(matches, key=lambda match: (match.span.start, match.span.end))


@pytest.mark.parametrize("given", PATTERNS)
@pytest.mark.parametrize("piece", PIECES)
def test_each_kind_of_call_is_found_by_its_place(piece: str, given: str) -> None:
    """Spans, texts and bindings are those of a search of the whole file, unless a place cannot tell."""
    whole, placed = both(piece, given)
    assert placed is None or ordered(placed) == ordered(whole)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=6), st.sampled_from(PATTERNS))
def test_no_match_is_lost_in_files_made_of_them(pieces: list[str], given: str) -> None:
    """The same in files of many pieces."""
    whole, placed = both("".join(pieces), given)
    assert placed is None or ordered(placed) == ordered(whole)


def test_plain_calls_do_not_need_the_whole_file() -> None:
    """The fast way is really taken for ordinary code."""
    whole, placed = both("".join(PIECES[:3]), "log.get($$$A)")
    assert placed is not None
    assert len(placed) == len(whole) == 3


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("logging.getLogger($X)", "getLogger"),
        ("$A.b.c($$$B)", "c"),
        ("f()", "f"),
        ("f($X)($Y)", None),
        ("$F($X)", None),
        ("$A.$B()", None),
        ("print($X)", None),
        ("x = f(1)", None),
        ("await f(1)", None),
        ({"pattern": "f($X)", "inside": {"kind": "module"}}, None),
        ({"any": [{"pattern": "f($X)"}]}, None),
        ({"rule": {"pattern": "f($X)"}, "constraints": {"X": {"regex": "^a"}}}, "f"),
        ({"rule": {"pattern": "f($X)"}, "constraints": {"X": {"inside": {"kind": "module"}}}}, None),
        ({"rule": {"pattern": "f($X)"}, "resolves": {"match": "a.f"}}, None),
    ],
)
def test_only_patterns_that_a_call_decides_have_a_name(
    given: str | dict[str, object], name: str | None
) -> None:
    """Relations, names to resolve, and anything but one call of one name need the file."""
    assert called_name(Pattern.parse(given, "python")) == name


def test_files_in_other_encodings_are_searched_whole() -> None:
    """Offsets of facts are bytes of the file; only UTF-8 without a mark is cut."""
    pattern = Pattern.parse("f($X)", "python")
    assert found_at([pattern], b"\xef\xbb\xbff(1)", [(3, 7)]) is None
    assert found_at([pattern], "# coding: latin-1\nf('ä')".encode("latin-1"), [(18, 24)]) is None
