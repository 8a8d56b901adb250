"""Durable runs: values that travel, artefacts they point to."""

from softwright.engine.forms import allow, allow_as, portable
from softwright.engine.forms_error import RemoteError
from softwright.engine.payload import LIMIT, dumps, loads

__all__ = ["LIMIT", "RemoteError", "allow", "allow_as", "dumps", "loads", "portable"]
