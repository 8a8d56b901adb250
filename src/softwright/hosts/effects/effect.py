"""An effect: something that is to happen outside once. Look, act, record."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from softwright.core import Event, InvalidInput, PrerequisiteMissing, SoftwrightError
from softwright.hosts.far_side import Refused, TryLater
from softwright.ledger import EffectRow, Intent, Ledger
from softwright.ledger.effects import DONE, FAILED

_LOOK_AGAIN_S = 5.0

Far = TypeVar("Far", contravariant=True)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is there now: its address or id at the far side, what that shows of it, and what it `lacks`."""

    address: str
    seen: Mapping[str, Any] = field(default_factory=dict)
    lacks: str = ""


class Effect(Protocol[Far]):
    """A value that says what is to be there at the far side, and how it is found and brought about there."""

    @property
    def key(self) -> str:
        """Its name, here and at the far side."""
        ...

    @property
    def kind(self) -> str:
        """What kind of effect it is, in a word."""
        ...

    @property
    def target(self) -> str:
        """Where it is to happen, for people."""
        ...

    @property
    def digest(self) -> str:
        """Names what is to be there: with another digest it is looked at, and brought about, anew."""
        ...

    def look(self, far: Far) -> Receipt | None:
        """What is there already under this key, brought up to date; None when there is nothing."""
        ...

    def act(self, far: Far) -> Receipt:
        """Bring it about; only called when nothing was found."""
        ...


def perform(
    ledger: Ledger,
    effect: Effect[Far],
    reach: Callable[[], Far],
    *,
    holder: str,
    campaign: str = "",
    repo: str = "",
    gone: Callable[[str], bool] = lambda holder: False,
) -> EffectRow:
    """Have the effect there once, however often this is called, and gives what the record says of it.

    What is recorded as done is not looked at again. Else the far side, which `reach` gives, is asked for
    the key first: a process that was killed between acting and recording left it there. `holder` names the
    run that is at it; while another run is, TryLater is raised, unless it is `gone`. A refusal is recorded
    as failure.

    Raises OutsideFault when it is not known whether it happened (call again), TryLater when the far side
    asks to wait.
    """
    intent = Intent(effect.key, effect.kind, effect.target, effect.digest, campaign, repo)
    row = ledger.effects.begin(intent, holder=holder)
    if row.state != DONE and row.holder != holder and gone(row.holder):
        ledger.effects.release(intent.key, holder=row.holder)
        row = ledger.effects.begin(intent, holder=holder)
    if row.state == DONE:
        return row
    if row.holder != holder:
        said = f"run `{row.holder}` is at it"
        raise TryLater(said, seconds=_LOOK_AGAIN_S, where=effect.target, of_far_side=False)
    try:
        far = reach()
        receipt = effect.look(far)
        if receipt is None:
            row = _renewed(ledger, row)
            receipt = effect.act(far)
    except (Refused, InvalidInput, PrerequisiteMissing) as error:
        said = f"{error.message}; {error.hint}" if error.hint else error.message
        return settled(ledger, row, FAILED, reason=said)
    except SoftwrightError:
        raise
    except Exception as error:  # its words may hold anything
        said = f"the far side answered otherwise than expected ({type(error).__name__})"
        return settled(ledger, row, FAILED, reason=said)
    return settled(ledger, row, FAILED if receipt.lacks else DONE, receipt=receipt, reason=receipt.lacks)


def _renewed(ledger: Ledger, row: EffectRow) -> EffectRow:
    """The effect still ours, right before it is brought about."""
    mine = ledger.effects.renew(row)
    if mine is None:
        raise TryLater("somebody else took it up", seconds=_LOOK_AGAIN_S, where=row.target, of_far_side=False)
    return mine


def settled(
    ledger: Ledger, row: EffectRow, state: str, *, receipt: Receipt | None = None, reason: str = ""
) -> EffectRow:
    """Record how an effect ended, with an event; gives what is known when it is somebody else's by now."""
    address, seen = (receipt.address, receipt.seen) if receipt else ("", {})
    data: dict[str, object] = {"kind": row.kind, "target": row.target, "at": address, "reason": reason}
    with ledger.write():
        done = ledger.effects.settle(row, state, receipt=address, reason=reason, seen=seen)
        if done.state == state:
            ledger.events.append(Event(f"effect.{state}", repo=row.repo, run=row.campaign, data=data))
    return done
