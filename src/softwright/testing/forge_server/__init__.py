"""A forge on loopback that speaks three dialects."""

from softwright.testing.forge_server.server import DIALECTS, FakeForge, Fault
from softwright.testing.forge_server.store import KeptComment, KeptRepository, KeptRequest

__all__ = ["DIALECTS", "FakeForge", "Fault", "KeptComment", "KeptRepository", "KeptRequest"]
