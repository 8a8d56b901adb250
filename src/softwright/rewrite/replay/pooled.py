"""Many migrations together: pooled (every edit counts the same) and the median migration."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from softwright.rewrite.replay.score import Cause, Score, Tally, ratio


@dataclass(frozen=True, slots=True)
class Pooled:
    """Scores of one order and k over migrations. Left out: where no changed file remained."""

    scores: tuple[Score, ...]

    @property
    def strict(self) -> Tally:
        """All edits together, every token compared."""
        return sum((each.strict for each in self.scores), Tally())

    @property
    def lenient(self) -> Tally:
        """All edits together, imports compared as sets."""
        return sum((each.lenient for each in self.scores), Tally())

    @property
    def safe(self) -> Tally:
        """Edits of rules marked `safe`."""
        return sum((each.safe for each in self.scores), Tally())

    @property
    def causes(self) -> Counter[Cause]:
        """What went wrong, by cause."""
        return sum((each.causes for each in self.scores), Counter())

    @property
    def silent(self) -> int:
        """Migrations for which nothing was changed in a changed file."""
        return sum(each.silent for each in self.scores)

    @property
    def faults(self) -> int:
        """Migrations that ended in an error or at the time limit; counted as silent."""
        return sum(bool(each.fault) for each in self.scores)

    def total(self, of: Callable[[Score], float]) -> float:
        """A sum over the migrations."""
        return sum(of(each) for each in self.scores)

    def median(self, of: Callable[[Score], float | None]) -> float | None:
        """The median of a figure over the migrations that have it."""
        return middle(of(each) for each in self.scores)

    def share(self, holds: Callable[[Score], bool]) -> float | None:
        """Share of all migrations, silent ones included, for which something holds."""
        return ratio(sum(holds(each) for each in self.scores), len(self.scores))

    def precise(self, least: float) -> float | None:
        """Share of migrations with at least this lenient precision; a silent one has none."""
        return self.share(lambda each: (each.lenient.precision or 0.0) >= least)


def pooled(scores: Iterable[Score], order: str, k: int) -> Pooled:
    """The scores of an order and k."""
    return Pooled(
        tuple(each for each in scores if (each.order, each.k) == (order, k) and (each.files or each.fault))
    )


def middle(values: Iterable[float | None]) -> float | None:
    """The median, None without values."""
    known: Sequence[float] = [value for value in values if value is not None]
    return median(known) if known else None
