"""Isolated copies of a tree in which patches are tried and commands run."""

from softwright.workspaces.bases import Base, Bases
from softwright.workspaces.changes import CACHES
from softwright.workspaces.fork import Fork, open_fork
from softwright.workspaces.isolation import Files, Isolation, Memory, Sandbox
from softwright.workspaces.limits import Limits
from softwright.workspaces.nest import leave
from softwright.workspaces.probe import Probe, probe
from softwright.workspaces.result import LIMITS_HIT, ExecResult
from softwright.workspaces.sandbox import WORK
from softwright.workspaces.watch import CommandKilled

__all__ = [
    "CACHES",
    "LIMITS_HIT",
    "WORK",
    "Base",
    "Bases",
    "CommandKilled",
    "ExecResult",
    "Files",
    "Fork",
    "Isolation",
    "Limits",
    "Memory",
    "Probe",
    "Sandbox",
    "leave",
    "open_fork",
    "probe",
]
