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


def test_an_argument_goes_whatever_its_value() -> None:
    """Two values show that any is meant; of a common word only where the same function is called."""
    pairs = [
        ("words(a, suffix='x')\n", "words(a)\n"),
        ("y = words(b, suffix=END, c=1)\n", "y = words(b, c=1)\n"),
    ]
    check(
        [example(*pair, path=f"src/{at}.py") for at, pair in enumerate(pairs)],
        "words(\n    q,\n    suffix=f(1),\n)\nstrip(q, suffix=2)\n",
        "words(\n    q,\n)\nstrip(q, suffix=2)\n",
    )


def test_an_argument_that_always_had_one_value_goes_with_that_only() -> None:
    """Nobody said that others may go."""
    pair = ("Message(a, bubble=True)\n", "Message(a)\n")
    check(
        [example(*pair, path=f"src/{at}.py") for at in range(2)],
        "Message(b, bubble=True)\nMessage(b, bubble=False)\n",
        "Message(b)\nMessage(b, bubble=False)\n",
    )


def test_a_value_goes_only_as_an_argument_of_its_function() -> None:
    """The same expression elsewhere is none to be taken away."""
    pairs = [
        ("compile_row(a, re.DEBUG)\n", "compile_row(a)\n"),
        ("x = compile_row(b, re.DEBUG)\n", "x = compile_row(b)\n"),
    ]
    check(
        [example(*pair, path=f"src/{at}.py") for at, pair in enumerate(pairs)],
        "compile_row(q, re.DEBUG)\nx = re.DEBUG\nother(re.DEBUG)\nf(re.DEBUG | re.M)\n",
        "compile_row(q)\nx = re.DEBUG\nother(re.DEBUG)\nf(re.DEBUG | re.M)\n",
    )


def test_arguments_go_into_a_longer_list() -> None:
    """`a.old(…)` becomes `new(a, …)` with as many arguments as there are, not only as many as were seen."""
    pairs = [
        ("store.fetch_rows(1)\n", "fetch(store, 1)\n"),
        ("x = a.b.fetch_rows(1, k=2)\n", "x = fetch(a.b, 1, k=2)\n"),
    ]
    check(
        [example(*pair, path=f"src/{at}.py") for at, pair in enumerate(pairs)],
        "q.fetch_rows(1, 2, 3)\nq.fetch_rows()\n",
        "fetch(q, 1, 2, 3)\nfetch(q)\n",
    )
