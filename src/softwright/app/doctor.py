"""Look at the machine: what works, what falls back, what would make it better."""

from softwright.app.wiring import House
from softwright.workspaces import Probe, probe


def examine(house: House) -> list[Probe]:
    """Everything that matters on this machine, tried once on the disk of the home."""
    return probe(house.settings.home / "workspaces")
