"""An engine without a database, for tests of whatever is built on runs."""

from softwright.testing.engine_memory.engine import MemoryEngine

__all__ = ["MemoryEngine"]
