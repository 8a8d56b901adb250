"""The state that an outcome leads to when people and remotes have already spoken."""

from collections.abc import Sequence

from softwright.campaigns.outcome import RepoOutcome
from softwright.campaigns.state import RepoState
from softwright.ledger import Approval, Delivery
from softwright.ledger.deliveries import ARRIVED, GONE, REFUSED


def settled_state(outcome: RepoOutcome, decision: Approval | None, pushed: Sequence[Delivery]) -> RepoState:
    """`outcome.state`, or what a decision about exactly these edits, or a push of this commit, made of it.

    `pushed` are the deliveries to the same branch of the same remote, oldest first.
    """
    if outcome.state not in (RepoState.PREPARED, RepoState.HELD):
        return outcome.state
    last = pushed[-1] if pushed and pushed[-1].commit_sha == outcome.commit else None
    if last is not None and last.state in ARRIVED:
        return RepoState.DELIVERED
    if last is not None and last.state in (GONE, REFUSED):
        return RepoState.CLOSED
    if decision is None or decision.shown != outcome.shown:
        return outcome.state
    return RepoState(decision.decision)
