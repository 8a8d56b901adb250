"""Structural patterns: what is found, where, and that the literal filter never hides a match."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import softwright
from softwright.core import InvalidInput
from softwright.facts.structure import Pattern, decode, find
from softwright.facts.structure.search import Tree

_CORPUS = [path.read_bytes() for path in sorted(Path(softwright.__file__).parent.rglob("*.py"))[:40]]

_RULES = [
    "self.$X($$$A)",
    "def $F($$$A) -> str: $$$B",
    "return $A or $B",
    'f"{$A}"',
    "raise InvalidInput($$$A) from error",
    {"any": [{"pattern": "len($A)"}, {"pattern": "$A.append($B)"}]},
    {"any": [{"pattern": "len($A)"}, {"kind": "lambda"}]},
    {"kind": "call", "has": {"field": "function", "regex": "^(len|sorted)$"}},
    {"kind": "identifier", "regex": "^node|place$"},
    {"pattern": "$A.text()", "inside": {"kind": "return_statement", "stopBy": "end"}},
    {"pattern": "$F($A)", "not": {"pattern": "str($A)"}},
    {"pattern": {"context": "class A:\n  def run(self): $$$B", "selector": "function_definition"}},
    {"pattern": {"context": "len($A)", "strictness": "signature"}},
    {"all": [{"kind": "call"}, {"has": {"kind": "argument_list", "has": {"regex": "errors?"}}}]},
    {"rule": {"pattern": "$F($A)"}, "constraints": {"F": {"regex": "^(len|tuple)$"}}},
    {"rule": {"matches": "u"}, "utils": {"u": {"any": [{"pattern": "dict($$$)"}, {"pattern": "set($$$)"}]}}},
    {"rule": {"pattern": "$F($$$A)"}, "resolves": {"F": ["re.compile", "re.escape"]}},
    {"rule": {"pattern": "$F($$$A)"}, "resolves": {"F": "builtins.len"}},
    {"rule": {"pattern": "$F($$$A)"}, "resolves": {"F": "softwright.core.*"}},
    {"rule": {"kind": "call"}, "resolves": "ast_grep_py.SgRoot"},
]


@pytest.mark.parametrize("rule", _RULES, ids=str)
def test_literals_never_hide_a_match(rule: object) -> None:
    """Wherever a pattern matches without the filter, the filter lets the file through."""
    pattern = Pattern.parse(rule, "python")  # type: ignore[arg-type]
    for source in _CORPUS:
        matches = list(Tree(decode(source, "python").text, "python").matches(pattern))
        assert len(find(pattern, source)) == len(matches)
        assert pattern.may_match(source) or not matches


_names = st.sampled_from(["alpha", "beta", "x1", "_q"])
_exprs = st.recursive(
    _names | st.sampled_from(["'text'", '"text"', "1.5", "None", "b'raw'"]),
    lambda inner: st.one_of(
        st.tuples(_names, inner).map(lambda p: f"{p[0]}({p[1]})"),
        st.tuples(inner, _names).map(lambda p: f"{p[0]}.{p[1]}"),
        st.tuples(inner, inner).map(lambda p: f"{p[0]} is not {p[1]}"),
        st.tuples(inner, inner).map(lambda p: f"[{p[0]}, {p[1]}]"),
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(source=_exprs, hide=st.integers(0, 4))
def test_an_expression_with_holes_passes_its_own_filter(source: str, hide: int) -> None:
    """A pattern made from code by punching holes finds that code, and the filter agrees."""
    parts = source.split("alpha")
    text = "$A".join(parts[: hide + 1]) + (
        "alpha" + "alpha".join(parts[hide + 1 :]) if parts[hide + 1 :] else ""
    )
    pattern = Pattern.parse(text, "python")
    assert pattern.may_match(f"{source}\n".encode())


@pytest.mark.parametrize(
    ("pattern", "source", "may"),
    [
        ("len($A)", b"x.__len__()", False),
        ("len($A)", b"length(a); lens(a); a_len(a)", False),
        ("len($A)", b"length(len(a))", True),
        ("$A if $C else $B", b"x = 1if c else 2", True),
        ("f($A, 0x1f)", b"f(a, 0x1f)", True),
        ("print($A)", b"'a'if b else print(1)", True),
    ],
)
def test_only_whole_words_let_a_file_through(pattern: str, source: bytes, may: bool) -> None:
    """A word of the pattern inside of a longer name is not that word; one glued to a number still is."""
    assert Pattern.parse(pattern, "python").may_match(source) is may


def test_spans_count_bytes_of_the_file() -> None:
    """Characters of several bytes, a byte order mark and CRLF before a match do not move its span."""
    source = "\ufeffx = 'é😀'; foo(1)\r\ny = 'ü'\r\nfoo(2)\r\n".encode()
    spans = [found.span for found in find(Pattern.parse("foo($A)", "python"), source)]
    assert [source[span.start : span.end] for span in spans] == [b"foo(1)", b"foo(2)"]


def test_bindings_have_text_and_span() -> None:
    """Single and sequence metavariables say what they stand for; an empty sequence has no span."""
    source = b"f(a, b + c)\nf(a)\n"
    first, _ = find(
        Pattern.parse({"any": [{"pattern": "f($A, $$$R)"}, {"pattern": "f($A)"}]}, "python"), source
    )
    assert first.bindings["A"].text == "a"
    assert source[first.bindings["R"].span.start : first.bindings["R"].span.end] == b"b + c"  # type: ignore[union-attr]


@pytest.mark.parametrize("language", ["javascript", "typescript", "tsx", "go", "java", "rust"])
def test_other_languages_are_searched(language: str) -> None:
    """The same call pattern works in every supported language."""
    assert Pattern.parse("call($A)", language).literals == (frozenset({b"call"}),)


@pytest.mark.parametrize(
    ("source", "language", "text"),
    [
        (b"# -*- coding: latin-1 -*-\nx = '\xe9'\n", "python", "é"),
        (b"\n# vim: set fileencoding=cp1252 :\nx = '\x80'\n", "python", "€"),
        (b"\xef\xbb\xbfx = 1\n", "python", "x = 1"),
    ],
)
def test_declared_encodings_are_read(source: bytes, language: str, text: str) -> None:
    """A coding line, in the first or second line, and a byte order mark are honoured."""
    decoded = decode(source, language)
    assert text in decoded.text
    assert decoded.prefix + decoded.encode(decoded.text) == source


@pytest.mark.parametrize(
    "source",
    [
        b"\0ELF",
        b"x = '\xff'\n",
        b"# coding: no-such\nx = 1\n",
        b"# coding: rot13\nx\n",
        "# coding: iso2022_jp\nx = '\u65e5\u672c'; y = '\u8a9e'\n".encode("iso2022_jp"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(source: bytes) -> None:
    """Binary files, wrong bytes and unknown encodings raise, and `find` finds nothing."""
    with pytest.raises(InvalidInput):
        decode(source, "python")
    assert find(Pattern.parse("x", "python"), source) == []


@given(st.text("a\u00e9\u65e5\U0001f600", min_size=1, max_size=2000), st.data())
def test_bytes_are_counted_in_any_order(text: str, data: st.DataObject) -> None:
    """The byte offset of a character is the length of all that stands before it, the mark included."""
    decoded = decode(b"\xef\xbb\xbf" + text.encode(), "python")
    for char in data.draw(st.lists(st.integers(0, len(text)), max_size=6)):
        assert decoded.byte_offset(char) == 3 + len(text[:char].encode())


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"rule": {"patern": "x"}}, "patern"),
        ({"rule": {"kind": "no_such_kind"}}, "no_such_kind"),
        ({"rule": {"regex": "("}}, "unclosed"),
        ({"rule": {"pattern": "foo("}}, "not whole"),
        ({"rule": {"pattern": ""}}, "not whole"),
        ({"rule": {"pattern": "$A"}, "resolves": {"B": "a.b"}}, "$B"),
        ({"rule": {"pattern": "$A"}, "resolves": {"A": "a b"}}, "dotted name"),
        ({"rule": {"pattern": "$A"}, "fixx": ""}, "fixx"),
        ({"rule": {}}, "empty"),
    ],
)
def test_a_wrong_pattern_is_refused_with_a_reason(rule: dict[str, object], said: str) -> None:
    """What ast-grep or we cannot use is named."""
    with pytest.raises(InvalidInput) as caught:
        Pattern.parse(rule, "python")
    assert said.lstrip("$") in str(caught.value)


def test_an_unknown_language_names_the_nearest() -> None:
    """A misspelt language is met with the right one."""
    with pytest.raises(InvalidInput, match="did you mean `python`"):
        Pattern.parse("x", "pyhton")


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "import_from_statement", "has": {"field": "name", "regex": "^b$"}},
        {"kind": "import_statement", "not": {"any": [{"has": {"field": "name", "regex": "^b$"}}]}},
        {"kind": "dotted_name", "inside": {"kind": "import_from_statement", "field": "name"}},
        {
            "any": [{"kind": "import_from_statement"}, {"kind": "call"}],
            "has": {"field": "name", "regex": "b"},
        },
        {"inside": {"stopBy": "end", "kind": "subscript", "has": {"field": "subscript", "kind": "integer"}}},
    ],
)
def test_a_field_that_may_repeat_is_refused(rule: dict[str, Any]) -> None:
    """ast-grep sees only the first node of a field: a guard on the others never holds."""
    with pytest.raises(InvalidInput, match="sees only the first of several"):
        Pattern.parse(rule, "python")


def test_a_field_with_one_node_is_taken() -> None:
    """Fields that hold one node are fine, also where another kind repeats a field of that name."""
    rule = {"kind": "function_definition", "has": {"field": "name", "regex": "^f$"}}
    assert len(find(Pattern.parse(rule, "python"), b"def f(): pass\ndef g(): pass\n")) == 1
    Pattern.parse(
        {"kind": "import_from_statement", "has": {"field": "module_name", "regex": "^a$"}}, "python"
    )
