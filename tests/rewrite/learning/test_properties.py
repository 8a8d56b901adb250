"""Hidden rules learned again: what is learned keeps its promises, whatever the change was."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.rewrite.learning.hidden_rules import (  # type: ignore[import-not-found]
    KINDS,
    SHIPPED,
    Hidden,
    hidden_rules,
    outcome,
    real_files,
)
from tests.rewrite.promises import compiles  # type: ignore[import-not-found]

from softwright.core import digest
from softwright.rewrite.learning import Example, Learned, learn
from softwright.rewrite.replay import LearnedRules

pytestmark = pytest.mark.timeout(600)  # a minute of CPU in all; machines may be busy

SEED = 7
FILES, LARGEST = 240, 15_000
"""Files per run; `make bench-recovery` takes more."""
EACH = 4
MOST_SHOWN = 3
RECOVERED = 0.7
"""Share of hidden rules of which two files must be enough to learn the very same.

`make bench-recovery` says how it is by class."""

bounded = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
places = st.sampled_from(range(EACH * (len(KINDS) - 1)))
shows = st.lists(st.integers(0, 11), min_size=1, max_size=MOST_SHOWN, unique=True)


@cache
def hidden() -> list[Hidden]:
    """The rules, always the same ones; made when the first test asks."""
    return hidden_rules(real_files(FILES, LARGEST, SEED), EACH, SEED)


@cache
def lesson(place: int, shown: tuple[int, ...], alone: int = 0) -> tuple[Hidden, list[Example], Learned]:
    """A hidden rule, files that it changed (and some it left alone) as examples, and what they teach."""
    rule = hidden()[place % len(hidden())]
    changed = [rule.changed[at] for at in dict.fromkeys(at % len(rule.changed) for at in shown)]
    examples = [*changed, *rule.left_alone[:alone]]
    return rule, examples, learn(examples)


@bounded
@given(places, shows)
def test_what_is_learned_keeps_its_promises(place: int, shown: list[int]) -> None:
    """On its examples and on other files the learned rules break no promise."""
    rule, examples, learned = lesson(place, tuple(shown))
    broken = [*not_reported(learned, examples), *unsound(learned, [*rule.changed, *rule.left_alone])]
    assert not broken, f"{rule.name}: {broken}"


@bounded
@given(places, shows, st.integers(1, 4))
def test_files_left_alone_stay_as_they_are(place: int, shown: list[int], alone: int) -> None:
    """What was shown as left alone is not changed, whatever the rest of the examples says."""
    rule, examples, learned = lesson(place, tuple(shown), alone)
    rules = [each.rule for each in learned.rules]
    for example in examples:
        if example.is_left_alone:
            assert outcome(rules, example.path, example.before) == example.before, (
                f"{rule.name}: {example.path}"
            )
    assert not list(not_reported(learned, examples)), rule.name


def not_reported(learned: Learned, examples: Sequence[Example]) -> Iterator[str]:
    """Examples that the rules do not make as their author did, and of which no one-off is told."""
    rules = [each.rule for each in learned.rules]
    said = {one.path for one in learned.one_offs}
    for example in examples:
        if outcome(rules, example.path, example.before) != example.after and example.path not in said:
            yield f"{example.path}: a difference that is not reported"


def unsound(learned: Learned, files: Sequence[Example]) -> Iterator[str]:
    """Files that the rules break, refuse, or change again when they are applied again."""
    rules = [each.rule for each in learned.rules]
    for file in files:
        once = outcome(rules, file.path, file.before)
        if once is None:
            yield f"{file.path}: refused"
        elif not compiles(once.encode()):
            yield f"{file.path}: does not compile"
        elif outcome(rules, file.path, once) != once:
            yield f"{file.path}: a second run changes again"


def test_most_hidden_rules_are_recovered() -> None:
    """Two files are enough to learn a rule that does the very same to files that were not shown."""
    made = [place for place, rule in enumerate(hidden()) if rule.kind != SHIPPED]
    missed = Counter(hidden()[place].kind for place in made if not is_recovered(place))
    assert 1 - missed.total() / len(made) >= RECOVERED, missed


def is_recovered(place: int) -> bool:
    """True when all files that were not shown come out as the hidden rule makes them."""
    rule, examples, learned = lesson(place, (0, 1))
    rules = [each.rule for each in learned.rules]
    others = [file for file in (*rule.changed, *rule.left_alone) if file not in examples]
    return all(outcome(rules, file.path, file.before) == file.after for file in others)


def test_there_are_rules_of_every_class() -> None:
    """The promises are not kept for want of rules."""
    counts = Counter(rule.kind for rule in hidden())
    assert set(counts) == set(KINDS), set(KINDS) - set(counts)
    assert all(counts[kind] == EACH for kind in KINDS if kind != SHIPPED), counts


def test_another_process_learns_the_same() -> None:
    """Neither the process nor the seed of its hashes shows in what is learned."""
    command = [sys.executable, "-c", f"from {__name__} import fingerprint; print(fingerprint())"]
    root = str(Path(__file__).parents[3])
    seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    path = os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path}
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    assert done.stdout.split() == fingerprint().split()


def fingerprint() -> str:
    """What one rule of every class teaches, as digests."""
    places = range(0, len(hidden()), EACH)
    return "\n".join(digest(LearnedRules(lesson(place, (0, 1))[2]).described()) for place in places)
