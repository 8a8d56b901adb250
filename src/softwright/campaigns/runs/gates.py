"""A repository's change waits for a person, for days if need be, and is pushed when it is approved."""

from collections.abc import Collection
from dataclasses import dataclass
from secrets import token_hex

from softwright.campaigns.detail import Detail
from softwright.campaigns.known import known_campaign
from softwright.campaigns.push import Delivered
from softwright.campaigns.remote_host import host_of
from softwright.campaigns.runs.names import gated_repo
from softwright.campaigns.runs.pushing import LOCAL, PUSH, PushArgs
from softwright.campaigns.state import RepoState
from softwright.campaigns.waiting import withheld_now
from softwright.engine import ACTIVE, ALWAYS, Engine, Kind, Queue, Start, Work, portable
from softwright.ledger import Ledger

GATE = "campaign-gate"
DECISION = "decision"

QUEUE_OF = {GATE: "campaign-gates"}

QUEUES = (Queue("campaign-gates", per_worker=10_000, poll_s=0.5),)  # a waiter holds its place for days

PATIENCE_S = 14 * 86_400.0
"""Seconds after which a gate gives up; `campaign deliver` still delivers what is approved later."""

_TRIES = 5
_WAITING = (RepoState.PREPARED, RepoState.HELD, RepoState.APPROVED)
_MANY = 1_000_000


@portable
@dataclass(frozen=True, slots=True)
class GateArgs:
    """Exactly what is waited about: a commit, and the digest of what a person sees of it."""

    campaign: str
    repo: str
    url: str
    commit: str
    shown: str


class Gates:
    """The function of the kind."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def kinds(self) -> tuple[Kind, ...]:
        """The one kind of run."""
        return (Kind(GATE, QUEUE_OF[GATE], self.gate, attempts=ALWAYS),)

    async def gate(self, work: Work, args: GateArgs) -> str:
        """How it ended: the state of the push, or why there was none."""
        while True:
            state = await work.step("look", self._look, args, attempts=_TRIES, repo=args.repo)
            if state != "open":
                break
            if await work.wait(DECISION, timeout_s=PATIENCE_S) is None:
                return "nobody decided"
        if state:
            return state
        push = Start(
            PUSH,
            f"{work.run}/push",
            PushArgs(args.campaign, args.repo, args.commit),
            host_of(args.url) or LOCAL,
        )
        await work.start([push])
        (ending,) = await work.join([push.id])
        return ending.result.state if isinstance(ending.result, Delivered) else str(ending.state)

    def _look(self, args: GateArgs) -> str:
        """ "open" while nobody decided, "" when it may be pushed, else why it may not."""
        _, spec = known_campaign(self._ledger, args.campaign)
        record = self._ledger.states.get(args.campaign, args.repo)
        if record is None or record.commit_sha != args.commit or record.shown != args.shown:
            return "another change took its place"
        why = withheld_now(self._ledger, spec, record)
        if why and record.state in (RepoState.PREPARED, RepoState.HELD):
            return "open"
        return why


def missing_gates(
    ledger: Ledger, engine: Engine, campaign: str, run: str, *, but: Collection[str] = ()
) -> list[Start]:
    """Gates for changes that wait for a person and have none, except in the repositories `but`.

    A gate ends with the run that began it, when that is stopped, and when nobody decides for long.
    """
    there = open_gates(engine, campaign)
    part = f"kept-{token_hex(4)}"  # an id that ended once is not begun again
    starts = []
    for record in ledger.states.all(campaign):
        if record.state in _WAITING and record.repo not in there and record.repo not in but:
            url = Detail.from_json(record.detail).url
            args = GateArgs(campaign, record.repo, url, record.commit_sha, record.shown)
            starts.append(Start(GATE, f"{run}/{part}/{record.repo}/gate", args))
    return starts


def open_gates(engine: Engine, campaign: str) -> dict[str, str]:
    """The gates that wait, by repository."""
    runs = engine.runs(under=campaign, kinds=[GATE], states=ACTIVE, limit=_MANY)
    return {repo: run.id for run in runs if (repo := gated_repo(run.id))}
