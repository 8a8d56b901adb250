"""Kinds of edits that were learned wrongly once, or not at all."""

import pytest
from tests.rewrite.learning.test_learn import applied, check, example  # type: ignore[import-not-found]

from softwright.rewrite.learning import learn


def test_nothing_unseen_is_lost() -> None:
    """Arguments that no example had are kept: an empty list of them is not "any list"."""
    pairs = [
        ("super().setup_rows()\n", "brew(super())\n"),
        ("x = super().setup_rows()\n", "x = brew(super())\n"),
    ]
    learned = learn([example(*pair, path=f"src/{at}.py") for at, pair in enumerate(pairs)])
    assert applied(learned, "super().setup_rows()\n") == "brew(super())\n"
    assert applied(learned, "super().setup_rows(a, b=1)\n") == "super().setup_rows(a, b=1)\n"


@pytest.mark.parametrize("comment", ["", "  # noqa"])
def test_a_decorator_goes(comment: str) -> None:
    """The only one of a definition, or one of several, whatever is written behind it."""
    pairs = [
        (f"@old_marker{comment}\ndef f():\n    return 1\n", "def f():\n    return 1\n"),
        (
            "class A:\n    @old_marker\n    @other\n    def g(self): ...\n",
            "class A:\n    @other\n    def g(self): ...\n",
        ),
    ]
    check(
        [example(*pair, path=f"src/{at}.py") for at, pair in enumerate(pairs)],
        "@old_marker\nclass B:\n    @old_marker\n    def h(self):\n        pass\n",
        "class B:\n    def h(self):\n        pass\n",
    )
