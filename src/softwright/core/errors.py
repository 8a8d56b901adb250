"""The error tree. Every message says what was given, what is allowed and what to do.

SoftwrightError
├── InvalidInput         what the user gave cannot be used: fix the input           (exit code 2)
├── PrerequisiteMissing  a program or permission is absent: the hint says the cure  (exit code 3)
├── OutsideFault         git, a disk, a server or a repository failed               (exit code 4)
│   └── RecordAway       the database of the record does not answer just now        (exit code 4)
├── LimitHit             a time, memory, process or size limit was reached          (exit code 5)
└── Stopped              somebody stopped the work before its end                   (exit code 130)
"""

from collections.abc import Iterable
from difflib import get_close_matches


class SoftwrightError(Exception):
    """Base of all errors raised on purpose.

    `message` says what was given and what is allowed, `hint` what to do about it,
    `where` names the file, line or repository concerned.
    """

    exit_code = 1
    kind = "error"
    """The word for this kind of error where programs read it."""

    def __init__(self, message: str, *, hint: str = "", where: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.where = where

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        cure = f"\n  → {self.hint}" if self.hint else ""
        return f"{place}{self.message}{cure}"


class InvalidInput(SoftwrightError):
    """What the user gave cannot be used."""

    exit_code = 2
    kind = "invalid-input"


class PrerequisiteMissing(SoftwrightError):
    """A program, package or permission that the work needs is absent."""

    exit_code = 3
    kind = "prerequisite-missing"


class OutsideFault(SoftwrightError):
    """Something outside of Softwright failed: git, a disk, a server, a repository."""

    exit_code = 4
    kind = "outside-fault"


class RecordAway(OutsideFault):
    """The database that holds the record does not answer: down, starting, or cut off. It may be back soon."""

    kind = "record-away"


def no_answer(sqlstate: str | None) -> bool:
    """True when a failed connection or statement found no server at work, by the SQLSTATE that came with it.

    None (nothing came), class 08 (connection exception) and 57P (the server stops, crashed or is starting).
    """
    return sqlstate is None or sqlstate.startswith(("08", "57P"))


class LimitHit(SoftwrightError):
    """A limit on time, memory, processes or size was reached. Never the same as a failed check."""

    exit_code = 5
    kind = "limit-hit"


class Stopped(SoftwrightError):
    """Somebody stopped the work before its end."""

    exit_code = 130
    kind = "stopped"


def nearest(given: str, allowed: Iterable[str]) -> str:
    """A phrase for error messages: the allowed words, the nearest to `given` first.

    `nearest("repoz", ["repos", "files"])` gives "did you mean `repos`? allowed: `files`, `repos`".
    """
    words = sorted(set(allowed))
    listing = ", ".join(f"`{w}`" for w in words) or "nothing"
    close = get_close_matches(given, words, n=1, cutoff=0.5)
    return f"did you mean `{close[0]}`? allowed: {listing}" if close else f"allowed: {listing}"
