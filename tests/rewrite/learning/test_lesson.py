"""Lessons: which untouched files bound what is learned, and how answers are learned from."""

from softwright.rewrite.learning import Example
from softwright.rewrite.learning.bounds import outcome
from softwright.rewrite.learning.lesson import hunk_at, study, unified

CODE = """import logging

log = logging.getLogger(__name__)


def run_{0}(job):
    log.warn("job %s", job)
    return collect_{0}(job)
"""


def changed(number: int) -> Example:
    """A file in which one call was changed."""
    before = CODE.format(number)
    return Example(f"src/m{number}.py", before, before.replace("log.warn(", "log.warning("))


def untouched(number: int) -> Example:
    """A file with the same code that nobody changed."""
    return Example(f"src/m{number}.py", CODE.format(number), CODE.format(number))


def test_a_file_with_the_same_code_is_not_done_yet() -> None:
    """An untouched file with nothing but the code that was changed elsewhere does not keep the rule away."""
    lesson = study([changed(1), changed(2)], "a test", [untouched(3), untouched(4)])
    assert [example.path for example in lesson.undone] == ["src/m3.py", "src/m4.py"]
    rules = [each.rule for each in lesson.learned.rules]
    assert outcome(rules, CODE.format(9), "src/m9.py") == CODE.format(9).replace("log.warn(", "log.warning(")


def test_an_untouched_file_with_other_code_bounds_what_is_learned() -> None:
    """What is only like the changed code stays as it is, and the file is kept as an example."""
    text = 'import warnings\n\nwarnings.warn("old")\n'
    text = 'import warnings\n\nwarnings.warn("old")\n'
    other = Example("src/other.py", text, text)
    lesson = study([changed(1), changed(2)], "a test", [other, untouched(3)])
    assert other in lesson.examples
    assert [example.path for example in lesson.undone] == ["src/m3.py"]
    rules = [each.rule for each in lesson.learned.rules]
    assert outcome(rules, other.before, other.path) == other.before


def test_without_untouched_files_all_are_examples() -> None:
    """A file that was given as left alone stays an example, whatever it costs."""
    lesson = study([changed(1), untouched(3)], "a test")
    assert len(lesson.examples) == 2
    assert lesson.undone == ()
    rules = [each.rule for each in lesson.learned.rules]
    assert outcome(rules, untouched(3).before, "src/m3.py") == untouched(3).before


def test_an_answer_is_learned_from_and_takes_the_place_of_the_old_one() -> None:
    """One more example, the same file only once, and the question is remembered."""
    lesson = study([changed(1)], "a test")
    taught = lesson.with_example(changed(2), asked="which?")
    again = taught.with_example(untouched(2))
    assert [len(each.examples) for each in (lesson, taught, again)] == [1, 2, 2]
    assert again.examples[-1].is_left_alone
    assert again.asked == {"which?"}
    assert taught.learned.rules[0].evidence.files == 2


def test_a_hunk_is_found_by_its_line() -> None:
    """Of a diff that part which shows a line of the text before, nothing for a line far off."""
    before = "".join(f"{number}\n" for number in range(1, 41))
    diff = unified(before, before.replace("\n5\n", "\nfive\n").replace("\n30\n", "\nthirty\n"), "a.txt")
    assert "+five" in hunk_at(diff, 5)
    assert "+thirty" in hunk_at(diff, 30)
    assert "+five" not in hunk_at(diff, 30)
    assert hunk_at(diff, 17) == ""
    assert unified(before, before, "a.txt") == ""
