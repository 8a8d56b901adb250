"""What the record keeps of shapes, in both databases."""

from datetime import timedelta

from softwright.ledger import Ledger
from softwright.ledger.shapes import (
    ACCEPTED,
    CORRECTED,
    REJECTED,
    UNDECIDED,
    EditDecision,
    ShapeExample,
    ShapeRule,
    SiteWork,
)


def decision(edit: str, said: str, **more: str) -> EditDecision:
    """A decision about an edit of one file."""
    return EditDecision("c", "r", "m.py", edit, "shape", said, **more)


def test_the_newest_decision_about_an_edit_counts(database_url):
    """Nothing is overwritten; what was taken back is undecided."""
    with Ledger.open(database_url) as ledger:
        ledger.edits.add(
            [decision("1", ACCEPTED), decision("2", REJECTED, reason="no"), decision("3", ACCEPTED)]
        )
        ledger.edits.add([decision("1", CORRECTED, correction="x\n", who="me"), decision("3", UNDECIDED)])
        ledger.edits.add([EditDecision("other", "r", "m.py", "2", "shape", ACCEPTED)])
        found = ledger.edits.latest("c")
        assert {edit: each.decision for edit, each in found.items()} == {"1": CORRECTED, "2": REJECTED}
        assert (found["1"].correction, found["1"].who, found["2"].reason) == ("x\n", "me", "no")
        assert ledger.edits.latest("c", repo="none") == {}


def test_the_newest_example_of_a_file_counts(database_url):
    """A file that was decided about twice is one example."""
    with Ledger.open(database_url) as ledger:
        for after in ("one", "two"):
            ledger.examples.add([ShapeExample("c", "r", "m.py", "negative", "shape", "1", "zero", after)])
        ledger.examples.add([ShapeExample("c", "r", "n.py", "positive", "shape", "2", "zero", "three")])
        assert [(each.path, each.after) for each in ledger.examples.of("c")] == [
            ("m.py", "two"),
            ("n.py", "three"),
        ]


def test_a_shape_has_one_rule_for_each_step(database_url):
    """The new rule of a shape takes the place of the old."""
    with Ledger.open(database_url) as ledger:
        for inputs in ("1", "2"):
            ledger.shape_rules.put([ShapeRule("c", "step", "shape", "", "why", 5, 2, inputs)])
        (rule,) = ledger.shape_rules.of("c")
        assert (rule.inputs, rule.edits, rule.held_back) == ("2", 5, 2)


def test_work_adds_up(database_url):
    """Every piece of work stays, with the moment of its transaction."""
    with Ledger.open(database_url) as ledger:
        one = SiteWork("c", "r", "i", "rule", "rule", sites=2, files=1, wall_s=0.5)
        ledger.work.add([one, SiteWork("c", "r", "i", "step", "command", 0, 0, 0.0, skipped=1)])
        ledger.work.add([one])
        found = ledger.work.of("c")
        assert [(each.proposer, each.wall_s, each.skipped) for each in found] == [
            ("rule", 0.5, 0),
            ("step", 0.0, 1),
            ("rule", 0.5, 0),
        ]
        assert found[0].at == found[1].at


def test_edits_of_files_are_kept_by_content(database_url):
    """What is known is given back, however many are asked for; what is there stays."""
    with Ledger.open(database_url) as ledger:
        ledger.file_shapes.put_many({str(n): [{"line": n}] for n in range(1_200)})
        ledger.file_shapes.put_many({"7": []})
        found = ledger.file_shapes.get_many(str(n) for n in range(1_100, 1_300))
        assert found == {str(n): [{"line": n}] for n in range(1_100, 1_200)}
        assert ledger.file_shapes.get_many(["7"]) == {"7": [{"line": 7}]}


def test_edits_of_files_are_forgotten_when_they_are_old(database_url):
    """By the moment they were put, except for those to keep; a dry run only counts."""
    with Ledger.open(database_url) as ledger:
        ledger.file_shapes.put_many({str(n): [] for n in range(1_200)})
        now = ledger.clock.now()
        assert ledger.file_shapes.forget(before=now - timedelta(hours=1), keep=()) == 0
        later = now + timedelta(hours=1)
        assert ledger.file_shapes.forget(before=later, keep={"3"}, dry_run=True) == 1_199
        assert len(ledger.file_shapes.get_many(str(n) for n in range(1_200))) == 1_200
        assert ledger.file_shapes.forget(before=later, keep={"3"}) == 1_199
        assert ledger.file_shapes.get_many(str(n) for n in range(1_200)) == {"3": []}
