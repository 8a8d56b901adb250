"""Delivering: what is ready becomes durable runs, one a push, that are followed to their end."""

from collections.abc import Callable, Sequence
from time import sleep

from softwright.campaigns.detail import Detail
from softwright.campaigns.means import Means
from softwright.campaigns.push import Delivered, branch_of
from softwright.campaigns.runs.carrier import carrier
from softwright.campaigns.runs.pushing import DELIVERY, delivery_args
from softwright.campaigns.spec import CampaignSpec
from softwright.engine import ACTIVE, Start
from softwright.engine.durable import DurableEngine
from softwright.ledger import RepoRecord

_LOOK_S = 0.05


def planned(todo: Sequence[RepoRecord]) -> list[Delivered]:
    """What a delivery would push."""
    return [Delivered(record.repo, branch_of(record), record.commit_sha, "planned") for record in todo]


def deliver(
    means: Means,
    spec: CampaignSpec,
    find: Callable[[], Sequence[RepoRecord]],
    *,
    on_start: Callable[[int], None] = lambda total: None,
    on_result: Callable[[Delivered], None] = lambda result: None,
) -> list[Delivered]:
    """Push what `find` finds ready; what the remote says becomes a repository's state or its reason.

    A delivery that was cut short earlier is carried to its end first, so `find` is called after that. A
    branch on the remote that holds commits of others is left alone and shown. A push that arrived is
    recorded and not repeated.
    """
    if not find():
        on_start(0)
        return []
    with carrier(means, size=1) as carried:
        engine = carried.engine
        results = []
        for left in engine.runs(under=spec.name, kinds=[DELIVERY], states=ACTIVE):
            results += _follow(engine, left.id, on_result)
        todo = find()
        on_start(len(results) + len(todo))
        if todo:
            number = len(engine.runs(under=spec.name, kinds=[DELIVERY], limit=1_000_000)) + 1
            run = f"{spec.name}/deliver-{number}"
            urls = [Detail.from_json(record.detail).url for record in todo]
            engine.start(Start(DELIVERY, run, delivery_args(spec.name, todo, urls)))
            results += _follow(engine, run, on_result)
    return sorted(results, key=lambda result: result.repo)


def _follow(engine: DurableEngine, run: str, on_result: Callable[[Delivered], None]) -> list[Delivered]:
    """The results of the run's pushes, told as they come."""
    found: dict[str, Delivered] = {}
    ended = False
    while not ended:
        info = engine.info(run)
        ended = info is None or info.state.ended
        waiting = [push.id for push in engine.runs(under=run, limit=1_000_000) if push.id != run]
        for push, ending in engine.endings([push for push in waiting if push not in found]).items():
            repo = push.removeprefix(f"{run}/")
            result = ending.result
            if not isinstance(result, Delivered):
                result = Delivered(repo, "", "", str(ending.state), ending.error)
            found[push] = result
            on_result(result)
        if not ended:
            sleep(_LOOK_S)
    return list(found.values())
