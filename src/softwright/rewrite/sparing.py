"""Which sites to leave alone so that the rest of a file can be rewritten.

A result that does not parse, or an import that no name is free for, is mostly the fault of one site. Where
that is not known, it is found by halving: the sites of the first half alone, then of the half it must be in.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from softwright.core import InvalidInput
from softwright.rewrite.left_alone import Place, Unfit
from softwright.rewrite.result import Rewrite

MOST_TRIES = 32
"""Times that one file is rewritten anew before it is refused as a whole."""
_MOST_HALVED = 2
"""Sites of one rule that are found by halving; with the next all of them are given up."""


@dataclass(slots=True)
class Failure:
    """A file that could not be rewritten: why, and the places that were."""

    error: InvalidInput
    places: Sequence[Place]


Attempt = Callable[[frozenset[Place]], Rewrite | Failure]
"""What becomes of the file without these places."""


@dataclass(slots=True)
class Spared:
    """The outcome without some places -> why each was left alone."""

    outcome: Rewrite
    places: Mapping[Place, str]


def sparing(attempt: Attempt, failure: Failure) -> Spared | None:
    """The file without the sites that spoil it; None when then nothing changes, or when it takes too long."""
    return _Search(attempt).run(failure)


@dataclass(slots=True)
class _Search:
    attempt: Attempt
    tries: int = MOST_TRIES
    spared: dict[Place, str] = field(default_factory=dict)
    found: Counter[str] = field(default_factory=Counter)
    """Rules of which halving found sites."""

    def run(self, failure: Failure) -> Spared | None:
        while isinstance(failure.error, Unfit):
            culprits = [place for place in failure.error.culprits if place not in self.spared]
            culprits = culprits or self._halved([each for each in failure.places if each not in self.spared])
            if not culprits:
                return None
            self.spared.update(dict.fromkeys(culprits, failure.error.reason))
            outcome = self._tried(frozenset(self.spared))
            if isinstance(outcome, Rewrite):
                return Spared(outcome, self.spared) if outcome.edits else None
            if outcome is None:
                return None
            failure = outcome
        return None

    def _tried(self, spared: frozenset[Place]) -> Rewrite | Failure | None:
        if not self.tries:
            return None
        self.tries -= 1
        return self.attempt(spared)

    def _halved(self, places: Sequence[Place]) -> list[Place]:
        """A place without which those before it do no harm; in the end, all places of its rule."""
        good, bad = 0, len(places)
        while bad - good > 1:
            middle = (good + bad) // 2
            outcome = self._tried(frozenset([*self.spared, *places[middle:]]))
            if outcome is None:
                return []
            good, bad = (middle, bad) if isinstance(outcome, Rewrite) else (good, middle)
        culprits = [*places[bad - 1 : bad]]
        if culprits and self.found[culprits[0].rule] >= _MOST_HALVED:
            return [place for place in places if place.rule == culprits[0].rule]
        self.found.update(place.rule for place in culprits)
        return culprits
