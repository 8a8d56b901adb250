"""Values that every room speaks. Nothing here does I/O."""

from softwright.core.clock import Clock, SystemClock
from softwright.core.cost import Cost
from softwright.core.counted import counted
from softwright.core.digest import digest
from softwright.core.edit import Delete, Edit, FileChange, Patch, Write, apply_edits, overlapping
from softwright.core.errors import (
    InvalidInput,
    LimitHit,
    OutsideFault,
    PrerequisiteMissing,
    RecordAway,
    SoftwrightError,
    Stopped,
    nearest,
    no_answer,
)
from softwright.core.event import Event, EventSink, ignore_events
from softwright.core.language import LANGUAGES, Language, language_of
from softwright.core.repo import Entry, Fleet, Repo, Site, Snapshot
from softwright.core.span import Position, Span, line_starts, position_of
from softwright.core.verdict import Evidence, Outcome, Verdict

__all__ = [
    "LANGUAGES",
    "Clock",
    "Cost",
    "Delete",
    "Edit",
    "Entry",
    "Event",
    "EventSink",
    "Evidence",
    "FileChange",
    "Fleet",
    "InvalidInput",
    "Language",
    "LimitHit",
    "Outcome",
    "OutsideFault",
    "Patch",
    "Position",
    "PrerequisiteMissing",
    "RecordAway",
    "Repo",
    "Site",
    "Snapshot",
    "SoftwrightError",
    "Span",
    "Stopped",
    "SystemClock",
    "Verdict",
    "Write",
    "apply_edits",
    "counted",
    "digest",
    "ignore_events",
    "language_of",
    "line_starts",
    "nearest",
    "no_answer",
    "overlapping",
    "position_of",
]
