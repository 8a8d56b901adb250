"""Ending a campaign, and taking its branches back from the remotes."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from softwright.campaigns.open import CLOSED_WITH_CAMPAIGN
from softwright.campaigns.push import Delivered, branch_of
from softwright.campaigns.state import RepoState
from softwright.campaigns.waiting import apart
from softwright.core import Event
from softwright.hosts import Mirrors, PushState, delete_branch
from softwright.ledger import Delivery, Ledger, RepoRecord
from softwright.ledger.deliveries import DELETED, standing


def removable(ledger: Ledger, name: str) -> list[Delivery]:
    """Branches that any delivery of the campaign left on a remote, but for those that were merged."""
    records = {record.repo: record for record in ledger.states.all(name)}
    return [d for d in standing(ledger.deliveries.of(name)) if not _is_merged(records.get(d.repo), d)]


def _is_merged(record: RepoRecord | None, delivery: Delivery) -> bool:
    return record is not None and record.state == RepoState.MERGED and branch_of(record) == delivery.branch


def close_campaign(
    ledger: Ledger,
    name: str,
    mirrors: Mirrors,
    *,
    fleet: Mapping[str, str],
    delete_branches: bool = False,
    reason: str = "",
    on_start: Callable[[int], None] = lambda total: None,
    on_result: Callable[[Delivered], None] = lambda result: None,
) -> list[Delivered]:
    """Mark the campaign as ended; with `delete_branches` remove its unmerged branches first.

    Every branch ever delivered is looked at, also one that the file named before it was changed. A branch
    that holds commits of others is left alone and shown, as is one of a repository that is not in
    `fleet` (addresses by name) any more.
    """
    todo = removable(ledger, name) if delete_branches else []
    on_start(len(todo))
    results = []
    for delivery in todo:
        result = _remove(ledger, mirrors, delivery, fleet)
        results.append(result)
        on_result(result)
    with ledger.write():
        ledger.campaigns.close(name)
        ledger.events.append(Event("campaign.closed", run=name, data={"reason": reason}))
    return results


def _remove(ledger: Ledger, mirrors: Mirrors, delivery: Delivery, fleet: Mapping[str, str]) -> Delivered:
    record = ledger.states.get(delivery.campaign, delivery.repo)
    kept = apart(delivery.repo, delivery.url, fleet)
    if record is not None and record.base_branch == delivery.branch:
        kept = "is the repository's own default branch"
    if kept:
        return Delivered(delivery.repo, delivery.branch, delivery.commit_sha, "kept", kept)
    gone = delete_branch(
        mirrors.path(delivery.repo),
        delivery.url,
        branch=delivery.branch,
        ours=ledger.deliveries.ours(delivery.campaign, delivery.repo),
        timeout_s=mirrors.timeout_s,
    )
    absent = gone.state in (PushState.DELETED, PushState.ALREADY)
    said = DELETED if absent else gone.state.value
    with ledger.write():
        ledger.deliveries.add(replace(delivery, state=said, answer=gone.reason))
        waits = record is not None and record.state == RepoState.DELIVERED
        if absent and record is not None and waits and branch_of(record) == delivery.branch:
            closed = replace(record, state=RepoState.CLOSED.value, reason=CLOSED_WITH_CAMPAIGN)
            ledger.states.put([closed])
    return Delivered(
        delivery.repo, delivery.branch, delivery.commit_sha, gone.state.value, gone.reason, gone.foreign
    )
