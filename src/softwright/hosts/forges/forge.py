"""What a forge must offer: change requests of one repository, by the branch they are for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class RequestState(StrEnum):
    """Where a change request stands."""

    OPEN = "open"
    MERGED = "merged"
    CLOSED = "closed"


class CiState(StrEnum):
    """What the forge's continuous integration says of a commit."""

    NONE = "none"  # nothing was asked to run
    PENDING = "pending"
    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """A change request into branch `base`, as the forge shows it; `head` is the last commit of its own."""

    number: int
    url: str
    state: RequestState
    title: str
    body: str
    head: str
    labels: tuple[str, ...] = ()
    base: str = ""


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment of a change request."""

    url: str
    body: str


@dataclass(frozen=True, slots=True)
class NewRequest:
    """What a change request is opened with: `head` and `base` are branches."""

    head: str
    base: str
    title: str
    body: str
    draft: bool = False


class Forge(Protocol):
    """One repository at its forge.

    Every method may raise Refused, TryLater (wait so long), and OutsideFault when it is not known whether
    what was asked for was done.
    """

    def requests(self, head: str) -> Iterator[ChangeRequest]:
        """The change requests for a branch of this repository, open ones first, then the newest."""
        ...

    def request(self, number: int) -> ChangeRequest:
        """One change request."""
        ...

    def open(self, new: NewRequest) -> ChangeRequest:
        """A new change request. Raises Refused with status 409 when there is an open one for the branch."""
        ...

    def update(self, number: int, *, title: str, body: str) -> ChangeRequest:
        """The change request with another title and text."""
        ...

    def add_labels(self, number: int, labels: Sequence[str]) -> None:
        """Give it labels, which are made where the forge wants that; those it has already stay."""
        ...

    def comments(self, number: int) -> Iterator[Comment]:
        """Its comments, oldest first."""
        ...

    def add_comment(self, number: int, body: str) -> Comment:
        """A new comment."""
        ...

    def ci(self, commit: str, number: int) -> CiState:
        """What continuous integration says of the commit of a change request."""
        ...


def worst(states: Sequence[CiState]) -> CiState:
    """What several checks say together."""
    for state in (CiState.FAILED, CiState.PENDING, CiState.PASSED):
        if state in states:
            return state
    return CiState.NONE
