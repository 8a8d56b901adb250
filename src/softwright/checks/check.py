"""What every check is, and how findings are kept within bounds."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Protocol

from softwright.checks.subject import Subject
from softwright.core import Evidence, Outcome, Verdict

MAX_EVIDENCE = 50
MAX_MESSAGE = 500
MAX_DETAIL = 4000


class Check(Protocol):
    """A question about a candidate.

    `name` is what people read; `version` changes whenever the answer to the same question may change;
    `config` is a digest of how this check was set up.
    """

    @property
    def name(self) -> str:
        """The name."""
        ...

    @property
    def version(self) -> str:
        """The version."""
        ...

    @property
    def config(self) -> str:
        """The digest."""
        ...

    def run(self, subject: Subject) -> Verdict:
        """The verdict. Called with any subject; a check that does not apply answers SKIP."""
        ...


class CheckerFailed(Exception):
    """The tool behind a check could not do its work: the verdict is ERROR, never PASS."""

    def __init__(self, message: str, *, evidence: tuple[Evidence, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.evidence = evidence


class LimitReached(Exception):
    """A limit ended the tool behind a check: the verdict is LIMIT, never FAIL."""

    def __init__(self, which: str, message: str, *, detail: str = "") -> None:
        super().__init__(message)
        self.which = which
        self.message = message
        self.detail = detail


def guarded(name: str, answer: Callable[[], Verdict]) -> Verdict:
    """`answer()`, with a failing tool or a reached limit told as a verdict."""
    try:
        return answer()
    except CheckerFailed as fault:
        found = fault.evidence or (Evidence(fault.message),)
        return Verdict(name, Outcome.ERROR, clip(first_line(fault.message)), evidence=bounded(found))
    except LimitReached as stop:
        found = (Evidence(stop.message, code=f"limit:{stop.which}", detail=stop.detail),)
        return Verdict(name, Outcome.LIMIT, clip(first_line(stop.message)), evidence=bounded(found))


def skipped(name: str, why: str) -> Verdict:
    """The verdict of a check that has nothing to say."""
    return Verdict(name, Outcome.SKIP, why)


def nameable(paths: Iterable[str]) -> tuple[list[str], list[Evidence]]:
    """The paths that can be handed to a program as text, and a note about each that cannot.

    A name that is not UTF-8, or holds control characters, comes back changed from a program's output.
    """
    listed = list(paths)
    unread = [path for path in listed if not path.isprintable()]
    notes = [
        Evidence("not checked: its name is not printable text", path=ascii(path)[1:-1], code="note")
        for path in unread
    ]
    return [path for path in listed if path.isprintable()], notes


def bounded(findings: Iterable[Evidence], *, most: int = MAX_EVIDENCE) -> tuple[Evidence, ...]:
    """Findings cut to what a record can hold; the last one says how many were left out."""
    listed = list(findings)
    kept = [
        replace(e, message=clip(e.message, MAX_MESSAGE), detail=clip(e.detail, MAX_DETAIL, tail=True))
        for e in listed[:most]
    ]
    if len(listed) > most:
        kept.append(Evidence(f"and {len(listed) - most} more"))
    return tuple(kept)


def clip(text: str, most: int = MAX_MESSAGE, *, tail: bool = False) -> str:
    """At most `most` characters of `text`: its beginning, or with `tail` its end."""
    if len(text) <= most:
        return text
    return "…" + text[1 - most :] if tail else text[: most - 1] + "…"


def first_line(text: str) -> str:
    """The first line that says something."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")
