"""Outcomes in the ledger: settled against decisions and deliveries, written in one transaction."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from softwright.campaigns.outcome import RepoOutcome, RepoTask
from softwright.campaigns.settle import settled_state
from softwright.campaigns.spec import CampaignSpec
from softwright.campaigns.state import RepoState, check_transition
from softwright.core import Event, Repo
from softwright.ledger import Approval, Delivery, Ledger, RepoRecord
from softwright.ledger.shapes import SiteWork


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a transaction wrote: `kept` are records whose outcome still holds, `fresh` those made anew."""

    kept: tuple[RepoRecord, ...]
    fresh: tuple[RepoRecord, ...]


def record_outcomes(
    ledger: Ledger,
    spec: CampaignSpec,
    done: Sequence[tuple[RepoTask, RepoOutcome]],
    *,
    before: Mapping[str, RepoRecord],
) -> Recorded:
    """Record outcomes, all of them or none; `before` are the records of the earlier run, by repository.

    Writing the same outcome again, as a run does that was taken up after a crash, changes nothing.
    """
    kept = {task.repo.name: task.inputs for task, outcome in done if outcome.kept}
    fresh = [(task, outcome) for task, outcome in done if not outcome.kept]
    with ledger.write():
        decisions = ledger.approvals.latest(spec.name) if fresh else {}
        records = tuple(
            _record(
                ledger,
                spec,
                task,
                outcome,
                before=before.get(task.repo.name),
                decision=decisions.get(task.repo.name),
            )
            for task, outcome in fresh
        )
        new = [record for record in records if not _same(record, before.get(record.repo))]
        ledger.states.still(spec.name, kept)
        ledger.states.put(new)
        anew = {record.repo for record in new}
        done_now = [(task, outcome) for task, outcome in fresh if task.repo.name in anew]
        ledger.work.add(work for task, outcome in done_now for work in _work(spec.name, task, outcome))
        ledger.verdicts.put_many(pair for _, outcome in fresh for pair in outcome.learned)
        ledger.events.append(*(_event(record) for record in new))
    return Recorded(tuple(before[name] for name in kept), records)


def _record(
    ledger: Ledger,
    spec: CampaignSpec,
    task: RepoTask,
    outcome: RepoOutcome,
    *,
    before: RepoRecord | None,
    decision: Approval | None,
) -> RepoRecord:
    name = task.repo.name
    pushed = _pushed(ledger, spec, task.repo) if outcome.commit else []
    state = settled_state(outcome, decision, pushed)
    # A decision taken earlier may be in force again; the run itself only finds out.
    check_transition(name, RepoState(before.state) if before else RepoState.PENDING, outcome.state)
    return RepoRecord(
        campaign=spec.name,
        repo=name,
        state=state,
        reason=outcome.reason,
        inputs=task.inputs,
        base_commit=task.snapshot.commit,
        base_tree=task.snapshot.tree,
        base_branch=task.snapshot.branch,
        shown=outcome.shown,
        commit_sha=outcome.commit,
        sites=outcome.sites,
        detail=outcome.detail.to_json(),
    )


def _work(campaign: str, task: RepoTask, outcome: RepoOutcome) -> Iterator[SiteWork]:
    """What was done for the outcome, as the record keeps it."""
    for each in outcome.work:
        yield SiteWork(campaign, task.repo.name, task.inputs, **asdict(each))


def _same(record: RepoRecord, before: RepoRecord | None) -> bool:
    """True when the record says nothing new; the details follow from what is compared, but for times."""
    return before is not None and replace(record, detail={}) == replace(before, detail={}, updated_at=None)


def _pushed(ledger: Ledger, spec: CampaignSpec, repo: Repo) -> list[Delivery]:
    """Deliveries to the branch that the campaign has now."""
    here = (repo.url, spec.branch)
    return [d for d in ledger.deliveries.of(spec.name, repo.name) if (d.url, d.branch) == here]


def _event(record: RepoRecord) -> Event:
    data: dict[str, Any] = {"state": record.state, "reason": record.reason, "commit": record.commit_sha}
    return Event("repo.worked", repo=record.repo, run=record.campaign, data=data)
