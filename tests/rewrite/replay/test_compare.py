"""A predicted file against what its author wrote."""

from collections import Counter

from softwright.rewrite.learning import Example
from softwright.rewrite.replay import FileScore, Migration, Origin, Prediction, compared, migration
from softwright.rewrite.replay.score import Cause

BEFORE = "import a\n\nx = old(1)\ny = old(2)\nz = old(3)\nw = once(4)\n"
AFTER = "import a\n\nx = new(1)\ny = new(2)\nz = new(3)\nw = twice(4)\n"


def scored(after: str, before: str = BEFORE, human: str = AFTER, **given: object) -> FileScore:
    """The score of a prediction for a file that is the whole migration."""
    pair = Example("a.py", before, human)
    data = migration("hand", "python", [pair], [])
    return compared(pair, Prediction(after, True), data, **given)  # type: ignore[arg-type]


def test_everything_right():
    """An exact file has precision and recall 1 and no cause."""
    score = scored(AFTER)
    assert score.exact
    assert (score.strict.precision, score.strict.recall) == (1, 1)
    assert not score.causes


def test_repeated_means_three_times_in_the_commit():
    """The replacement made three times counts as repeated, the single one does not."""
    score = scored(AFTER.replace("new(3)", "old(3)").replace("twice", "once"))
    assert (score.strict.human, score.strict.human_repeated, score.strict.right_repeated) == (4, 3, 2)
    assert score.causes == Counter({Cause.MISSED_REPEATED: 1, Cause.MISSED_ONE_OFF: 1})


def test_a_partly_right_nested_edit_is_wrong_on_both_sides():
    """`Optional[List[A]]` half converted is a wrong edit and a missed one."""
    human = "x: list[A] | None\n"
    half = scored("x: Optional[list[A]]\n", before="x: Optional[List[A]]\n", human=human)
    assert half.strict.right < half.strict.made
    assert half.strict.right < half.strict.human


def test_a_silent_file_has_no_precision_and_recall_zero():
    """Nothing made: nothing to be right or wrong about, and everything missed."""
    score = scored(BEFORE)
    assert score.strict.precision is None
    assert (score.strict.recall, score.strict.recall_repeated) == (0, 0)


def test_imports_in_another_order_are_right_leniently():
    """Placement of an import costs strict precision only, and is called a matter of imports."""
    human = "import a\nimport b\n\nx = new\n"
    score = scored("import b\nimport a\n\nx = new\n", before="import a\n\nx = old\n", human=human)
    assert score.lenient.perfect
    assert not score.strict.perfect
    assert score.causes == Counter({Cause.IMPORT_ONLY: 1})


def test_layout_is_not_an_error_but_is_not_exact():
    """Equal tokens and other bytes: right in every edit, exact only through the formatter."""
    wrapped = AFTER.replace("new(1)", "new(\n    1,\n)")
    score = scored(wrapped, formatted=True)
    assert score.strict.perfect
    assert (score.exact, score.formatted) == (False, True)
    assert score.causes == Counter({Cause.LAYOUT_ONLY: 1})
    assert scored(wrapped, formatted=False).formatted is False


def test_an_edit_in_a_file_left_alone_is_false():
    """A file that its author did not touch counts every edit as out of scope."""
    pair = Example("b.py", BEFORE, BEFORE)
    data = Migration("hand", "python", (Example("a.py", BEFORE, AFTER),), (pair,))
    score = compared(pair, Prediction(AFTER, True), data)
    assert not score.changed
    assert score.causes == Counter({Cause.FALSE_UNTOUCHED: 4})


def test_edits_of_safe_rules_are_told_apart():
    """Only edits that safe rules wrote alone count as theirs; a shared one does not."""
    pair = Example("a.py", "x = old\ny = odd\nz = off\n", "x = new\ny = even\nz = on\n")
    data = migration("hand", "python", [pair], [])
    origins = (
        Origin(4, 7, frozenset({"one"})),
        Origin(12, 15, frozenset({"one", "two"})),
        Origin(20, 23, frozenset({"two"})),
    )
    prediction = Prediction("x = new\ny = even\nz = wrong\n", True, origins)
    safe = compared(pair, prediction, data, safe=frozenset({"one"})).safe
    assert (safe.made, safe.right) == (1, 1)
    both = compared(pair, prediction, data, safe=frozenset({"one", "two"})).safe
    assert (both.made, both.right) == (3, 2)
