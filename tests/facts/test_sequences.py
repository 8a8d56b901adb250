"""Tokens that a pattern demands next to each other, and no match that is lost by demanding them."""

from typing import Any

import pytest

from softwright.facts.structure import Pattern, Tree

EXCEPT_PASS = {"pattern": {"context": "try:\n  $A\nexcept: pass", "selector": "except_clause"}}
EXCEPT_KEY = {"pattern": {"context": "try:\n  $A\nexcept KeyError: $$$B", "selector": "except_clause"}}


def demanded(given: Any) -> list[str]:
    """The sequences, with a blank for what may stand between two tokens."""
    gap = r"(?:[ \t\f\r\n\\]|#[^\n]*\n)*"
    chains = (chain.pattern.decode() for chain in Pattern.parse(given, "python").chains)
    return [chain.replace(gap, " ").replace("\\b", "").replace("\\", "") for chain in chains]


@pytest.mark.parametrize(
    ("given", "sequences"),
    [
        ("raise KeyError($X) from $Y", ["raise KeyError ("]),
        ("$X == None", ["== None"]),
        ("$X is not None", ["is not None"]),
        ("a.b.c", ["a . b . c"]),
        ("a.b.$C.d", ["a . b .", ". d"]),
        ("$F($$$, verify=False, $$$)", ["verify = False"]),
        ("import a.b", ["import a . b"]),
        ("from a.b import c", ["from a . b"]),
        ("f(a, b=$X)[0]", ["f ( a", "b ="]),
        ("@a.b\ndef $F(): $$$", ["@ a . b"]),
        ('f("a.b")', ["f ("]),
        ("$X", []),
        ("print($X)", []),
        ("yield x", []),
        ("é.ü", []),
        ({"all": [{"pattern": "a.b"}, {"pattern": "$X.b"}]}, ["a . b", ". b"]),
        ({"any": [{"pattern": "a.b"}, {"pattern": "c.d"}]}, []),
        ({"pattern": {"context": "a.b", "strictness": "signature"}}, []),
        (EXCEPT_PASS, ["except *? : pass"]),
        (EXCEPT_KEY, ["except *? KeyError"]),
    ],
)
def test_only_pairs_that_nothing_can_part_are_demanded(given: Any, sequences: list[str]) -> None:
    """Commas, closing brackets, parenthesised imports and words of several meanings end a sequence."""
    assert demanded(given) == sequences


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("raise KeyError($X) from $Y", "raise \\\n  KeyError ( # why\n 1) from e"),
        ("$X == None", "(a\n# why\n== # so\n\n None)"),
        ("$X is not None", "if 1is  not\\\n None: pass"),
        ("$X in y", "0xfin y"),
        ("a.b", "a \\\n . \t b"),
        ("f(a, b)", "f(a,\n b,)"),
        ("$F($$$, verify=False, $$$)", "g(1, verify = # off\n False)"),
        ("def f(): $$$B", "async def f(): pass"),
        ("x[a]", "x [a,]"),
        ("[a for b in c]", "[a async for b in c]"),
        ("with a as b: $$$B", "with (a as b): pass"),
        ("from a import b", "from a import (b)"),
        ("class A(B): $$$X", "class A (B,): x = 1"),
        ("for a, b in c: $$$X", "for a, b, in c: pass"),
        ("a, b = c", "a, b, = c"),
        (EXCEPT_PASS, "try: a\nexcept : # why\n\n  pass"),
        (EXCEPT_PASS, "try: a\r\nexcept:\r\n\tpass\r\n"),
        (EXCEPT_KEY, "try: a\nexcept * KeyError: b"),
        ('f("a\\nb")', 'f("c\\nd")'),
    ],
)
def test_what_matches_is_never_passed_over(given: Any, text: str) -> None:
    """Wherever a search of the whole tree finds something, the file is thought to be able to match."""
    pattern = Pattern.parse(given, "python")
    if list(Tree(text, "python").matches(pattern)):
        assert pattern.may_match(text.encode())


def test_names_that_stand_apart_are_passed_over() -> None:
    """Both words alone do not make a file worth a parse."""
    pattern = Pattern.parse("raise KeyError($X)", "python")
    assert not pattern.may_match(b"try:\n  raise ValueError(1)\nexcept KeyError: pass\n")
    assert pattern.may_match(b"raise KeyError (1)")
