"""Migrations made by hand, and a method to replay them whose every word is known."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from softwright.rewrite.learning import Example
from softwright.rewrite.replay import Migration, Origin, Prediction, migration

MakeMigration = Callable[..., Migration]


@dataclass
class Replacing:
    """Learns the words that changed in the files shown and puts them everywhere; asks for files by name."""

    words: dict[str, str]
    asked: list[str] = field(default_factory=list)
    safe: frozenset[str] = frozenset()
    shown: list[tuple[str, ...]] = field(default_factory=list)

    def learn(self, shown: Sequence[Example]) -> "Replacing":
        """Only words that the files shown hold before and no longer after."""
        self.shown.append(tuple(pair.path for pair in shown))
        seen = {old for old in self.words for p in shown if p.before.count(old) > p.after.count(old)}
        words = {old: new for old, new in self.words.items() if old in seen}
        return Replacing(words, self.asked, self.safe)

    def predict(self, path: str, before: str) -> Prediction:
        """Every learned word replaced; rules are named after the word."""
        found = [old for old in self.words if old in before]
        after = before
        for old in found:
            after = after.replace(old, self.words[old])
        origins = tuple(
            Origin(before.index(old), before.index(old) + len(old), frozenset({old})) for old in found
        )
        return Prediction(after, bool(found), origins, frozenset(found))

    def next_file(self, files: Mapping[str, str], shown: Collection[str]) -> str | None:
        """The next of the names given that was not shown."""
        return next((path for path in self.asked if path not in shown), None)

    def described(self) -> str:
        """The words."""
        return str(self.words)


@pytest.fixture
def make_migration() -> MakeMigration:
    """A migration from {path: (before, after)} and {path: text} of files left alone."""

    def make(changed: dict[str, tuple[str, str]], unchanged: dict[str, str] | None = None) -> Migration:
        pairs = [Example(path, *texts) for path, texts in changed.items()]
        still = [Example(path, text, text) for path, text in (unchanged or {}).items()]
        return migration("hand", "python", pairs, still)

    return make
