"""A migration: one commit in which people made one kind of change many times, as data to replay."""

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

from softwright.rewrite.learning import Example
from softwright.rewrite.replay.regions import Changes, Shape, changes
from softwright.rewrite.replay.tokens import IMPORT_KINDS

REPEATED = 3
"""Times a token replacement must occur in a migration to count as repeated."""


@dataclass(frozen=True)
class Migration:
    """Files that the commit modified, by path, and files of the same tree that it left alone."""

    name: str
    language: str
    changed: tuple[Example, ...]
    unchanged: tuple[Example, ...] = field(default=())
    title: str = ""

    @cached_property
    def files(self) -> dict[str, Example]:
        """All files by path; the changed ones first."""
        return {pair.path: pair for pair in (*self.changed, *self.unchanged)}

    @cached_property
    def strict_shapes(self) -> frozenset[Shape]:
        """Token replacements that occur at least `REPEATED` times."""
        return _repeated(Counter(edit.shape for pair in self.changed for edit in changes_of(pair).strict))

    @cached_property
    def lenient_shapes(self) -> frozenset[Shape]:
        """The same where imports are compared as a set."""
        return _repeated(Counter(edit.shape for pair in self.changed for edit in changes_of(pair).lenient))


def migration(
    name: str, language: str, changed: list[Example], unchanged: list[Example], title: str = ""
) -> Migration:
    """A migration of files that can be compared, sorted by path."""
    kept = sorted(
        (p for p in changed if p.language in IMPORT_KINDS and p.before and p.after and p.before != p.after),
        key=lambda pair: pair.path,
    )
    still = sorted((p for p in unchanged if p.language in IMPORT_KINDS), key=lambda pair: pair.path)
    return Migration(name, language, tuple(kept), tuple(still), title)


def changes_of(example: Example) -> Changes:
    """What the author changed in a file."""
    return changes(example.before, example.after, example.language)


def _repeated(counted: Counter[Shape]) -> frozenset[Shape]:
    return frozenset(shape for shape, count in counted.items() if count >= REPEATED)
