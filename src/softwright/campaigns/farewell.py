"""What is said when a campaign is closed: at its change requests, and by mail."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from softwright.campaigns.means import Means
from softwright.campaigns.notices import ended_mail
from softwright.campaigns.requests import closed_comments
from softwright.campaigns.runs.carrier import carrier
from softwright.campaigns.runs.performing import EFFECT, AnyEffect, EffectArgs, Performed, host_of_effect
from softwright.campaigns.spec import CampaignSpec
from softwright.core import digest
from softwright.engine import ACTIVE, Engine, Start
from softwright.ledger.effects import DONE, FAILED

_MANY = 1_000_000


@dataclass(frozen=True, slots=True)
class Said:
    """One comment or mail: to whom, where it is, and why it was not said ("" when it was)."""

    kind: str
    target: str
    address: str = ""
    fault: str = ""


def farewells(means: Means, spec: CampaignSpec, reason: str) -> list[EffectArgs]:
    """What is still to be said."""
    records = means.ledger.states.all(spec.name)
    comments = closed_comments(means.ledger, spec, records, reason)
    mail = ended_mail(means.ledger, spec, reason)
    wanted: list[AnyEffect] = [*comments, *([mail] if mail else [])]
    known = {row.key: row for row in means.ledger.effects.of(spec.name)}
    todo = [each for each in wanted if each.key not in known or known[each.key].state != DONE]
    return [EffectArgs(spec.name, "", each, spec.deliver.throttle.per_host) for each in todo]


def say(
    means: Means, campaign: str, todo: Sequence[EffectArgs], on_result: Callable[[Said], None]
) -> list[Said]:
    """Have it said by durable runs, and wait for them. Must be called before this process starts threads."""
    said = []
    with carrier(means, size=1) as carried:
        runs = [_start(carried.engine, campaign, args) for args in todo]
        for args, run in zip(todo, runs, strict=True):
            ending = carried.engine.ending(run)
            done = ending.result if isinstance(ending.result, Performed) else None
            if done is None:
                done = Performed(FAILED, reason=ending.error or str(ending.state))
            said.append(Said(args.effect.kind, args.effect.target, done.address, done.reason))
            on_result(said[-1])
    return said


def _start(engine: Engine, campaign: str, args: EffectArgs) -> str:
    """The run that is at it already, or a new one."""
    name = f"{campaign}/said-{digest(args.effect.key, length=12)}"
    runs = engine.runs(under=campaign, kinds=[EFFECT], limit=_MANY)
    before = [run for run in runs if run.id.startswith(name)]
    for run in before:
        if run.state in ACTIVE:
            return run.id
    run_id = f"{name}-{len(before) + 1}"
    engine.start(Start(EFFECT, run_id, args, host_of_effect(args.effect)))
    return run_id
