"""What happened, as a value handed to a sink. Rooms emit; the wiring decides who listens."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    `kind` is dotted, noun first ("repo.synced", "check.finished", "repo.pushed"); `run`, `step` and
    `repo` say where; `data` holds JSON-like details. The sink stamps the time.
    """

    kind: str
    repo: str = ""
    run: str = ""
    step: str = ""
    data: Mapping[str, object] = field(default_factory=dict)


EventSink = Callable[[Event], None]


def ignore_events(event: Event) -> None:
    """The sink for callers who do not listen."""
