"""How the outcomes of checks are shown in a report: a sign, and the state whose colour it has."""

from softwright.core import Outcome

MARKS = {
    Outcome.PASS: ("✓", "merged"),
    Outcome.SKIP: ("–", "pending"),
    Outcome.FAIL: ("✗", "failed"),
    Outcome.LIMIT: ("⧗", "held"),
    Outcome.ERROR: ("!", "failed"),
}
