"""What a check found. Never a bare bool: a limit is not a failure, and every verdict keeps its evidence."""

from dataclasses import dataclass, field
from enum import StrEnum

from softwright.core.cost import Cost


class Outcome(StrEnum):
    """How a check ended."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"  # the change makes something worse
    LIMIT = "limit"  # time, memory, processes or output ran out: nothing is known
    ERROR = "error"  # the check itself could not run
    SKIP = "skip"  # there was nothing to check, or the check does not apply here


@dataclass(frozen=True, slots=True)
class Evidence:
    """One finding a person can look at: what, where, and the raw text (a traceback, a diagnostic)."""

    message: str
    path: str = ""
    line: int = 0
    code: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of one check on one candidate.

    `summary` is one line for people; `evidence` are *new* findings that decided it; `known` names
    trouble that the unchanged tree already has (shown, never blocking).
    """

    check: str
    outcome: Outcome
    summary: str
    evidence: tuple[Evidence, ...] = ()
    known: tuple[Evidence, ...] = ()
    cost: Cost = field(default_factory=Cost)
    cached: bool = False

    @property
    def blocks(self) -> bool:
        """True when the change must not go on without a person: failed, or nothing is known."""
        return self.outcome in (Outcome.FAIL, Outcome.LIMIT, Outcome.ERROR)
