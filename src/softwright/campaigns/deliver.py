"""Delivering: what is ready becomes durable runs, one a push, that are followed to their end."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from time import sleep

from softwright.campaigns.detail import Detail
from softwright.campaigns.means import Means
from softwright.campaigns.patience import patiently
from softwright.campaigns.push import Delivered, branch_of
from softwright.campaigns.requests import wanted_request
from softwright.campaigns.runs.carrier import carrier
from softwright.campaigns.runs.names import next_delivery, pushed_repo
from softwright.campaigns.runs.pushing import DELIVERY, PUSH, delivery_args
from softwright.campaigns.spec import CampaignSpec
from softwright.core import OutsideFault
from softwright.engine import ACTIVE, ENDED, Engine, Start
from softwright.ledger import Ledger, RepoRecord

_LOOK_S = 0.05
_MANY = 1_000_000


def planned(ledger: Ledger, spec: CampaignSpec, todo: Sequence[RepoRecord]) -> list[Delivered]:
    """What a delivery would push, and the titles of the change requests that it would open."""
    rows = []
    for record in todo:
        wanted = wanted_request(ledger, spec, record)
        known = ledger.effects.get(wanted.key) if wanted else None
        told = "" if wanted is None else f"would open: {wanted.title}"
        told = f"is there: {known.receipt}" if known is not None and known.receipt else told
        rows.append(Delivered(record.repo, branch_of(record), record.commit_sha, "planned", request=told))
    return rows


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
            told = _Told(carried.engine, means.settings.lease_s, on_result)
            _carry(told, spec.name, find, on_start, results)
        except KeyboardInterrupt:
            carried.stop(DELIVERY, spec.name)
            raise
    return sorted(results, key=lambda result: result.repo)


@dataclass(frozen=True, slots=True)
class _Told:
    """Whom is told of results, and how long a database that is away is waited for."""

    engine: Engine
    patience_s: float
    on_result: Callable[[Delivered], None]

    def follow(self, run: str) -> list[Delivered]:
        """The results of the run's pushes, told as they come."""
        found: dict[str, Delivered] = {}
        ended = False
        while not ended:
            ended, new = patiently(lambda: self._look(run, found), within_s=self.patience_s)
            for push, result in new.items():
                found[push] = result
                self.on_result(result)
            if not ended:
                sleep(_LOOK_S)
        return list(found.values())

    def _look(self, run: str, known: Collection[str]) -> tuple[bool, dict[str, Delivered]]:
        """Whether the run has ended, and the results that are not known, by the ids of their runs."""
        info = self.engine.info(run)
        ended = info is None or info.state.ended
        pushes = self.engine.runs(under=run, kinds=[PUSH], states=ENDED, limit=_MANY)
        return ended, {push.id: self._result(push.id) for push in pushes if push.id not in known}

    def _result(self, push: str) -> Delivered:
        ending = self.engine.ending(push)
        if isinstance(ending.result, Delivered):
            return ending.result
        return Delivered(pushed_repo(push), "", "", str(ending.state), ending.error)


def _carry(
    told: _Told,
    campaign: str,
    find: Callable[[], Sequence[RepoRecord]],
    on_start: Callable[[int], None],
    results: list[Delivered],
) -> None:
    engine = told.engine
    for left in engine.runs(under=campaign, kinds=[DELIVERY], states=ACTIVE):
        results += told.follow(left.id)
    todo = find()
    on_start(len(results) + len(todo))
    if todo:
        run = _next_id(engine, campaign)
        urls = [Detail.from_json(record.detail).url for record in todo]
        if not engine.start(Start(DELIVERY, run, delivery_args(campaign, todo, urls))):
            raise OutsideFault(f"a run `{run}` is there already", hint="deliver again: nothing was pushed")
        results += told.follow(run)


def _next_id(engine: Engine, campaign: str) -> str:
    return next_delivery(
        campaign, (run.id for run in engine.runs(under=campaign, kinds=[DELIVERY], limit=_MANY))
    )
