"""Words of files as hashes, and what patterns demand of them."""

import pytest

from softwright.facts.structure import Pattern
from softwright.facts.words import column, hash_of, hashes_of


def held(source: bytes, language: str = "python") -> set[int]:
    """Hashes as the column has them."""
    hashes = hashes_of(source, language)
    assert hashes is not None
    return set(column([hashes]).to_pylist()[0])


def test_every_word_of_a_file_is_found_again() -> None:
    """Names, keywords, parts of strings and comments count; parts of words do not."""
    found = held("import os.path as p\nx_1 = 'Grüße an alle'  # noqa: E501\n".encode())
    assert {
        hash_of(word) for word in (b"import", b"os", b"path", b"x_1", b"Gr", b"e", b"alle", b"E501")
    } <= found
    assert hash_of(b"al") not in found
    assert hash_of(b"x") not in found


def test_many_files_become_lists_of_one_column() -> None:
    """Each file keeps its own words, in order, the empty one too."""
    files = [hashes_of(source, "python") for source in (b"a b a", b"", b"c")]
    rows = column([each for each in files if each is not None]).to_pylist()
    assert [set(row) for row in rows] == [{hash_of(b"a"), hash_of(b"b")}, set(), {hash_of(b"c")}]
    assert column([]).to_pylist() == []


@pytest.mark.parametrize(
    ("source", "language", "told"),
    [
        (b"# coding: utf-8\nx", "python", True),
        (b"# -*- coding: UTF_8 -*-\nx", "python", True),
        (b"# coding: gbk\nx", "python", False),
        (b"#!/usr/bin/python\n# vim: fileencoding=utf-7 :\nx", "python", False),
        (b"// coding: gbk\nx", "go", True),
    ],
)
def test_a_python_file_of_another_encoding_has_no_words(source: bytes, language: str, told: bool) -> None:
    """Its bytes may mean other letters, so nothing is said of it."""
    assert (hashes_of(source, language) is not None) is told


@pytest.mark.parametrize(
    ("given", "language", "words"),
    [
        ("raise KeyError($X) from $Y", "python", {("raise",), ("KeyError",)}),
        ("$F($$$, verify=False, $$$)", "python", {("verify",), ("False",)}),
        ("$X[0]", "python", set()),
        ("f('「foo bar」')", "python", {("f",)}),
        ('f("a\\n b")', "python", {("f",)}),
        ({"any": [{"pattern": "a.b"}, {"pattern": "foo()"}]}, "python", {("b", "foo")}),
        ({"pattern": "f($X)", "not": {"pattern": "f(y)"}}, "python", {("f",)}),
        ({"kind": "identifier", "regex": "^foo|bar$"}, "python", set()),
        (
            {"rule": {"pattern": "$X"}, "resolves": {"X": "os.path.join"}},
            "python",
            {("os",), ("path",), ("join",)},
        ),
        (
            {"rule": {"pattern": "$X"}, "resolves": {"X": ["a.bb", "c.dd"]}},
            "python",
            {("a", "c"), ("bb", "dd")},
        ),
        (
            {"rule": {"pattern": "$F()"}, "resolves": {"F": "@my/left-pad.pad"}},
            "javascript",
            {("left",), ("pad",)},
        ),
        ("$.ajax($X)", "javascript", {("ajax",)}),
    ],
)
def test_only_words_that_stand_alone_are_demanded(
    given: object, language: str, words: set[tuple[str, ...]]
) -> None:
    """Numbers, words that may follow one without a blank, and regular expressions demand nothing."""
    pattern = Pattern.parse(given, language)  # type: ignore[arg-type]
    assert {tuple(sorted(word.decode() for word in group)) for group in pattern.words} == words
