"""Learning checked from outside: what rules make of the examples and of another file."""

from collections.abc import Callable

import pytest

from softwright.core import language_of
from softwright.rewrite import FileFacts, rewrite
from softwright.rewrite.learning import Example, Learned, learn

Relearned = Callable[..., Learned]


def applied(learned: Learned, path: str, text: str) -> str:
    """The file after the rules, which change nothing when they are applied again."""
    rules = [each.rule for each in learned.rules]
    facts = FileFacts(path, language_of(path), (3, 13), "test" in path)
    once = rewrite(rules, text.encode(), facts)
    assert not once.refused
    assert rewrite(rules, once.content, facts).content == once.content
    return once.content.decode()


@pytest.fixture
def relearned() -> Relearned:
    """Learn from examples; they are reproduced byte for byte, and another file becomes what is wanted."""

    def check(examples: list[tuple[str, str, str]], path: str, before: str, after: str) -> Learned:
        learned = learn([Example(*each) for each in examples])
        for name, old, new in examples:
            assert applied(learned, name, old) == new
        assert applied(learned, path, before) == after
        return learned

    return check
