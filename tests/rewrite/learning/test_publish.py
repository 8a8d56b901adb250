"""Learned rules as files: named, described, their samples tried."""

from dataclasses import replace

import pytest

from softwright.core import InvalidInput
from softwright.rewrite import check_samples, parse_rule
from softwright.rewrite.learning import Example, Learned
from softwright.rewrite.learning.lesson import Lesson, study
from softwright.rewrite.learning.publish import rule_files_of

BEFORE = "def f(x):\n    oldName(x)\n    return oldName(1, x)\n"
EXAMPLES = [Example("src/a.py", BEFORE, BEFORE.replace("oldName", "newName"))]


def test_a_learned_rule_is_a_file_that_says_what_it_does_and_where_it_is_from() -> None:
    """Read back it holds its own samples; words, evidence and origin stand in it."""
    (file,) = rule_files_of(study(EXAMPLES, "commit 12ab of api"), "my-rename")
    rule = parse_rule(file.text, "my-rename.md")
    assert check_samples(rule).ok
    assert (file.id, rule.id) == ("my-rename", "my-rename")
    assert "`oldName`" in rule.message
    assert "2 places in 1 file" in rule.why
    assert "Learned from commit 12ab of api; confidence 0." in rule.why
    assert file.reason == ""


def test_several_rules_are_numbered_and_without_a_prefix_keep_their_names() -> None:
    """The order is that in which they are applied."""
    text = BEFORE + "    return clock.utcnow(zone)\n"
    after = text.replace("oldName", "newName").replace("clock.utcnow(zone)", "clock.now(zone.utc)")
    lesson = study([Example("src/a.py", text, after), Example("src/b.py", text, after)])
    assert [file.id for file in rule_files_of(lesson, "move")] == ["move-1", "move-2"]
    assert [file.id for file in rule_files_of(lesson)] == [each.rule.id for each in lesson.learned.rules]


def test_a_rule_that_does_not_do_what_was_shown_gets_no_file() -> None:
    """Its reason is told instead."""
    learned = study(EXAMPLES).learned.rules
    other = [Example("src/a.py", BEFORE, BEFORE.replace("oldName", "otherName"))]
    (file,) = rule_files_of(Lesson(tuple(other), Learned(learned)))
    assert file.text == ""
    assert "does not reproduce its examples" in file.reason


def test_a_path_that_a_rule_file_cannot_say_costs_the_sample_not_the_rule() -> None:
    """Blanks and signs in a path are no obstacle."""
    odd = [replace(EXAMPLES[0], path="src/a `b` #.py")]
    (file,) = rule_files_of(study(odd), "odd")
    assert check_samples(parse_rule(file.text, "odd.md")).ok


def test_the_least_python_is_that_of_python_rules() -> None:
    """What the examples cannot tell is given by the user; a version that is none is refused."""
    (file,) = rule_files_of(study(EXAMPLES), "aware", min_python="3.9")
    assert parse_rule(file.text, "aware.md").min_python == "3.9"
    typed = [Example("a.ts", "oldName(1);\noldName(2);\n", "newName(1);\nnewName(2);\n")]
    for file in rule_files_of(study(typed), "typed", min_python="3.9"):
        assert parse_rule(file.text, "typed.md").min_python == ""
    with pytest.raises(InvalidInput, match="no version of Python"):
        rule_files_of(study(EXAMPLES), "aware", min_python="three")


@pytest.mark.parametrize("prefix", ["Not Kebab", "a--b", "-a", "ä"])
def test_a_bad_prefix_is_refused(prefix: str) -> None:
    """The name is named."""
    with pytest.raises(InvalidInput, match="kebab-case"):
        rule_files_of(study(EXAMPLES), prefix)
