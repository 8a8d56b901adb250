"""Use cases as functions over plain data; only `wiring.House` builds things from settings."""

from softwright.app.settings import Settings
from softwright.app.wiring import House

__all__ = ["House", "Settings"]
