"""Samples of learned rules are short, are the author's own code, and hold."""

from pathlib import Path

import pytest

from softwright.rewrite import Rule, Scope, check_samples, parse_rule
from softwright.rewrite.learning import Example, learn
from softwright.rewrite.learning.alike import files_alike, removed_words
from softwright.rewrite.learning.samples.fill import fill_samples

BEFORE = """import logging
import warnings

log = logging.getLogger(__name__)


class Service:
    def run(self, jobs):
        for job in jobs:
            log.warn("job %s", job)
            if job.failed:
                log.warn("failed")
        warnings.warn("old")
"""
AFTER = BEFORE.replace("log.warn(", "log.warning(")


def rule(block: str, *, language: str = "python", scope: Scope | None = None) -> Rule:
    """A rule of a YAML block, without samples."""
    head = f"---\nid: made\nlanguage: {language}\nmessage: m\n---\n# T\n"
    made = parse_rule(f"{head}## Rule\n```yaml\n{block}\n```\n", "made.md")
    return made if scope is None else Rule(**{**vars(made), "scope": scope})


RENAME = "rule: {pattern: oldName($$$A)}\nfix: newName($$$A)"
LOG = "rule: {pattern: log.warn($$$A)}\nfix: log.warning($$$A)"


def test_samples_are_statements_of_the_examples() -> None:
    """The smallest statement around a place, what the author made of it, and the line it is from."""
    (filled,) = fill_samples([rule(LOG)], [Example("src/a.py", BEFORE, AFTER)])
    changed = [sample for sample in filled.samples if sample.after is not None]
    assert [(sample.title, sample.before, sample.after) for sample in changed] == [
        ("src/a.py, line 12", 'log.warn("failed")\n', 'log.warning("failed")\n'),
        ("src/a.py, line 10", 'log.warn("job %s", job)\n', 'log.warning("job %s", job)\n'),
    ]
    assert check_samples(filled).ok


def test_what_is_alike_and_left_alone_becomes_a_sample() -> None:
    """Places with the words of the pattern that the rule and the author did not touch."""
    (filled,) = fill_samples([rule(LOG)], [Example("src/a.py", BEFORE, AFTER)])
    alone = [sample.before for sample in filled.samples if sample.after is None]
    assert 'warnings.warn("old")\n' in alone


def test_conditions_are_shown_by_what_they_keep_away() -> None:
    """What the pattern takes without its constraint is the first thing to be left alone."""
    before = "f(1)\nf('a')\n"
    made = rule("rule: {pattern: f($A)}\nconstraints: {A: {kind: integer}}\nfix: g($A)")
    (filled,) = fill_samples([made], [Example("a.py", before, "g(1)\nf('a')\n")])
    assert [sample.before for sample in filled.samples] == ["f(1)\n", "f('a')\n"]


def test_imports_come_with_the_code_that_needs_them() -> None:
    """Where names must resolve, the sample has the imports that it mentions, and no others."""
    before = "import os\nimport six\n\nx = six.text_type(os.name)\ny = 1\n"
    made = rule("rule: {kind: attribute}\nresolves: six.text_type\nfix: $import(builtins.str)")
    (filled,) = fill_samples([made], [Example("a.py", before, before.replace("six.text_type", "str"))])
    assert filled.samples[0].before == "import os\nimport six\n\nx = six.text_type(os.name)\n"
    assert check_samples(filled).ok


def test_a_rule_that_does_something_else_has_no_samples() -> None:
    """What the author did not write is no sample, so the rule is not kept."""
    (filled,) = fill_samples(
        [rule("rule: {pattern: log.warn($$$A)}\nfix: log.error($$$A)")], [Example("a.py", BEFORE, AFTER)]
    )
    assert filled.samples == ()


def test_rules_see_what_those_before_them_made() -> None:
    """A rule that works on another's result finds its samples there."""
    first, second = rule("rule: {pattern: f($A)}\nfix: g($A)"), rule("rule: {pattern: g(1)}\nfix: h()")
    filled = fill_samples([first, second], [Example("a.py", "x = f(1)\ny = f(2)\n", "x = h()\ny = g(2)\n")])
    assert {sample.after for sample in filled[0].samples if sample.after} == {"x = g(1)\n", "y = g(2)\n"}
    assert filled[1].samples[0].before == "x = g(1)\n"


def test_code_on_which_the_author_did_more_is_the_second_choice() -> None:
    """A part of what happened to a line is a sample where there is no better one."""
    both = Example("a.py", "class FooTest(Base):\n    x = 1\n", "class TestFoo:\n    x = 1\n")
    made = rule("rule: {kind: identifier, regex: ^FooTest$}\nfix: TestFoo")
    (filled,) = fill_samples([made], [both])
    assert filled.samples[0].after == "class TestFoo(Base):\n    ...\n"
    other = rule("rule: {kind: identifier, regex: ^FooTest$}\nfix: TestBar")
    assert fill_samples([other], [both])[0].samples == ()


def test_the_scope_is_shown_by_a_file_outside() -> None:
    """Samples of a rule with a scope name their files; one outside is left alone."""
    scope = Scope(include=("src/**",))
    examples = [Example("src/a.py", BEFORE, AFTER), Example("old/b.py", BEFORE, BEFORE)]
    (filled,) = fill_samples([rule(LOG, scope=scope)], examples)
    assert {sample.path for sample in filled.samples} == {"src/a.py", "old/b.py"}
    outside = [sample for sample in filled.samples if sample.path == "old/b.py"]
    assert [(sample.before, sample.after) for sample in outside] == [('log.warn("failed")\n', None)]
    assert check_samples(filled).ok


@pytest.mark.parametrize(
    ("path", "language", "block", "before"),
    [
        ("a.ts", "typescript", RENAME, "function f() {\n  oldName(1)\n}\n"),
        ("a.go", "go", RENAME, "package a\n\nfunc f() {\n\toldName(1)\n}\n"),
        ("A.java", "java", RENAME, "class A {\n  void f() { oldName(1); }\n}\n"),
        ("a.py", "python", LOG, BEFORE.replace("\n", "\r\n")),
    ],
)
def test_other_languages_and_line_ends_have_samples_that_hold(
    path: str, language: str, block: str, before: str
) -> None:
    """Pieces parse in their language; carriage returns do not come into samples."""
    after = before.replace("oldName", "newName").replace("log.warn(", "log.warning(")
    (filled,) = fill_samples([rule(block, language=language)], [Example(path, before, after)])
    assert check_samples(filled).ok
    assert all("\r" not in sample.before for sample in filled.samples)


def test_what_is_learned_has_samples_that_hold() -> None:
    """From example to rule to samples, with nothing written by hand."""
    examples = [Example("src/a.py", BEFORE, AFTER)]
    learned = learn(examples)
    assert learned.rules
    for filled in fill_samples([each.rule for each in learned.rules], examples):
        assert check_samples(filled).ok


def test_files_that_hold_the_removed_words_come_first() -> None:
    """Words that a change took away, and of the other files those with most of them, in its language only."""
    example = Example("a.py", "x = six.text_type(y)\nsix.moves(1)\n", "x = str(y)\nmoves(1)\n")
    assert removed_words([example]) == ["six", "text_type"]
    others = [
        ("none.py", b"z = 1\n"),
        ("one.py", b"import six\n"),
        ("both.py", b"six.text_type\n"),
        ("text.md", b"six.text_type\n"),
        ("latin.py", b"six.text_type = '\xe9'\n"),
        ("large.py", b"six.text_type\n" * 20_000),
    ]
    assert [each.path for each in files_alike([example], others)] == ["both.py", "one.py"]
    assert [each.path for each in files_alike([example], others, most=1)] == ["both.py"]
    assert all(each.is_left_alone for each in files_alike([example], others))


def test_a_change_that_takes_no_word_away_has_no_like() -> None:
    """Where only something was put in, nothing tells which files are alike."""
    assert (
        files_alike([Example("a.py", "x = 1\n", "x = 12\n")], [("b.py", Path(__file__).read_bytes())]) == []
    )
