"""The state that an outcome leads to when people and remotes have already spoken."""

from collections.abc import Sequence

from softwright.campaigns.outcome import RepoOutcome
from softwright.campaigns.state import RepoState
from softwright.ledger import Approval, Delivery

PUSHED = frozenset({"created", "updated", "already"})
"""Answers of a remote after which it holds the commit."""


def settled_state(outcome: RepoOutcome, decision: Approval | None, pushed: Sequence[Delivery]) -> RepoState:
    """`outcome.state`, or what a decision about exactly these edits, or a push of this commit, made of it."""
    if outcome.state not in (RepoState.PREPARED, RepoState.HELD):
        return outcome.state
    if pushed and pushed[-1].state in PUSHED and pushed[-1].commit_sha == outcome.commit:
        return RepoState.DELIVERED
    if decision is None or decision.shown != outcome.shown:
        return outcome.state
    return RepoState(decision.decision)
