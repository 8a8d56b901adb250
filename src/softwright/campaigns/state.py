"""The states of a repository in a campaign, and which may follow which."""

from enum import StrEnum

from softwright.core import SoftwrightError


class RepoState(StrEnum):
    """Where a repository stands."""

    PENDING = "pending"  # not looked at yet
    NO_SITES = "no-sites"  # the change finds nothing to do
    PROPOSED = "proposed"  # there is a patch, not checked yet
    HELD = "held"  # a check blocked it
    PREPARED = "prepared"  # checked; the commit waits for a decision
    APPROVED = "approved"  # a person said yes to exactly these edits
    REJECTED = "rejected"  # a person said no to exactly these edits
    DELIVERED = "delivered"  # the branch is on the remote
    MERGED = "merged"  # the change is in the branch it was made for
    CLOSED = "closed"  # the delivered branch was deleted without being merged
    FAILED = "failed"  # something outside broke: the reason says what


_WORKED = {RepoState.NO_SITES, RepoState.PROPOSED, RepoState.HELD, RepoState.PREPARED, RepoState.FAILED}
"""What a run may find out about a repository."""

ALLOWED: dict[RepoState, frozenset[RepoState]] = {
    RepoState.PENDING: frozenset(_WORKED),
    RepoState.NO_SITES: frozenset(_WORKED),
    RepoState.PROPOSED: frozenset(_WORKED),
    RepoState.HELD: frozenset(_WORKED | {RepoState.APPROVED, RepoState.REJECTED}),
    RepoState.PREPARED: frozenset(
        _WORKED | {RepoState.APPROVED, RepoState.REJECTED, RepoState.DELIVERED, RepoState.MERGED}
    ),
    RepoState.APPROVED: frozenset(
        _WORKED | {RepoState.APPROVED, RepoState.REJECTED, RepoState.DELIVERED, RepoState.MERGED}
    ),
    RepoState.REJECTED: frozenset(_WORKED | {RepoState.APPROVED, RepoState.REJECTED, RepoState.MERGED}),
    RepoState.DELIVERED: frozenset(
        _WORKED | {RepoState.APPROVED, RepoState.DELIVERED, RepoState.MERGED, RepoState.CLOSED}
    ),
    RepoState.MERGED: frozenset(_WORKED | {RepoState.MERGED}),
    RepoState.CLOSED: frozenset(_WORKED | {RepoState.CLOSED, RepoState.MERGED}),
    RepoState.FAILED: frozenset(_WORKED | {RepoState.APPROVED, RepoState.DELIVERED, RepoState.MERGED}),
}
"""State -> the states that may follow it. A run may start over from any state; only a decision or
a delivery leads to the states of people and remotes."""


class WrongTransition(SoftwrightError):
    """A state was about to follow one it may not follow: a fault of Softwright, never of the user."""


def check_transition(repo: str, old: RepoState, new: RepoState) -> None:
    """Raises WrongTransition unless `new` may follow `old` (staying is always allowed)."""
    if new is not old and new not in ALLOWED[old]:
        raise WrongTransition(f"`{new}` cannot follow `{old}`", where=repo)
