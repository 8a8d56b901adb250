"""What classes are made from."""

from tests.rewrite.learning.conftest import Relearned


def test_a_base_goes_by_what_its_name_stands_for(relearned: Relearned) -> None:
    """`unittest.TestCase`, imported either way, goes with its import; another `TestCase` stays."""
    one = "import unittest\n\n\nclass A(unittest.TestCase):\n    x = 1\n"
    two = "from unittest import TestCase\n\n\nclass B(TestCase):\n    x = 1\n"
    other = "from other import TestCase\n\n\nclass C(TestCase):\n    x = f(TestCase)\n"
    learned = relearned(
        [
            ("tests/a.py", one, "class A:\n    x = 1\n"),
            ("tests/b.py", two, "class B:\n    x = 1\n"),
            ("tests/c.py", other, other),
        ],
        "tests/d.py",
        "import unittest\n\n\nclass D(unittest.TestCase):\n    x = 2\n\n\nclass E(Base, y=1):\n    pass\n",
        "class D:\n    x = 2\n\n\nclass E(Base, y=1):\n    pass\n",
    )
    assert [each.rule.message for each in learned.rules] == ["unittest-testcase"]
