"""Sites that would spoil a file are left alone, and the rest of it is rewritten."""

from collections.abc import Callable

import pytest

from softwright.core import InvalidInput
from softwright.rewrite import Rewrite, Rule
from softwright.rewrite.left_alone import Place, Unfit
from softwright.rewrite.sparing import MOST_TRIES, Failure, sparing

Apply = Callable[..., Rewrite]
MakeRule = Callable[..., Rule]

PLACES = [Place("r", at, at + 1) for at in range(40)]
WHOLE = Rewrite(b"new", edits=(None,))  # type: ignore[arg-type]


def test_one_site_that_cannot_be(apply: Apply) -> None:
    """It stays, a note says its line and why, and the sites around it are rewritten."""
    outcome = apply("rule: {pattern: f($A)}\nfix: $A.x", "f(a)\nh(f(*b))\n\n\ndef g():\n    f(c)\n")
    assert outcome.content.decode() == "a.x\nh(f(*b))\n\n\ndef g():\n    c.x\n"
    assert not outcome.refused
    why = "`*b` is an element of a list and cannot stand elsewhere"
    assert outcome.notes == (f"sample: line 2 left alone: {why}",)
    assert len(outcome.sites) == 2 and dict(outcome.by_rule) == {"sample": 2}


def test_sites_that_only_the_whole_result_shows(apply: Apply) -> None:
    """What the grammar takes and Python does not (a parameter that is `global`) is found one by one."""
    before = "def f(x):\n    old(q)\n\n\nold(y)\n" + "\n\ndef g(z):\n    old(z)\n" * 9
    outcome = apply("rule: {pattern: old($A)}\nfix: global $A", before)
    assert outcome.content.decode() == before.replace("old(q)", "global q").replace("old(y)", "global y")
    lines = [line for line, text in enumerate(before.splitlines(), 1) if "old(z)" in text]
    said = "left alone: the result would not be valid python"
    assert outcome.notes == tuple(f"sample: line {line} {said}" for line in lines)


def test_an_import_that_finds_no_name(apply: Apply) -> None:
    """Sites that need it stay; sites of the same rule that need none are rewritten."""
    front = "imports: {add: ['from datetime import timezone']}"
    yaml = "steps:\n- rule: {pattern: old()}\n  fix: timezone.utc\n- rule: {pattern: other()}\n  fix: fresh()"
    outcome = apply(yaml, "from pytz import timezone\nold()\nother()\n", front=front)
    assert outcome.content.decode() == "from pytz import timezone\nold()\nfresh()\n"
    assert [note.split(": ")[1] for note in outcome.notes] == ["line 2 left alone"]


def test_one_rule_does_not_keep_another_from_a_file(apply: Apply, make_rule: MakeRule) -> None:
    """The sites of a rule that fails here stay, those of the others are rewritten."""
    bad = make_rule("rule: {pattern: old()}\nfix: $import(datetime.timezone)", name="bad")
    good = make_rule("rule: {pattern: other()}\nfix: fresh()", name="good")
    before = "timezone = datetime = datetime_timezone = 1\nold()\nother()\nold()\n"
    outcome = apply([bad, good], before)
    assert outcome.content.decode() == before.replace("other()", "fresh()")
    assert {note[:11] for note in outcome.notes} == {"bad: line 2", "bad: line 4"}


def test_a_character_that_the_encoding_lacks(apply: Apply) -> None:
    """Only the site that brings it stays."""
    before = b"# coding: latin-1\nf(1)\ng(1)\n"
    yaml = "steps:\n- rule: {pattern: f($A)}\n  fix: f2('\u20ac')\n- rule: {pattern: g($A)}\n  fix: g2($A)"
    outcome = apply(yaml, before)
    assert outcome.content == b"# coding: latin-1\nf(1)\ng2(1)\n"
    assert "line 2" in outcome.notes[0]


@pytest.mark.parametrize("bad", [{0}, {39}, {17}, {3, 30}])
def test_halving_finds_exactly_the_culprits(bad: set[int]) -> None:
    """Whichever of many sites they are, within the tries."""
    tries = 0

    def attempt(spared: frozenset[Place]) -> Rewrite | Failure:
        nonlocal tries
        tries += 1
        done = [place for place in PLACES if place not in spared]
        spoilt = any(place.start in bad for place in done)
        return Failure(Unfit("r", "spoilt"), done) if spoilt else WHOLE

    first = attempt(frozenset())
    assert isinstance(first, Failure)
    found = sparing(attempt, first)
    assert found is not None
    assert {place.start for place in found.places} == bad
    assert set(found.places.values()) == {"spoilt"}
    assert tries <= MOST_TRIES


def test_it_comes_to_an_end() -> None:
    """When nothing helps, after a bounded number of tries; other errors are not tried again."""
    tries: list[frozenset[Place]] = []

    def attempt(spared: frozenset[Place]) -> Rewrite | Failure:
        tries.append(spared)
        return Failure(Unfit("r", "spoilt"), [Place(f"r{len(tries)}", at, at + 1) for at in range(9)])

    assert sparing(attempt, attempt(frozenset())) is None
    assert len(tries) <= MOST_TRIES + 1
    assert sparing(attempt, Failure(InvalidInput("endless"), PLACES)) is None
    assert len(tries) <= MOST_TRIES + 1


@pytest.mark.parametrize(
    ("path", "statement"),
    [
        ("src/pkg/mod.py", "from pkg.mod import X"),
        ("src/pkg/mod.py", "from .mod import X"),
        ("pkg/mod.py", "from pkg.mod import X"),
        ("mod.py", "from mod import X"),
        ("a/src/pkg/__init__.py", "from pkg import X"),
        ("a/src/pkg/__init__.py", "from . import X"),
        ("src/pkg/sub/mod.py", "from ..sub.mod import X"),
    ],
)
def test_a_module_does_not_import_itself(apply: Apply, path: str, statement: str) -> None:
    """The name is defined in this very file: it is used as it is."""
    before = "X = 1\n\n\ndef f():\n    return old()\n"
    front = f"imports: {{add: [{statement}]}}"
    outcome = apply("rule: {pattern: old()}\nfix: X", before, front=front, path=path)
    assert outcome.content.decode() == before.replace("old()", "X")
    assert not outcome.notes


def test_the_right_spelling_of_an_own_name(apply: Apply) -> None:
    """`$import(…)` of what the file defines is the bare name."""
    before = "class X:\n    pass\n\n\nold()\n"
    outcome = apply("rule: {pattern: old()}\nfix: $import(pkg.mod.X)()", before, path="src/pkg/mod.py")
    assert outcome.content.decode() == before.replace("old()", "X()")


@pytest.mark.parametrize(
    ("path", "before"),
    [
        ("src/pkg/other.py", "X = 1\nold()\n"),
        ("src/pkg/mod.py", "def f(X):\n    old()\n\n\nX = 1\n"),
        ("src/pkg/mod.py", "old()\nX = 1\n"),
        ("src/pkg/mod.py", "from elsewhere import X\nold()\n"),
        ("vendor/deep/mod.py", "X = 1\nold()\n"),
    ],
)
def test_what_only_looks_like_an_own_name(apply: Apply, path: str, before: str) -> None:
    """Another module, a parameter, a later definition, an import: the site is left alone as ever."""
    front = "imports: {add: [from pkg.mod import X]}"
    outcome = apply("rule: {pattern: old()}\nfix: X", before, front=front, path=path)
    assert outcome.refused and outcome.content.decode() == before
