"""Ending a campaign, and taking its branches back from the remotes."""

from collections.abc import Callable
from dataclasses import replace

from softwright.campaigns.deliver import Delivered
from softwright.campaigns.detail import Detail
from softwright.campaigns.spec import CampaignSpec
from softwright.campaigns.state import RepoState
from softwright.core import Event
from softwright.hosts import Mirrors, PushState, delete_branch
from softwright.ledger import Delivery, Ledger


def close_campaign(
    ledger: Ledger,
    spec: CampaignSpec,
    mirrors: Mirrors,
    *,
    delete_branches: bool = False,
    on_result: Callable[[Delivered], None] = lambda result: None,
) -> list[Delivered]:
    """Mark the campaign as ended; with `delete_branches` remove its delivered, unmerged branches first.

    A branch that holds commits of others is left alone and shown.
    """
    results = []
    for record in ledger.states.all(spec.name) if delete_branches else ():
        if record.state not in (RepoState.DELIVERED, RepoState.CLOSED):
            continue
        url = Detail.from_json(record.detail).url
        ours = ledger.deliveries.ours(record.repo)
        git_dir, limit = mirrors.path(record.repo), mirrors.timeout_s
        gone = delete_branch(git_dir, url, branch=spec.branch, ours=ours, timeout_s=limit)
        result = Delivered(
            record.repo, spec.branch, record.commit_sha, gone.state.value, gone.reason, gone.foreign
        )
        with ledger.write():
            ledger.deliveries.add(
                Delivery(
                    spec.name, record.repo, url, spec.branch, record.commit_sha, gone.state.value, gone.reason
                )
            )
            if gone.state in (PushState.DELETED, PushState.ALREADY):
                closed = replace(record, state=RepoState.CLOSED.value, reason="the campaign was closed")
                ledger.states.put([closed])
        results.append(result)
        on_result(result)
    with ledger.write():
        ledger.campaigns.close(spec.name)
        ledger.events.append(Event("campaign.closed", run=spec.name))
    return results
