"""Annotations that need no quotes any more."""

from tests.rewrite.learning.conftest import Relearned

from softwright.rewrite.learning import Example, learn

_LATE = "from __future__ import annotations\n"
_BEFORE = """from __future__ import annotations

import typing as t


def f(a: "A", b: "t.Optional[B]" = None) -> "C":
    return g("A")
"""
_OTHER = """import typing as t

x: list["D"] = []
y: t.Literal["E"] = "E"


def h(a: "F") -> str:
    return "F"
"""


def test_strings_that_are_types_lose_their_quotes(relearned: Relearned) -> None:
    """Whatever they name; values, literals among the types and other strings stay. The file gets the import
    without which such names would be looked up at once."""
    after = _BEFORE.replace('"A", b', "A, b").replace('"t.Optional[B]"', "t.Optional[B]").replace('"C"', "C")
    wanted = f"{_LATE}\n{_OTHER}".replace('"D"', "D").replace('a: "F"', "a: F")
    learned = relearned([("src/a.py", _BEFORE, after)], "src/b.py", _OTHER, wanted)
    assert [each.rule.message for each in learned.rules] == ["annotations lose their quotes"]


def test_one_name_that_lost_them_is_only_that_name() -> None:
    """Where others keep their quotes nothing is said of all."""
    after = _BEFORE.replace('"A", b', "A, b")
    rules = learn([Example("src/a.py", _BEFORE, after)]).rules
    assert not [each for each in rules if "quotes" in each.rule.message]
