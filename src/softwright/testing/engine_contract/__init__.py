"""The suite that every implementation of the port of durable runs must pass, by topic."""

from softwright.testing.engine_contract.children import ChildrenContract
from softwright.testing.engine_contract.listing import ListingContract
from softwright.testing.engine_contract.rig import EngineRig, Plays, contract_kinds
from softwright.testing.engine_contract.schedules import SchedulesContract
from softwright.testing.engine_contract.starting import StartingContract
from softwright.testing.engine_contract.stepping import SteppingContract
from softwright.testing.engine_contract.stopping import StoppingContract
from softwright.testing.engine_contract.waiting import WaitingContract

__all__ = ["EngineContract", "EngineRig", "Plays", "contract_kinds"]


class EngineContract(
    StartingContract,
    SteppingContract,
    ChildrenContract,
    WaitingContract,
    StoppingContract,
    ListingContract,
    SchedulesContract,
):
    """What every `Engine`, and the `Work` inside of its runs, must do.

    Subclass it in a test and give `rig` as a fixture: an `EngineRig` that is launched, with
    `contract_kinds(plays)`. One rig may serve all tests.
    """
