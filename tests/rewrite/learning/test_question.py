"""Questions: two readings of a change, one real place on which they differ, and what the answer teaches."""

from collections.abc import Iterable
from dataclasses import replace

from softwright.rewrite import Rule, parse_rule
from softwright.rewrite.learning import Ambiguity, Evidence, Example, Learned, LearnedRule
from softwright.rewrite.learning.lesson import Lesson, study
from softwright.rewrite.learning.question import Question, answer, next_question, pass_over

CHANGED = Example("src/a.py", "def f():\n    old(1)\n", "def f():\n    new(1)\n")


def learned(block: str, name: str = "made") -> LearnedRule:
    """A rule of a YAML block, as if it had been learned."""
    head = f"---\nid: {name}\nlanguage: python\nmessage: m\n---\n# T\n"
    rule = parse_rule(f"{head}## Rule\n```yaml\n{block}\n```\n", f"{name}.md")
    return LearnedRule(replace(rule, path=""), Evidence(1, 1, 1), 0.5)


NARROW = learned("rule: {pattern: old(1)}\nfix: new(1)")
WIDE = learned("rule: {pattern: old($A)}\nfix: new($A)", "made-wide")


def lesson(*more: LearnedRule, ambiguities: int = 1) -> Lesson:
    """A lesson in which one rule may be read in two ways."""
    unclear = tuple(Ambiguity(NARROW, WIDE, "any argument?") for _ in range(ambiguities))
    return Lesson((CHANGED,), Learned((NARROW, *more), (), unclear), "a test")


def asked(files: dict[str, str], given: Lesson | None = None) -> Question | None:
    """The question about some files of one repository."""

    def texts(rule: Rule) -> Iterable[tuple[str, str, str]]:
        return (("repo", path, text) for path, text in files.items())

    return next_question(given or lesson(), texts)


def test_a_place_is_found_on_which_the_readings_differ() -> None:
    """File, line, and what each reading would do there: one changes it, the other leaves it alone."""
    question = asked({"src/x.py": "def g():\n    other()\n    old(2)\n"})
    assert question is not None
    assert (question.repo, question.path, question.line) == ("repo", "src/x.py", 3)
    assert question.text == "any argument?"
    assert "+    new(2)" in question.wide
    assert question.narrow == ""


def test_both_changes_are_shown_where_both_change_something() -> None:
    """Readings may differ in what they put there."""
    other = learned("rule: {pattern: old($A)}\nfix: newer($A)", "other")
    unclear = Learned((NARROW,), (), (Ambiguity(WIDE, other, "which?"),))
    question = asked({"src/x.py": "old(2)\n"}, Lesson((CHANGED,), unclear))
    assert question is not None
    assert "+new(2)" in question.narrow
    assert "+newer(2)" in question.wide


def test_nothing_is_asked_where_they_agree() -> None:
    """Files on which both do the same, and those that were shown already, give no question."""
    assert asked({"src/x.py": "old(1)\n", "src/y.py": "print(2)\n", "src/a.py": CHANGED.before}) is None
    assert asked({"src/x.py": "old(2)\n"}, Lesson((CHANGED,), Learned((NARROW,)))) is None


def test_the_answer_is_one_example_about_the_code_around_the_place() -> None:
    """Only the statement asked about is claimed: changed, or left as the narrow reading has it."""
    third = learned("rule: {pattern: print($A)}\nfix: log($A)", "third")
    question = asked({"src/x.py": "print(1)\n\n\ndef g():\n    old(2)\n"}, lesson(third))
    assert question is not None
    assert (question.yes.before, question.yes.after) == ("old(2)\n", "new(2)\n")
    assert question.no.is_left_alone
    assert question.others == 0


def test_what_needs_the_whole_file_is_asked_about_the_whole_file() -> None:
    """Where the piece alone does not show the difference the file is the example; other places are told."""
    flagged = "inside: {kind: module, stopBy: end, has: {stopBy: end, pattern: flag = 1}}"
    wide = learned(f"rule: {{pattern: old($A), {flagged}}}\nfix: new($A)", "flagged")
    unclear = Learned((NARROW,), (), (Ambiguity(NARROW, wide, "which?"),))
    text = "flag = 1\nold(2)\nprint()\nold(3)\n"
    question = asked({"src/x.py": text}, Lesson((CHANGED,), unclear))
    assert question is not None
    assert question.yes.before == text
    assert question.others == 1


def test_the_clearest_place_is_taken() -> None:
    """Of several files the one with a short difference is shown."""
    long = "x = old(\n    [\n        1,\n        2,\n        3,\n    ]\n)\n"
    question = asked({"src/long.py": long, "src/short.py": "old(2)\n"})
    assert question is not None
    assert question.path == "src/short.py"


def test_a_question_is_asked_once() -> None:
    """Neither after an answer nor after it was passed over."""
    files = {"src/x.py": "old(2)\n", "src/y.py": "old(3)\n"}
    question = asked(files)
    assert question is not None
    assert asked(files, pass_over(lesson(), question)) is None


def test_answers_change_what_is_learned() -> None:
    """Yes teaches the general reading, no the specific one."""
    start = study([CHANGED], "a test")
    question = asked({"src/x.py": "def g():\n    old(2)\n"})
    assert question is not None
    yes, no = (answer(start, question, yes=said) for said in (True, False))
    assert len(yes.examples) == len(no.examples) == 2
    assert yes.examples[-1].after.strip() == "new(2)"
    assert no.examples[-1].is_left_alone
    assert question.key in yes.asked & no.asked
