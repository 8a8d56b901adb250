"""Delivering: what is ready becomes durable runs, one a push, that are followed to their end."""

from collections.abc import Callable, Sequence
from time import sleep

from softwright.campaigns.detail import Detail
from softwright.campaigns.means import Means
from softwright.campaigns.push import Delivered, branch_of
from softwright.campaigns.runs.carrier import carrier
from softwright.campaigns.runs.names import next_delivery
from softwright.campaigns.runs.pushing import DELIVERY, PUSH, delivery_args
from softwright.campaigns.spec import CampaignSpec
from softwright.core import OutsideFault
from softwright.engine import ACTIVE, ENDED, Engine, Start
from softwright.ledger import RepoRecord

_LOOK_S = 0.05
_MANY = 1_000_000


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
    results: list[Delivered] = []
    with carrier(means, size=1) as carried:
        try:
            _carry(carried.engine, spec.name, find, on_start, on_result, results)
        except KeyboardInterrupt:
            carried.stop(DELIVERY, spec.name)
            raise
    return sorted(results, key=lambda result: result.repo)


def _carry(
    engine: Engine,
    campaign: str,
    find: Callable[[], Sequence[RepoRecord]],
    on_start: Callable[[int], None],
    on_result: Callable[[Delivered], None],
    results: list[Delivered],
) -> None:
    for left in engine.runs(under=campaign, kinds=[DELIVERY], states=ACTIVE):
        results += _follow(engine, left.id, on_result)
    todo = find()
    on_start(len(results) + len(todo))
    if todo:
        run = _next_id(engine, campaign)
        urls = [Detail.from_json(record.detail).url for record in todo]
        if not engine.start(Start(DELIVERY, run, delivery_args(campaign, todo, urls))):
            raise OutsideFault(f"a run `{run}` is there already", hint="deliver again: nothing was pushed")
        results += _follow(engine, run, on_result)


def _next_id(engine: Engine, campaign: str) -> str:
    return next_delivery(
        campaign, (run.id for run in engine.runs(under=campaign, kinds=[DELIVERY], limit=_MANY))
    )


def _follow(engine: Engine, run: str, on_result: Callable[[Delivered], None]) -> list[Delivered]:
    """The results of the run's pushes, told as they come."""
    found: dict[str, Delivered] = {}
    ended = False
    while not ended:
        info = engine.info(run)
        ended = info is None or info.state.ended
        for push in engine.runs(under=run, kinds=[PUSH], states=ENDED, limit=_MANY):
            if push.id not in found:
                ending = engine.ending(push.id)
                repo = push.id.removeprefix(f"{run}/")
                lost = Delivered(repo, "", "", str(ending.state), ending.error)
                found[push.id] = ending.result if isinstance(ending.result, Delivered) else lost
                on_result(found[push.id])
        if not ended:
            sleep(_LOOK_S)
    return list(found.values())
