"""Runs on DBOS Transact, in SQLite or PostgreSQL: the one place that knows the library."""

from softwright.engine.durable.client import VERSION, DurableEngine
from softwright.engine.durable.database import EngineDatabase
from softwright.engine.durable.executor import LOCAL, Executor
from softwright.engine.durable.gate import StepGate

__all__ = ["LOCAL", "VERSION", "DurableEngine", "EngineDatabase", "Executor", "StepGate"]
