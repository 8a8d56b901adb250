"""A predicted file against the file that its author wrote."""

from collections import Counter
from collections.abc import Collection
from itertools import chain

from softwright.rewrite.learning import Example
from softwright.rewrite.replay.method import Prediction
from softwright.rewrite.replay.migration import Migration, changes_of
from softwright.rewrite.replay.regions import Change, Region, Shape, changes
from softwright.rewrite.replay.score import Cause, FileScore, Score, Tally
from softwright.rewrite.replay.tokens import tokens


def compared(
    pair: Example,
    prediction: Prediction,
    migration: Migration,
    *,
    safe: frozenset[str] = frozenset(),
    seconds: float = 0.0,
    formatted: bool | None = None,
) -> FileScore:
    """The score of one file; `formatted` None where no formatter could be asked."""
    human = changes_of(pair)
    made = changes(pair.before, prediction.after, pair.language)
    strict = tally(human.strict, made.strict, migration.strict_shapes)
    lenient = tally(human.lenient, made.lenient, migration.lenient_shapes)
    by_safe = _made_by(made.strict, prediction, pair, safe)
    exact = prediction.after == pair.after
    return FileScore(
        path=pair.path,
        changed=pair.before != pair.after,
        strict=strict,
        lenient=lenient,
        exact=exact,
        formatted=exact or (strict.perfect if formatted is None else formatted),
        safe=Tally(strict.human, len(by_safe), len(by_safe & human.strict)),
        fired=prediction.fired,
        causes=_causes(pair, prediction, migration, lenient),
        parsed=prediction.parsed,
        seconds=seconds,
        refused=prediction.refused,
    )


def tally(human: frozenset[Change], made: frozenset[Change], repeated: Collection[Shape]) -> Tally:
    """Counts of two sets of edits of one file."""
    right = human & made
    return Tally(
        len(human),
        len(made),
        len(right),
        sum(edit.shape in repeated for edit in human),
        sum(edit.shape in repeated for edit in right),
    )


def _made_by(
    made: frozenset[Region], prediction: Prediction, pair: Example, rules: frozenset[str]
) -> frozenset[Region]:
    """The regions that these rules made without help of others."""
    if not rules or not made:
        return frozenset()
    spans = tokens(pair.before, pair.language).spans
    kept: set[Region] = set()
    for region in made:
        start, end = _bytes(region, spans)
        touching = [each.rules for each in prediction.origins if each.start <= end and start <= each.end]
        if touching and frozenset(chain.from_iterable(touching)) <= rules:
            kept.add(region)
    return frozenset(kept)


def _bytes(region: Region, spans: tuple[tuple[int, int], ...]) -> tuple[int, int]:
    """Bytes of the file before that a region lies in; an insertion has the gap between two tokens."""
    if region.start < region.end:
        return spans[region.start][0], spans[region.end - 1][1]
    start = spans[region.start - 1][1] if region.start else 0
    return start, spans[region.start][0] if region.start < len(spans) else max(
        start, spans[-1][1] if spans else 0
    )


def _causes(pair: Example, prediction: Prediction, migration: Migration, lenient: Tally) -> Counter[Cause]:
    """Edits that went wrong, by cause; a file that differs only in imports or layout counts once."""
    human, made = changes_of(pair), changes(pair.before, prediction.after, pair.language)
    if prediction.after == pair.after:
        return Counter()
    if human.strict == made.strict:
        return Counter({Cause.LAYOUT_ONLY: 1})
    if pair.before == pair.after:
        return Counter({Cause.FALSE_UNTOUCHED: len(made.strict)})
    if _code(human.lenient) == _code(made.lenient):
        return Counter({Cause.IMPORT_ONLY: 1})
    missed = human.lenient - made.lenient
    repeated = sum(edit.shape in migration.lenient_shapes for edit in missed)
    found = {
        Cause.FALSE_CHANGED: lenient.made - lenient.right,
        Cause.MISSED_REPEATED: repeated,
        Cause.MISSED_ONE_OFF: len(missed) - repeated,
    }
    return Counter({cause: count for cause, count in found.items() if count})


def _code(edits: frozenset[Change]) -> frozenset[Change]:
    return frozenset(edit for edit in edits if isinstance(edit, Region))


def faulted(migration: Migration, plan: tuple[str, int], why: str) -> Score:
    """The score of a plan that came to no result: nothing made, everything missed."""
    strict = [
        tally(changes_of(pair).strict, frozenset(), migration.strict_shapes) for pair in migration.changed
    ]
    lenient = [
        tally(changes_of(pair).lenient, frozenset(), migration.lenient_shapes) for pair in migration.changed
    ]
    return Score(
        migration.name,
        migration.language,
        *plan,
        strict=sum(strict, Tally()),
        lenient=sum(lenient, Tally()),
        files=len(migration.changed),
        fault=why,
    )
