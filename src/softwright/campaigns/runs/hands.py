"""What the processes of a crew do: one stage of the work on one repository, from values to values."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from time import monotonic
from typing import Literal

from softwright.campaigns.bench import Bench, Workshop
from softwright.campaigns.means import Means
from softwright.campaigns.outcome import Proposed, RepoOutcome, RepoTask, failed, fault_of
from softwright.campaigns.runs.crew import Ask, Crew
from softwright.campaigns.runs.pack import unpack
from softwright.campaigns.runs.proposals import get_proposal, put_proposal
from softwright.campaigns.stages import (
    check_change,
    idle_outcome,
    outcome_of,
    prepare_commit,
    propose_change,
)
from softwright.core import SoftwrightError, Verdict
from softwright.engine import portable
from softwright.engine.artefacts import Artefacts
from softwright.workspaces import CommandKilled, leave

_LIVES = 3  # times a stage is begun whose command was killed from outside

Stage = Literal["propose", "check", "prepare", "whole", "restore"]
"""`whole` is the first three in one, for work that takes no time worth recording by itself; `restore` makes
the commit of an earlier run again, where it is not."""


@dataclass(frozen=True, slots=True)
class Order:
    """One stage to do. `pack`, `proposed` and `judged` are digests of artefacts."""

    stage: Stage
    pack: str
    task: RepoTask
    proposed: str = ""
    judged: str = ""


@portable
@dataclass(frozen=True, slots=True)
class Done:
    """What a stage gave.

    `outcome` is set where the repository's work is at its end, but for the stage `prepare`: there
    `artefact` names it, as it names the proposal, or what checking gave. `commit` is what was restored.
    """

    outcome: RepoOutcome | None = None
    artefact: str = ""
    commit: str = ""


@portable
@dataclass(frozen=True, slots=True)
class Judged:
    """What checking gave: the verdicts, and those that are new to the cache, by key."""

    verdicts: tuple[Verdict, ...]
    learned: tuple[tuple[str, Verdict], ...]
    seconds: float = 0.0


Hands = Crew[Order, Done]


def hire_hands(
    means: Means,
    artefacts: Callable[[], Artefacts],
    *,
    size: int,
    answer: Callable[[str], Verdict | None],
    known: Mapping[str, Workshop] | None = None,
    allow_unsandboxed: bool = False,
    lost: Callable[[], object] = lambda: None,
) -> Hands:
    """Processes that do stages; `answer` looks a verdict up, `known` are workshops by their pack.

    A campaign that asks to run commands without a sandbox may do so only with `allow_unsandboxed`.
    `lost` is called when they are gone for good. Must be called before this process starts threads.
    """
    shops = dict(known or {})
    settled: list[int] = []

    def work(order: Order, ask: Ask) -> Done:
        if not settled:
            means.bases.settle()
            settled.append(os.getpid())
        store = artefacts()
        if order.pack not in shops:
            shops[order.pack] = unpack(means, store, order.pack, allow_unsandboxed=allow_unsandboxed)
        began = monotonic()
        for left in reversed(range(_LIVES)):
            try:
                with Bench(shops[order.pack], order.task) as bench:
                    _ensure(means, bench)
                    return _stage(bench, store, order, ask, began)
            except SoftwrightError as error:
                if not (isinstance(error, CommandKilled) and left):
                    return Done(fault_of(order.task, error))
        raise AssertionError("the last life has an outcome")

    return Crew(size, work, answer, leave=leave, lost=lost)


def broken(task: RepoTask, reason: str, detail: str) -> Done:
    """What a stage gives whose process died or raised what it should not."""
    return Done(failed(task, reason, detail=detail))


class VerdictsByAsking:
    """The verdict cache of a worker: it asks the process that owns the record, and hands back what is new."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self.learned: dict[str, Verdict] = {}

    def get(self, key: str) -> Verdict | None:
        """The verdict under `key`."""
        found: Verdict | None = self.learned.get(key) or self._ask(key)
        return found

    def put(self, key: str, verdict: Verdict) -> None:
        """Keep a verdict with the outcome."""
        self.learned[key] = verdict


def _ensure(means: Means, bench: Bench) -> None:
    """Have the mirror hold the snapshot."""
    task, reader = bench.task, bench.reader
    if task.snapshot.commit and not reader.has(task.snapshot.commit):
        means.mirrors.ensure(task.repo, task.snapshot.commit)
        reader.close()  # there may have been nothing to open yet


def _stage(bench: Bench, store: Artefacts, order: Order, ask: Ask, began: float) -> Done:
    task = bench.task
    if order.stage in ("propose", "whole"):
        change = propose_change(bench)
        if (idle := idle_outcome(task, change)) is not None:
            return Done(idle)
        proposed = put_proposal(store, change, bench.files.base)
        if order.stage == "propose":
            return Done(artefact=proposed)
    else:
        proposed = order.proposed
        change = get_proposal(store, proposed, bench.files.base)
    if order.stage == "restore":
        return Done(commit=prepare_commit(bench, change))
    if order.stage == "prepare":
        judged: Judged = store.get_json(order.judged)
    else:
        judged = _judged(bench, change, ask, began)
    if order.stage == "check":
        return Done(artefact=store.put_json(judged))
    outcome = _prepared(bench, change, judged)
    outcome = replace(outcome, detail=replace(outcome.detail, pack=order.pack, proposal=proposed))
    return Done(outcome) if order.stage == "whole" else Done(artefact=store.put_json(outcome))


def _prepared(bench: Bench, change: Proposed, judged: Judged) -> RepoOutcome:
    began = monotonic()
    commit = prepare_commit(bench, change)
    seconds = {"check": judged.seconds, "commit": monotonic() - began}
    branch = bench.shop.spec.branch
    outcome = outcome_of(
        bench.task, change, branch=branch, verdicts=judged.verdicts, commit=commit, seconds=seconds
    )
    return replace(outcome, learned=judged.learned)


def _judged(bench: Bench, change: Proposed, ask: Ask, began: float) -> Judged:
    cache = VerdictsByAsking(ask)
    verdicts = check_change(bench, change, cache)
    return Judged(verdicts, tuple(cache.learned.items()), monotonic() - began)
