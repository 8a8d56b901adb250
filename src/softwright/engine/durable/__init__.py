"""Runs on DBOS Transact, in SQLite or PostgreSQL: the one place that knows the library."""

from softwright.engine.durable.alone import OnlyOne, holder
from softwright.engine.durable.client import VERSION, DurableEngine
from softwright.engine.durable.database import EngineDatabase
from softwright.engine.durable.executor import LOCAL, Executor
from softwright.engine.durable.gate import StepGate
from softwright.engine.durable.leases import TTL_S, LeaseInfo, Leases
from softwright.engine.durable.store import StoreOfRuns
from softwright.engine.durable.worker import LOCK, Worker, attended

__all__ = [
    "LOCAL",
    "LOCK",
    "TTL_S",
    "VERSION",
    "DurableEngine",
    "EngineDatabase",
    "Executor",
    "LeaseInfo",
    "Leases",
    "OnlyOne",
    "StepGate",
    "StoreOfRuns",
    "Worker",
    "attended",
    "holder",
]
