"""A worker that is asked to go: what runs here ends its step, what does not is handed on at once."""

import logging
from collections.abc import Callable
from time import monotonic, sleep

from dbos._dbos import _get_dbos_instance
from dbos._utils import INTERNAL_QUEUE_NAME
from sqlalchemy.exc import SQLAlchemyError

from softwright.engine.durable.gate import StepGate
from softwright.engine.durable.waiting import WaitingRoom

log = logging.getLogger(__name__)

_LOOK_S = 0.02
_SETTLE_S = 2.0  # for what a step gave to be written down


def drain(
    gate: StepGate, room: WaitingRoom, give_back: Callable[[str], object] | None, *, timeout_s: float
) -> int:
    """Wait for the steps that are running; gives how many did not end in time.

    No step begins any more. Runs that wait, for their next step or for anything else, have nothing to gain
    here: each is given to `give_back` (None where there is nobody who could take them).
    """
    gate.shut()
    until = monotonic() + timeout_s
    while gate.inside and monotonic() < until:
        _hand_on(gate, room, give_back)
        sleep(_LOOK_S)
    left = gate.inside
    # A step has ended before what it gave is recorded: then its run comes to the gate, or to its end.
    until = monotonic() + _SETTLE_S
    while not left and gate.between and monotonic() < until:
        sleep(_LOOK_S)
    return left


def _hand_on(gate: StepGate, room: WaitingRoom, give_back: Callable[[str], object] | None) -> None:
    if give_back is None:
        return
    for run in [*gate.turned_away(), *room.leaving()]:
        try:
            give_back(run)
        except SQLAlchemyError as error:  # it goes with the lease then
            log.warning("a run could not be handed on yet: %s", error)


def put_back(run: str, identity: str) -> bool:
    """Put a run that an executor holds back into its queue, by compare-and-swap; False when it is not held.

    What the execution that goes on here may still record is refused from then on.
    """
    system = _get_dbos_instance()._sys_db
    return bool(system.reenqueue_for_recovery(run, [identity], INTERNAL_QUEUE_NAME))
