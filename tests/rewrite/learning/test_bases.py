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


def test_a_base_is_known_by_its_name_where_all_examples_spell_it_alike(relearned: Relearned) -> None:
    """Learned from `unittest.TestCase` twice, the rule takes a `TestCase` that was imported from there."""
    one = "import unittest\n\n\nclass A(unittest.TestCase):\n    x = 1\n"
    two = "import unittest\n\n\nclass B(unittest.TestCase):\n    y = 2\n"
    relearned(
        [("tests/a.py", one, "class A:\n    x = 1\n"), ("tests/b.py", two, "class B:\n    y = 2\n")],
        "tests/d.py",
        "from unittest import TestCase\n\n\nclass D(TestCase):\n    x = 2\n",
        "class D:\n    x = 2\n",
    )


def test_methods_follow_the_base_of_their_class(relearned: Relearned) -> None:
    """`setUp` is renamed where the base goes in the same change, and kept in classes of another base."""
    old = "import unittest\n\n\nclass {}(unittest.TestCase):\n    def setUp(self):\n        self.x = {}\n"
    new = "class {}:\n    def setup_method(self):\n        self.x = {}\n"
    kept = f"from twisted.trial import unittest{old.format('K', 2).removeprefix('import unittest')}"
    relearned(
        [
            ("tests/a.py", old.format("A", 1), new.format("A", 1)),
            ("tests/b.py", old.format("B", "f()"), new.format("B", "f()")),
            ("tests/k.py", kept, kept),
        ],
        "tests/d.py",
        old.format("D", 3),
        new.format("D", 3),
    )
