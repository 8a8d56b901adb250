"""Durable runs: started once, carried to their end whatever dies on the way.

The rest of the house knows `Engine` and `Work`. `softwright.engine.durable` keeps runs in a database and is
imported only where the rooms are wired together.
"""

from softwright.engine.engine import Engine, EngineWorker, HomeInUse, Work
from softwright.engine.forms import allow, allow_as, portable
from softwright.engine.forms_error import RemoteError
from softwright.engine.kind import ALWAYS, Kind, Kinds, Queue, Rate, Start
from softwright.engine.log import JsonLines, PlainLines, bound
from softwright.engine.payload import LIMIT, dumps, loads
from softwright.engine.run import ACTIVE, ENDED, Ending, RunInfo, RunState, StepInfo
from softwright.engine.schedule import Schedule
from softwright.engine.watcher import Unwatched, Watcher

__all__ = [
    "ACTIVE",
    "ALWAYS",
    "ENDED",
    "LIMIT",
    "Ending",
    "Engine",
    "EngineWorker",
    "HomeInUse",
    "JsonLines",
    "Kind",
    "Kinds",
    "PlainLines",
    "Queue",
    "Rate",
    "RemoteError",
    "RunInfo",
    "RunState",
    "Schedule",
    "Start",
    "StepInfo",
    "Unwatched",
    "Watcher",
    "Work",
    "allow",
    "allow_as",
    "bound",
    "dumps",
    "loads",
    "portable",
]
