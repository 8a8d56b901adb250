"""What the processes of a crew do: one stage of the work on one repository, from values to values."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from softwright.campaigns.bench import Bench, Workshop
from softwright.campaigns.crew import Ask, Crew
from softwright.campaigns.outcome import Proposed, RepoOutcome, RepoTask
from softwright.campaigns.stages import check_change, idle_outcome, prepare_commit, propose_change
from softwright.core import Verdict
from softwright.engine.artefacts import Artefacts
from softwright.hosts import Mirrors

_SHOPS = 16

Stage = Literal["propose", "check", "prepare"]


@dataclass(frozen=True, slots=True)
class Order:
    """One stage to do: `pack` and `proposed` are digests of artefacts."""

    stage: Stage
    pack: str
    task: RepoTask
    proposed: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What proposing gave: the outcome where nothing is left to do, else the digest of the proposal."""

    proposed: str = ""
    idle: RepoOutcome | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """What checking gave: the verdicts as an artefact, and new ones for the cache."""

    verdicts: str
    learned: tuple[tuple[str, Verdict], ...]
    seconds: float


Hands = Crew[Order, Found | Judged | str]


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
