"""The runs of a campaign: a campaign is shards, a shard is repositories, a repository is stages.

Waiting parents and the work they wait for are in queues of their own, so that parents cannot use up the
places of those they wait for.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from softwright.campaigns.load import IN_MEMORY
from softwright.campaigns.outcome import RepoOutcome, RepoTask, failed
from softwright.campaigns.runs import payloads as _payloads  # noqa: F401  registers what runs pass on
from softwright.campaigns.runs.crew import Broken
from softwright.campaigns.runs.gates import GATE, GateArgs, Gates
from softwright.campaigns.runs.gates import QUEUES as GATE_QUEUES
from softwright.campaigns.runs.hands import Done, Hands, Order, Stage, broken
from softwright.campaigns.runs.pack import CampaignPack
from softwright.campaigns.runs.performing import QUEUES as EFFECT_QUEUES
from softwright.campaigns.runs.performing import Performing
from softwright.campaigns.runs.pushing import QUEUES as PUSH_QUEUES
from softwright.campaigns.runs.pushing import Pushing
from softwright.campaigns.runs.recorder import Recorder
from softwright.campaigns.runs.telling import Telling
from softwright.campaigns.spec import CampaignSpec, RuleStep
from softwright.campaigns.spec_file import parse_campaign
from softwright.core import OutsideFault, counted
from softwright.engine import Ending, Kind, Kinds, Queue, RunState, Start, Work, portable
from softwright.engine.artefacts import Artefacts
from softwright.engine.trying import tried

CAMPAIGN, SHARD, REPOSITORY = "campaign", "campaign-shard", "campaign-repository"

SHARD_SIZE = 50
"""Repositories in a shard: enough to share the cost of a run, few enough that the first results come soon."""

_RANKS: dict[Stage, int] = {
    "prepare": 0,
    "whole": 1,
    "check": 1,
    "propose": 2,
    "restore": 0,
}  # what is begun is ended first
_TRIES = 8  # of what writes to the record, before a run gives up on a database that does not answer
_POISON = 100
"""Times a repository's run is taken up before it is left alone. Many, as all that are under way are taken up
again when their worker dies of one of them, or is killed; and what is dangerous is done by the crew."""

QUEUE_OF = {
    CAMPAIGN: "campaigns",
    SHARD: "campaign-shards",
    REPOSITORY: "campaign-repositories",
}

QUEUES = (
    Queue("campaigns", per_worker=8, poll_s=0.25),
    Queue("campaign-shards", per_worker=4, poll_s=0.25),
    Queue("campaign-repositories", per_worker=64, poll_s=0.2),
)


ALL_QUEUES = (*QUEUES, *PUSH_QUEUES, *GATE_QUEUES, *EFFECT_QUEUES)
"""Every queue that campaigns use."""


@portable
@dataclass(frozen=True, slots=True)
class CampaignArgs:
    """`pack` and `shards` (each a tuple of tasks) are digests of artefacts."""

    campaign: str
    pack: str
    shards: tuple[str, ...]


@portable
@dataclass(frozen=True, slots=True)
class ShardArgs:
    """One shard: `tasks` is the digest of its tasks, whose changes are proposed `together` in one step."""

    campaign: str
    pack: str
    tasks: str
    together: bool


@portable
@dataclass(frozen=True, slots=True)
class RepositoryArgs:
    """One repository; `proposed` is the digest of its proposal, "" when it has yet to be made."""

    campaign: str
    pack: str
    task: RepoTask
    proposed: str = ""


@dataclass(frozen=True, slots=True)
class Tools:
    """What the runs of campaigns work with in this process."""

    artefacts: Artefacts
    hands: Hands
    recorder: Recorder


def campaign_kinds(
    tools: Tools, pushing: Pushing, gates: Gates, performing: Performing, telling: Telling
) -> Kinds:
    """The kinds of runs that campaigns are made of, worked with `tools`."""
    runs = _Runs(tools, telling)
    return Kinds(
        ALL_QUEUES,
        [
            *pushing.kinds(),
            *gates.kinds(),
            *performing.kinds(),
            Kind(CAMPAIGN, QUEUE_OF[CAMPAIGN], runs.campaign, attempts=1_000),
            Kind(SHARD, QUEUE_OF[SHARD], runs.shard, attempts=1_000),
            Kind(REPOSITORY, QUEUE_OF[REPOSITORY], runs.repository, attempts=_POISON),
        ],
    )


class _Runs:
    def __init__(self, tools: Tools, telling: Telling) -> None:
        self._telling = telling
        self._artefacts = tools.artefacts
        self._hands = tools.hands
        self._recorder = tools.recorder
        self._specs: dict[str, CampaignSpec] = {}

    async def campaign(self, work: Work, args: CampaignArgs) -> dict[str, int]:
        """Every shard; gives how many repositories ended in each state. Fails when a shard did."""
        together = await work.step("look", self._by_rules, args.pack, attempts=_TRIES)
        starts = [
            Start(SHARD, f"{work.run}/{i:04d}", ShardArgs(args.campaign, args.pack, tasks, together))
            for i, tasks in enumerate(args.shards)
        ]
        await work.start(starts)
        endings = await work.join([start.id for start in starts])
        if lost := [ending for ending in endings if _lost(ending)]:
            raise OutsideFault(f"{len(lost)} of {counted(len(starts), 'shard')} failed: {lost[0].error}")
        await self._telling.waiting(work, args.campaign)
        return _sum(endings)

    async def shard(self, work: Work, args: ShardArgs) -> dict[str, int]:
        """Every repository of the shard; gives how many ended in each state.

        Where all that is to be done takes no time, the shard does it in one step; else each repository that
        has something to change has a run of its own.
        """
        run = campaign_run(work)
        # No step: they would be recorded again, whole. Tried again like one, as stores have bad moments.
        tasks: Sequence[RepoTask] = await tried(
            "read", self._artefacts.get_json, (args.tasks,), attempts=_TRIES
        )
        if args.together and self._is_quick(args.pack):
            counts, gates = await work.step("work", self._work_all, run, args, tasks, attempts=_TRIES)
            if gates:
                await work.start([Start(GATE, f"{work.run}/{gate.repo}/gate", gate) for gate in gates])
            return counts
        proposals: dict[str, str] = {}
        counts = {}
        if args.together:
            proposals, counts = await work.step(
                "propose", self._propose_all, run, args, tasks, attempts=_TRIES
            )
        starts = [
            Start(
                REPOSITORY,
                f"{work.run}/{task.repo.name}",
                RepositoryArgs(args.campaign, args.pack, task, proposals.get(task.repo.name, "")),
            )
            for task in tasks
            if not args.together or task.repo.name in proposals
        ]
        if starts:
            await work.start(starts)
            endings = await work.join([start.id for start in starts])
            ends = {ending.id: ending for ending in endings if _lost(ending)}
            lost = [(t, ends[e]) for t in tasks if (e := f"{work.run}/{t.repo.name}") in ends]
            if lost:
                await work.step("record the lost", self._record_lost, run, args.pack, lost, attempts=_TRIES)
            counts = Counter(counts) + Counter(_sum(endings))
        return dict(counts)

    async def repository(self, work: Work, args: RepositoryArgs) -> str:
        """Propose, check, prepare, record; gives the state."""
        task, pack, name = args.task, args.pack, args.task.repo.name
        proposed = args.proposed
        if not proposed:
            made = await work.step(
                "propose", self._stage, "propose", pack, task, "", attempts=_TRIES, repo=name
            )
            if made.outcome is not None:
                return await self._write(work, args, made.outcome)
            proposed = made.artefact
        made = await self._made(work, args, proposed)
        if made.outcome is not None:
            return await self._write(work, args, made.outcome)
        run = campaign_run(work)
        record = self._record_prepared
        state, gate = await work.step("record", record, run, args, made.artefact, attempts=_TRIES, repo=name)
        if gate is not None:  # not joined: the run of the campaign ends, the gate waits
            await work.start([Start(GATE, f"{work.run}/gate", gate)])
        return state

    async def _made(self, work: Work, args: RepositoryArgs, proposed: str) -> Done:
        """The change checked and prepared; a check that may take its time is a step of its own."""
        task, pack, name = args.task, args.pack, args.task.repo.name
        judged = await work.step(
            "check", self._stage, "check", pack, task, proposed, attempts=_TRIES, repo=name
        )
        if judged.outcome is not None:
            return judged
        return await work.step(
            "prepare",
            self._stage,
            "prepare",
            pack,
            task,
            proposed,
            judged.artefact,
            attempts=_TRIES,
            repo=name,
        )

    def _by_rules(self, pack: str) -> bool:
        """Whether the change works by rules alone: quick enough to be proposed for a whole shard at once."""
        return all(isinstance(step, RuleStep) for step in self._spec(pack).change)

    def _is_quick(self, pack: str) -> bool:
        """Whether all checks are made in memory."""
        return all(check in IN_MEMORY for check in self._spec(pack).check)

    async def _work_all(
        self, run: str, args: ShardArgs, tasks: Sequence[RepoTask]
    ) -> tuple[dict[str, int], tuple[GateArgs, ...]]:
        """How many ended in each state, and the gates of changes; each is recorded as it is done."""

        async def one(task: RepoTask) -> tuple[str, GateArgs | None]:
            made = await self._stage("whole", args.pack, task, "")
            assert made.outcome is not None  # the whole of the work ends with one
            return await self._record(run, RepositoryArgs(args.campaign, args.pack, task), made.outcome)

        done = await asyncio.gather(*(one(task) for task in tasks))
        gates = tuple(gate for _, gate in done if gate is not None)
        return dict(Counter(state for state, _ in done)), gates

    async def _propose_all(
        self, run: str, args: ShardArgs, tasks: Sequence[RepoTask]
    ) -> tuple[dict[str, str], dict[str, int]]:
        """Digests of proposals by repository, and how many of the others ended in each state."""
        done = await asyncio.gather(*(self._stage("propose", args.pack, task, "") for task in tasks))
        proposals = {
            task.repo.name: made.artefact for task, made in zip(tasks, done, strict=True) if made.artefact
        }
        idle = [(task, made.outcome) for task, made in zip(tasks, done, strict=True) if made.outcome]
        states = await asyncio.gather(*(self._wrote(run, args.pack, task, outcome) for task, outcome in idle))
        return proposals, dict(Counter(states))

    async def _stage(self, stage: Stage, pack: str, task: RepoTask, proposed: str, judged: str = "") -> Done:
        """One stage, done by the crew. A process that dies or fails ends this repository's work only."""
        self._recorder.reach(self._spec(pack).name, task.repo.name, "check" if stage == "whole" else stage)
        result = await asyncio.wrap_future(
            self._hands.submit(
                Order(stage, pack, task, proposed, judged), rank=_RANKS[stage], quick=stage == "whole"
            )
        )
        if self._hands.stopping:  # no result of the work: the stage is done again by whoever takes it up
            await asyncio.Event().wait()
        return broken(task, result.reason, result.detail) if isinstance(result, Broken) else result

    async def _write(self, work: Work, args: RepositoryArgs, outcome: RepoOutcome) -> str:
        name, run = args.task.repo.name, campaign_run(work)
        return await work.step(
            "record", self._wrote, run, args.pack, args.task, outcome, attempts=_TRIES, repo=name
        )

    async def _wrote(self, run: str, pack: str, task: RepoTask, outcome: RepoOutcome) -> str:
        return await asyncio.wrap_future(self._recorder.record(run, self._spec(pack), task, outcome))

    async def _record_prepared(
        self, run: str, args: RepositoryArgs, made: str
    ) -> tuple[str, GateArgs | None]:
        outcome: RepoOutcome = await asyncio.to_thread(self._artefacts.get_json, made)
        return await self._record(run, args, outcome)

    async def _record(
        self, run: str, args: RepositoryArgs, outcome: RepoOutcome
    ) -> tuple[str, GateArgs | None]:
        """The state, and the gate that the change waits at if it is to be pushed without further ado."""
        state = await self._wrote(run, args.pack, args.task, outcome)
        if not outcome.commit or not self._spec(args.pack).deliver.automatic:
            return state, None
        repo = args.task.repo
        return state, GateArgs(args.campaign, repo.name, repo.url, outcome.commit, outcome.shown)

    async def _record_lost(self, run: str, pack: str, lost: Sequence[tuple[RepoTask, Ending]]) -> None:
        """Repositories whose run failed, or was taken up too often because it kills its worker."""
        for task, ending in lost:
            why = ending.error or "its run was given up: it was taken up again and again and never ended"
            await self._wrote(run, pack, task, failed(task, why))

    def _spec(self, pack: str) -> CampaignSpec:
        if pack not in self._specs:
            packed: CampaignPack = self._artefacts.get_json(pack)
            self._specs[pack] = parse_campaign(packed.spec, "campaign.yaml")
        return self._specs[pack]


def campaign_run(work: Work) -> str:
    """The id of the campaign's run that this run is a part of."""
    return "/".join(work.run.split("/")[:2])


def _lost(ending: Ending) -> bool:
    return ending.state in (RunState.FAILED, RunState.POISONED)


def _sum(endings: Sequence[Ending]) -> dict[str, int]:
    """Endings of repositories (a state each) and of shards (counts each), added up."""
    counts: Counter[str] = Counter()
    for ending in endings:
        if isinstance(ending.result, Mapping):
            counts.update(ending.result)
        else:
            state = "failed" if _lost(ending) else str(ending.state)
            counts[str(ending.result) if ending.state is RunState.DONE else state] += 1
    return dict(counts)
