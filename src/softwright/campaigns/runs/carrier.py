"""Who carries the runs of this call: this process, or whoever does already."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from time import monotonic

from softwright.campaigns.bench import Workshop
from softwright.campaigns.means import Means
from softwright.campaigns.runs.outside import engine_of
from softwright.campaigns.runs.station import Station
from softwright.engine import ACTIVE, Engine, HomeInUse

_LOOK_S = 2.0


@dataclass
class Carrier:
    """The engine, and whether this process works for it (`here`)."""

    means: Means
    engine: Engine
    here: bool
    station: Station | None = None
    _looked: float = -_LOOK_S
    _attended: bool = True

    def stop(self, kind: str, campaign: str) -> None:
        """Stop what a person does not want to go on: at once here, and for good where nobody else carries it.

        Other workers go on with it. Where there are none, nothing is done until somebody asks for it again:
        another campaign's run would otherwise carry it on.
        """
        if self.station is None:
            return
        self.station.grace_s = 0.0
        if self.station.worker.is_alone:
            for run in self.engine.runs(under=campaign, kinds=[kind], states=ACTIVE):
                self.engine.cancel(run.id)

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
    station: Station | None = None
    with ExitStack() as stack:
        if here:
            try:
                station = stack.enter_context(Station(means, size=size, known=known))
            except HomeInUse:  # that process takes on what is started from here
                here = False
        engine = station.engine if station else stack.enter_context(engine_of(means))
        yield Carrier(means, engine, here, station)
