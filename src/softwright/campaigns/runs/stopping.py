"""Stopping what is on its way out: nothing of a rejected change or a closed campaign is pushed."""

from collections.abc import Collection

from softwright.campaigns.runs.gates import GATE
from softwright.campaigns.runs.names import pushed_repo
from softwright.campaigns.runs.pushing import DELIVERY, PUSH
from softwright.engine import ACTIVE, Engine

_MANY = 1_000_000


def stop_pushes(engine: Engine, campaign: str, repos: Collection[str] | None = None) -> int:
    """Cancel deliveries and pushes of a campaign that have not ended, those of `repos` only if given.

    Gives how many runs were stopped. With no `repos` the gates that wait for approvals are closed too.
    A push that is being made at this moment may still arrive; the record will say so.
    """
    kinds = [PUSH] if repos is not None else [DELIVERY, PUSH, GATE]
    stopped = 0
    for run in engine.runs(under=campaign, kinds=kinds, states=ACTIVE, limit=_MANY):
        if repos is None or pushed_repo(run.id) in repos:
            stopped += engine.cancel(run.id)
    return stopped
