"""The ladder: in order, stop at the first that blocks, ask nothing twice."""

from dataclasses import dataclass, field, replace

import pytest

from softwright.checks import run_ladder
from softwright.checks.check import bounded
from softwright.core import Evidence, Outcome, OutsideFault, Verdict


@dataclass
class Told:
    """A check that answers what it was told, or raises it."""

    name: str
    answer: object = Outcome.PASS
    version: str = "1"
    config: str = ""
    asked: list = field(default_factory=list)

    def run(self, subject):
        """The answer."""
        self.asked.append(subject)
        if isinstance(self.answer, BaseException):
            raise self.answer
        return Verdict(self.name, self.answer, "told")


@pytest.fixture
def subject(candidate):
    """Any candidate."""
    return candidate({"a.py": ""}, {"a.py": "x = 1\n"})


@pytest.mark.parametrize("blocking", [Outcome.FAIL, Outcome.LIMIT, Outcome.ERROR])
def test_stops_at_the_first_that_blocks(subject, blocking):
    """What comes after a blocking verdict is not asked."""
    last = Told("last")
    verdicts = run_ladder([Told("a"), Told("b", Outcome.SKIP), Told("c", blocking), last], subject)
    assert [v.outcome for v in verdicts] == [Outcome.PASS, Outcome.SKIP, blocking]
    assert last.asked == []


@pytest.mark.parametrize("fault", [ValueError("odd"), OutsideFault("disk full", hint="free some")])
def test_a_failing_check_is_an_error_verdict(subject, fault):
    """An exception in a check becomes ERROR with what happened, and blocks."""
    (verdict,) = run_ladder([Told("a", fault)], subject)
    assert verdict.outcome is Outcome.ERROR
    assert fault.args[0] in verdict.summary
    assert verdict.evidence[0].detail


def test_ctrl_c_passes(subject):
    """A person's wish to stop is not a finding."""
    with pytest.raises(KeyboardInterrupt):
        run_ladder([Told("a", KeyboardInterrupt())], subject)


@pytest.mark.parametrize("outcome", [Outcome.PASS, Outcome.FAIL, Outcome.SKIP])
def test_an_answer_is_kept(subject, cache, outcome):
    """The same question is not asked twice, and a kept answer says that it is one."""
    check = Told("a", outcome)
    first = run_ladder([check], subject, cache=cache)
    second = run_ladder([check], subject, cache=cache)
    assert len(check.asked) == 1
    assert (first[0].cached, second[0].cached) == (False, True)


@pytest.mark.parametrize("outcome", [Outcome.LIMIT, Outcome.ERROR, ValueError("odd")])
def test_a_limit_or_error_is_not_kept(subject, cache, outcome):
    """The next run may have more room or a mended tool."""
    check = Told("a", outcome)
    run_ladder([check], subject, cache=cache)
    run_ladder([check], subject, cache=cache)
    assert len(check.asked) == 2


def test_another_question_is_another_key(subject, cache, candidate):
    """Version, configuration, name, patch, tree and importers all make a difference."""
    run_ladder([Told("a")], subject, cache=cache)
    others = [
        (Told("b"), subject),
        (Told("a", version="2"), subject),
        (Told("a", config="x"), subject),
        (Told("a"), replace(subject, importers=("b.py",))),
        (Told("a"), replace(subject, base_tree="0" * 40)),
        (Told("a"), candidate({"a.py": ""}, {"a.py": "x = 2\n"})),
    ]
    for check, asked in others:
        run_ladder([check], asked, cache=cache)
        assert len(check.asked) == 1


def test_events_tell_the_course(subject):
    """Listeners hear of the start and the end of every check."""
    heard = []
    run_ladder([Told("a"), Told("b", Outcome.FAIL)], subject, emit=heard.append)
    assert [(e.kind, e.step) for e in heard] == [
        ("check.started", "a"),
        ("check.finished", "a"),
        ("check.started", "b"),
        ("check.finished", "b"),
    ]
    assert heard[3].repo == "demo"
    assert heard[3].data["outcome"] == "fail"


def test_evidence_is_bounded():
    """A record holds so much and says what it left out."""
    kept = bounded(Evidence("m" * 9000, detail="d" * 99_000) for _ in range(300))
    assert len(kept) == 51
    assert kept[-1].message == "and 250 more"
    assert sum(len(e.message) + len(e.detail) for e in kept) < 51 * 5000
