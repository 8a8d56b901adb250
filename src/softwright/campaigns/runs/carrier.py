"""Who carries the runs of this call: this process, or whoever does already."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from time import monotonic

from softwright.campaigns.bench import Workshop
from softwright.campaigns.means import Means
from softwright.campaigns.runs.outside import engine_of
from softwright.campaigns.runs.station import Station
from softwright.engine import Engine, HomeInUse

_LOOK_S = 2.0


@dataclass
class Carrier:
    """The engine, and whether this process works for it (`here`)."""

    means: Means
    engine: Engine
    here: bool
    _looked: float = -_LOOK_S
    _attended: bool = True

    def attended(self) -> bool:
        """True while some process works for the engine; looked at every few seconds."""
        if not self.here and monotonic() - self._looked > _LOOK_S:
            self._attended = self.means.attended()
            self._looked = monotonic()
        return self._attended


@contextmanager
def carrier(
    means: Means, *, size: int, known: Mapping[str, Workshop] | None = None, here: bool = True
) -> Iterator[Carrier]:
    """Work in this process with `size` processes, unless `here` is False or another one has the home.

    Must be entered before this process starts threads.
    """
    with ExitStack() as stack:
        if here:
            try:
                station = stack.enter_context(Station(means, size=size, known=known))
            except HomeInUse:  # that process takes on what is started from here
                here = False
        engine = station.engine if here else stack.enter_context(engine_of(means))
        yield Carrier(means, engine, here)
