"""The runs of a delivery: each repository's commit is pushed by a run of its own, in turn at its host.

Look, act by compare-and-swap, record: steps that are repeated after a crash find what they did.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from softwright.campaigns.known import known_campaign
from softwright.campaigns.push import Delivered, PushTask, intend_push, push_commit, record_push
from softwright.campaigns.remote_host import host_of
from softwright.campaigns.spec import CampaignSpec
from softwright.campaigns.waiting import withheld_now
from softwright.core import OutsideFault, digest
from softwright.engine import Kind, Queue, Start, Work, allow, portable
from softwright.engine.trying import tried
from softwright.hosts import Mirrors, PushResult, PushState
from softwright.ledger import Ledger, RepoRecord, Wait

DELIVERY, PUSH = "campaign-delivery", "campaign-push"

QUEUE_OF = {DELIVERY: "campaign-deliveries", PUSH: "campaign-pushes"}

QUEUES = (
    Queue("campaign-deliveries", per_worker=8, poll_s=0.25),
    Queue("campaign-pushes", per_worker=16, per_partition=8, poll_s=0.2),
)
LOCAL = "local"
"""The partition of pushes to remotes that are folders."""

_TRIES = 5
_POISON = 20
_WITHHELD = "withheld"

allow(Delivered, PushResult, PushState, PushTask)


@portable
@dataclass(frozen=True, slots=True)
class DeliveryArgs:
    """A delivery: `pushes` are (repository, its address, commit)."""

    campaign: str
    pushes: tuple[tuple[str, str, str], ...]


@portable
@dataclass(frozen=True, slots=True)
class PushArgs:
    """One push, of exactly the commit that was approved when it was asked for."""

    campaign: str
    repo: str
    commit: str


After = Callable[[Work, PushArgs, Delivered], Awaitable[Delivered]]
"""What follows a push in its run."""


async def _nothing_more(work: Work, args: PushArgs, delivered: Delivered) -> Delivered:
    del work, args
    return delivered


class Pushing:
    """The functions of the kinds.

    `restore` makes a commit anew that this machine's mirror lacks; `after` is what follows each push.
    """

    def __init__(
        self,
        ledger: Ledger,
        mirrors: Mirrors,
        restore: Callable[[RepoRecord], None],
        after: After = _nothing_more,
    ) -> None:
        self._after = after
        self._ledger = ledger
        self._mirrors = mirrors
        self._restore = restore
        self._paced: dict[str, int] = {}
        self._places: dict[tuple[str, str, int], asyncio.Semaphore] = {}

    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of runs that a delivery is made of."""
        return (
            Kind(DELIVERY, QUEUE_OF[DELIVERY], self.deliver, attempts=1_000),
            Kind(PUSH, QUEUE_OF[PUSH], self.push, attempts=_POISON),
        )

    async def deliver(self, work: Work, args: DeliveryArgs) -> dict[str, int]:
        """Every push; gives how many ended in each state."""
        starts = [
            Start(PUSH, f"{work.run}/{repo}", PushArgs(args.campaign, repo, commit), host_of(url) or LOCAL)
            for repo, url, commit in args.pushes
        ]
        await work.start(starts)
        counts: dict[str, int] = defaultdict(int)
        for ending in await work.join([start.id for start in starts]):
            result = ending.result
            counts[result.state if isinstance(result, Delivered) else str(ending.state)] += 1
        return dict(counts)

    async def push(self, work: Work, args: PushArgs) -> Delivered:
        """Push one commit, if it is still to be pushed."""
        repo = args.repo
        task = await work.step("intend", self._intend, args, attempts=_TRIES, repo=repo)
        if isinstance(task, Delivered):
            return task
        # The wait is a step of its own number: its length differs, the path through the steps does not.
        while pause := await work.step("take turn", self._turn, work.run, args.campaign, attempts=_TRIES):
            await work.sleep(pause)
        result = await work.step("push", self._push, args, task, attempts=_TRIES, repo=repo)
        if isinstance(result, Delivered):
            return result
        done = await work.step("record", self._record, task, result, attempts=_TRIES, repo=repo)
        return await self._after(work, args, done)

    def _intend(self, args: PushArgs) -> PushTask | Delivered:
        """The push, recorded as intended; or why it is no longer to be made."""
        _, spec = known_campaign(self._ledger, args.campaign)
        record = self._ledger.states.get(args.campaign, args.repo)
        reason = self._withheld(spec, args, record)
        if record is None or reason:
            return Delivered(args.repo, spec.branch, args.commit, _WITHHELD, reason)
        self._restore(record)
        return intend_push(self._ledger, record)

    def _turn(self, run: str, campaign: str) -> float:
        """Seconds to wait before the push may begin; 0 when it is its turn."""
        bucket, per_minute = f"push:{campaign}", self._spec(campaign).deliver.throttle.per_minute
        if self._paced.get(campaign) != per_minute:  # as fast as the file says, on however many machines
            budgets = self._ledger.budgets
            budgets.set_bucket(bucket, capacity=per_minute, refill_per_s=per_minute / 60)
            self._paced[campaign] = per_minute
        got = self._ledger.budgets.reserve(f"push:{digest(run.encode())}", take={bucket: 1})
        return got.seconds if isinstance(got, Wait) else 0.0

    def _withheld(self, spec: CampaignSpec, args: PushArgs, record: RepoRecord | None) -> str:
        """Why the commit must not be pushed now, "" when it may."""
        if record is None or record.commit_sha != args.commit:
            return "the change was made anew since"
        return withheld_now(self._ledger, spec, record)

    async def _push(self, args: PushArgs, task: PushTask) -> PushResult | Delivered:
        """Push when there is a place; in threads for steps, as a remote may take minutes to answer."""
        host = host_of(task.url) or LOCAL
        spec = await tried("look", self._spec, (args.campaign,))
        places = spec.deliver.throttle.per_host
        async with self._places.setdefault((args.campaign, host, places), asyncio.Semaphore(places)):
            return await tried("push", self._push_now, (args, task))

    def _push_now(self, args: PushArgs, task: PushTask) -> PushResult | Delivered:
        """Push, if it is still allowed: since it was intended hours may have gone by, and decisions.

        Another machine may have intended it: the commit is made here too where it is not.
        """
        _, spec = known_campaign(self._ledger, args.campaign)
        record = self._ledger.states.get(args.campaign, args.repo)
        reason = self._withheld(spec, args, record)
        if record is None or reason:
            return Delivered(args.repo, task.branch, args.commit, _WITHHELD, reason)
        self._restore(record)
        return push_commit(self._mirrors, task)

    def _record(self, task: PushTask, result: PushResult) -> Delivered:
        record = self._ledger.states.get(task.campaign, task.repo)
        if record is None:
            raise OutsideFault(f"`{task.repo}` is no longer in the record of `{task.campaign}`")
        return record_push(self._ledger, record, task, result)

    def _spec(self, campaign: str) -> CampaignSpec:
        return known_campaign(self._ledger, campaign)[1]


def delivery_args(campaign: str, todo: Sequence[RepoRecord], urls: Sequence[str]) -> DeliveryArgs:
    """The arguments of a delivery of these repositories, which are at these addresses."""
    pushes = tuple((r.repo, url, r.commit_sha) for r, url in zip(todo, urls, strict=True))
    return DeliveryArgs(campaign, pushes)
