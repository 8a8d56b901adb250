"""Replays one migration: learns from the files shown, predicts the others, compares."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from softwright.rewrite.learning import Example
from softwright.rewrite.replay.compare import compared
from softwright.rewrite.replay.method import Method, Prediction, Trained
from softwright.rewrite.replay.migration import Migration, changes_of
from softwright.rewrite.replay.orders import shown_files
from softwright.rewrite.replay.score import FileScore, Score, summed

Format = Callable[[str, Sequence[str]], Sequence[str | None]]
"""(language, texts) -> the texts formatted and their imports sorted; None where that is not possible."""


@dataclass(frozen=True, slots=True)
class Plan:
    """An order and how many files it may show."""

    order: str
    k: int


@dataclass(frozen=True, slots=True)
class Result:
    """A score with what it was counted from."""

    score: Score
    trained: Trained
    files: tuple[FileScore, ...]
    predictions: Mapping[str, Prediction]


def _unformatted(language: str, texts: Sequence[str]) -> Sequence[str | None]:
    return [None] * len(texts)


@dataclass
class Study:
    """One migration under one method. What was learned and predicted once is kept for other plans."""

    migration: Migration
    method: Method
    format: Format = _unformatted
    _learned: dict[tuple[str, ...], tuple[Trained, float]] = field(default_factory=dict)
    _predicted: dict[tuple[tuple[str, ...], str], tuple[Prediction, float]] = field(default_factory=dict)
    _formatted: dict[tuple[str, str], str | None] = field(default_factory=dict)

    def run(self, plan: Plan) -> Result:
        """The score of a plan: what is not shown is predicted."""
        shown = shown_files(plan.order, self.migration, plan.k, self.learned)
        if plan.order == "all":
            targets = list(self.migration.files.values())
        else:
            targets = [pair for path, pair in self.migration.files.items() if path not in shown]
        return self._scored(plan, shown, targets)

    def control(self, plans: Sequence[Plan]) -> Iterator[Result]:
        """The plans on identical files: those that none of them shows."""
        shown = [shown_files(each.order, self.migration, each.k, self.learned) for each in plans]
        seen = {path for paths in shown for path in paths}
        targets = [pair for path, pair in self.migration.files.items() if path not in seen]
        for plan, paths in zip(plans, shown, strict=True):
            yield self._scored(plan, paths, targets)

    def learned(self, shown: tuple[str, ...]) -> Trained:
        """What the files teach."""
        if shown not in self._learned:
            pairs = [self.migration.files[path] for path in shown]
            began = time.process_time()
            trained = self.method.learn(pairs)
            self._learned[shown] = trained, time.process_time() - began
        return self._learned[shown][0]

    def _scored(self, plan: Plan, shown: tuple[str, ...], targets: Sequence[Example]) -> Result:
        trained = self.learned(shown)
        predicted = {pair.path: self._prediction(shown, trained, pair) for pair in targets}
        self._format_all([(pair, predicted[pair.path][0].after) for pair in targets])
        files = [
            compared(
                pair,
                predicted[pair.path][0],
                self.migration,
                safe=trained.safe,
                seconds=predicted[pair.path][1],
                formatted=self._same_layout(pair, predicted[pair.path][0].after),
            )
            for pair in targets
        ]
        edits = sum(len(changes_of(self.migration.files[path]).strict) for path in shown)
        score = summed((self.migration.name, self.migration.language), (plan.order, plan.k), files)
        score = replace(score, shown=shown, learn_s=self._learned[shown][1], example_edits=edits)
        return Result(score, trained, tuple(files), {path: each[0] for path, each in predicted.items()})

    def _prediction(
        self, shown: tuple[str, ...], trained: Trained, pair: Example
    ) -> tuple[Prediction, float]:
        key = shown, pair.path
        if key not in self._predicted:
            began = time.process_time()
            outcome = trained.predict(pair.path, pair.before)
            self._predicted[key] = outcome, time.process_time() - began
        return self._predicted[key]

    def _format_all(self, files: Sequence[tuple[Example, str]]) -> None:
        """Have every text formatted whose layout decides whether a file is as its author left it."""
        wanted: dict[str, dict[str, None]] = {}
        for pair, after in files:
            if pair.before != pair.after != after:
                for text in (pair.after, after):
                    if (pair.language, text) not in self._formatted:
                        wanted.setdefault(pair.language, {})[text] = None
        for language, texts in wanted.items():
            for text, done in zip(texts, self.format(language, list(texts)), strict=True):
                self._formatted[language, text] = done

    def _same_layout(self, pair: Example, after: str) -> bool | None:
        ours = self._formatted.get((pair.language, after))
        theirs = self._formatted.get((pair.language, pair.after))
        return None if ours is None or theirs is None else ours == theirs
