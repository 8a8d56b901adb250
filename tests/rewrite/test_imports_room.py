"""An import that makes room for another one of the same name (`import x`, then `from x import x`)."""

import pytest
from tests.rewrite.conftest import Apply, MakeRule  # type: ignore[import-not-found]

_RULE = """
rule: {pattern: clock.clock($$$A)}
fix: clock($$$A)
"""
_IMPORTS = "imports: {add: [from time_tools import clock], remove: [clock]}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "import clock\n\nx = clock.clock(1)\n",
            "from time_tools import clock\n\nx = clock(1)\n",
        ),
        (
            "import os, clock\n\nx = clock.clock(os)\n",
            "import os\n\nfrom time_tools import clock\n\nx = clock(os)\n",
        ),
        (
            "import clock\nfrom time_tools import other\n\nx = clock.clock(1) + clock.clock(2)\n",
            "from time_tools import clock, other\n\nx = clock(1) + clock(2)\n",
        ),
    ],
)
def test_it_goes_when_nothing_needs_it(apply: Apply, make_rule: MakeRule, before: str, after: str) -> None:
    """The old import goes as the new one comes, alone in its statement or not."""
    outcome = apply([make_rule(_RULE, front=_IMPORTS)], before)
    assert (outcome.content.decode(), outcome.notes) == (after, ())


@pytest.mark.parametrize(
    "before",
    [
        "import clock\n\nx = clock.clock(1)\ny = clock.other\n",
        "import clock\n\nx = clock.clock(clock.zone)\n",
        "import clock  # noqa: F401\n\nx = clock.clock(1)\n",
        "import clock\n\nx = clock.clock(1)\ny: 'clock.Zone'\n",
        "try:\n    import clock\nexcept ImportError:\n    clock = None\n\nx = clock.clock(1)\n",
    ],
)
def test_what_is_still_needed_makes_no_room(apply: Apply, make_rule: MakeRule, before: str) -> None:
    """Other uses, those inside of what is kept, and imports that are kept on purpose: the file stays."""
    outcome = apply([make_rule(_RULE, front=_IMPORTS)], before)
    assert outcome.content.decode() == before
    assert "already means something else" in " ".join(outcome.notes)
