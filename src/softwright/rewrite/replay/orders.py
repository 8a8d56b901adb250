"""Which files are shown: by path, the most informative ones, or those that the loop asks for."""

from collections.abc import Callable

from softwright.rewrite.replay.method import Trained
from softwright.rewrite.replay.migration import Migration, changes_of

ORDERS = ("path", "informative", "loop", "all")
"""`all` shows every changed file and predicts the same files: how few units a review has to read."""

Learn = Callable[[tuple[str, ...]], Trained]
"""Paths shown -> what they teach."""


def shown_files(order: str, migration: Migration, k: int, learn: Learn) -> tuple[str, ...]:
    """At most `k` paths in the order in which they are shown."""
    if order == "all":
        return tuple(pair.path for pair in migration.changed)
    if order == "path":
        return tuple(pair.path for pair in migration.changed[:k])
    if order == "informative":
        return informative(migration, k)
    return _asked_for(migration, k, learn)


def informative(migration: Migration, k: int) -> tuple[str, ...]:
    """Greedy cover of the repeated shapes, weighted by how often they occur.

    It looks at the author's changes, so it is an upper bound for the choice of examples.
    """
    repeated = migration.strict_shapes
    counts: dict[str, dict[object, int]] = {}
    weight: dict[object, int] = {}
    for pair in migration.changed:
        mine = counts[pair.path] = {}
        for edit in changes_of(pair).strict:
            if edit.shape in repeated:
                mine[edit.shape] = mine.get(edit.shape, 0) + 1
                weight[edit.shape] = weight.get(edit.shape, 0) + 1
    covered: set[object] = set()
    chosen: list[str] = []
    while len(chosen) < min(k, len(migration.changed)):
        best = max(
            (path for path in counts if path not in chosen),
            key=lambda path: (
                sum(weight[shape] for shape in counts[path] if shape not in covered),
                sum(counts[path].values()),
            ),
        )
        chosen.append(best)
        covered.update(counts[best])
    return tuple(chosen)


def _asked_for(migration: Migration, k: int, learn: Learn) -> tuple[str, ...]:
    """The first file by path, then each time the file that what was learned is most in doubt of."""
    texts = {path: pair.before for path, pair in migration.files.items()}
    shown = [pair.path for pair in migration.changed[:1]]
    while len(shown) < k:
        asked = learn(tuple(shown)).next_file(texts, tuple(shown))
        if asked is None or asked in shown:
            break
        shown.append(asked)
    return tuple(shown)
