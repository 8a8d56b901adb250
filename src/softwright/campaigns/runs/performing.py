"""Effects inside of runs: each is tried until it is known to be there, or why it cannot be."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import Any

from softwright.campaigns.runs.places import Places
from softwright.core import OutsideFault, RecordAway
from softwright.engine import Kind, Queue, Work, allow, portable
from softwright.engine.trying import tried
from softwright.hosts.effects import ChangeRequestEffect, CommentEffect, MailEffect, perform, settled
from softwright.hosts.far_side import TryLater
from softwright.hosts.forges import Forges, address_parts
from softwright.hosts.mail import Mailer
from softwright.ledger import EffectRow, Ledger
from softwright.ledger.effects import FAILED

log = logging.getLogger(__name__)

EFFECT = "campaign-effect"

QUEUE_OF = {EFFECT: "campaign-effects"}

QUEUES = (Queue("campaign-effects", per_worker=16, per_partition=8, poll_s=0.5),)

MAIL = "mail"
"""The partition of mail."""

_TRIES = 3
_TURNS = 200  # times that a far side may say "later": many, as others ask it too
_POISON = 20
_FIRST_WAIT_S, _LONGEST_WAIT_S = 5.0, 300.0  # for a far side that fails
WITHHELD = "withheld"
"""The state of an effect that is no longer wanted."""

AnyEffect = ChangeRequestEffect | CommentEffect | MailEffect

allow(ChangeRequestEffect, CommentEffect, MailEffect)


@portable
@dataclass(frozen=True, slots=True)
class EffectArgs:
    """One effect of a campaign; `places` is how many of them one worker is at, at one host at a time."""

    campaign: str
    repo: str
    effect: AnyEffect
    places: int = 2


@portable
@dataclass(frozen=True, slots=True)
class Performed:
    """How an effect ended, as the record says: `state`, where it is, why it failed, what was seen of it."""

    state: str
    address: str = ""
    reason: str = ""
    seen: Mapping[str, Any] = field(default_factory=dict)


@portable
@dataclass(frozen=True, slots=True)
class Later:
    """The far side asks to wait for so many seconds."""

    seconds: float
    why: str


@portable
@dataclass(frozen=True, slots=True)
class Failing:
    """The far side gives no answer, or one that says it is broken: it may be back later."""

    why: str


StillWanted = Callable[[EffectArgs], str]
"""Why an effect must not be brought about any more, "" when it may: asked before each attempt."""


def _wanted(args: EffectArgs) -> str:
    del args
    return ""


def host_of_effect(effect: AnyEffect) -> str:
    """Where the effect takes its turn."""
    return MAIL if isinstance(effect, MailEffect) else address_parts(effect.url)[0] or MAIL


class Performing:
    """Brings effects about, in turn at each host; a host that asks to wait is left alone by all of them.

    `ended` tells of a run whether it has: what it was at may be gone on with. A far side that fails is
    tried again, after waits that grow, for `patience_s` seconds; a host for which that is told is
    written to the log.
    """

    def __init__(
        self,
        ledger: Ledger,
        forges: Forges,
        mailer: Mailer,
        *,
        patience_s: float,
        ended: Callable[[str], bool] = lambda run: False,
    ) -> None:
        self._ledger = ledger
        self._patience_s = patience_s
        self._ended = ended
        self._forges = forges
        self._mailer = mailer
        self._places = Places()
        self._quiet: dict[str, float] = {}

    def kinds(self) -> tuple[Kind, ...]:
        """The one kind of run."""
        return (Kind(EFFECT, QUEUE_OF[EFFECT], self.run, attempts=_POISON),)

    async def run(self, work: Work, args: EffectArgs) -> Performed:
        """A run for one effect."""
        return await self.perform(work, args)

    async def perform(self, work: Work, args: EffectArgs, *, still: StillWanted = _wanted) -> Performed:
        """Steps of a run that end when the effect is there, cannot be, or is not wanted any more."""
        attempt = partial(self._attempt, still=still)
        waited_s, why = 0.0, ""
        for _ in range(_TURNS):
            found = await work.step(
                args.effect.kind, attempt, work.run, args, attempts=_TRIES, repo=args.repo
            )
            if isinstance(found, Performed):
                return found
            if isinstance(found, Later):
                why = f"after {_TURNS} times the far side still asks to wait: {found.why}"
                await work.sleep(found.seconds)
                continue
            why = found.why
            if waited_s >= self._patience_s:
                break
            pause = min(max(waited_s, _FIRST_WAIT_S), _LONGEST_WAIT_S, self._patience_s - waited_s)
            waited_s += pause
            await work.sleep(pause)
        return await work.step("give up", self._give_up, work.run, args, why, attempts=_TRIES, repo=args.repo)

    async def _attempt(
        self, run: str, args: EffectArgs, *, still: StillWanted
    ) -> Performed | Later | Failing:
        host = host_of_effect(args.effect)
        async with self._places.at(host, args.places):
            if (left := self._quiet.get(host, 0.0) - monotonic()) > 0:
                return Later(left, f"{host} asked to wait")
            now = partial(self._perform_now, still=still)
            try:
                return await tried("effect", now, (run, args), attempts=_TRIES, repo=args.repo)
            except TryLater as later:
                if later.of_far_side:
                    until = monotonic() + later.seconds
                    self._quiet[host] = max(until, self._quiet.get(host, 0.0))
                    log.warning("%s asks to wait for %.0f s: %s", host, later.seconds, later.message)
                return Later(later.seconds, later.message)
            except RecordAway:
                raise
            except OutsideFault as error:
                said = f"{error.where}: {error.message}" if error.where else error.message
                log.warning("%s fails, it is waited for: %s", host, said)
                return Failing(said)

    def _perform_now(self, run: str, args: EffectArgs, *, still: StillWanted) -> Performed:
        if why := still(args):
            return Performed(WITHHELD, reason=why)
        effect, forges, mailer = args.effect, self._forges, self._mailer
        known: dict[str, Any] = {
            "holder": run,
            "campaign": args.campaign,
            "repo": args.repo,
            "gone": self._ended,
        }
        if isinstance(effect, MailEffect):
            return _told(perform(self._ledger, effect, lambda: mailer, **known))
        return _told(perform(self._ledger, effect, lambda: forges.of(effect.url), **known))

    def _give_up(self, run: str, args: EffectArgs, why: str) -> Performed:
        row = self._ledger.effects.get(args.effect.key)
        if row is None or row.holder != run:  # not ours to end
            return Performed(FAILED, reason=why)
        return _told(settled(self._ledger, row, FAILED, reason=why))


def _told(row: EffectRow) -> Performed:
    return Performed(row.state, row.receipt, row.reason, row.seen)
