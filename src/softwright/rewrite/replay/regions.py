"""Edits as token regions: where, which tokens went, which came.

Two authors made the same edit when these three agree.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import pairwise

from softwright.rewrite.replay.import_items import Item, import_items
from softwright.rewrite.replay.tokens import Tokens, tokens

Shape = tuple[tuple[str, ...], tuple[str, ...]]
"""(deleted tokens, inserted tokens): what edits of one kind have in common."""

_LARGEST = 9_000_000  # pairs of tokens compared in one changed stretch; beyond that it is one region


@dataclass(frozen=True, slots=True)
class Region:
    """One edit: tokens `start` to `end` of the file before became `inserted`."""

    start: int
    end: int
    deleted: tuple[str, ...]
    inserted: tuple[str, ...]

    @property
    def shape(self) -> Shape:
        """What the edit has in common with others of its kind."""
        return self.deleted, self.inserted


@dataclass(frozen=True, slots=True)
class ImportEdit:
    """One (module, name, alias) that the file imports anew, or no longer."""

    added: bool
    item: Item

    @property
    def shape(self) -> Shape:
        """Added and removed import items are told apart from code by the word in front."""
        return ((), ("import", *self.item)) if self.added else (("import", *self.item), ())


Change = Region | ImportEdit


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed between two texts of a file.

    `strict` compares every token; `lenient` compares imports as a set and everything else by its tokens.
    """

    strict: frozenset[Region]
    lenient: frozenset[Change]


@lru_cache(256)
def changes(before: str, after: str, language: str) -> Changes:
    """The edits that turn `before` into `after`, layout aside."""
    if before == after:
        return Changes(frozenset(), frozenset())
    old, new = tokens(before, language), tokens(after, language)
    strict = frozenset(regions(old, new))
    code = frozenset(regions(old.without_imports(), new.without_imports()))
    had, has = import_items(before, language), import_items(after, language)
    imports = {ImportEdit(True, item) for item in has - had} | {ImportEdit(False, item) for item in had - has}
    return Changes(strict, code | imports)


def regions(old: Tokens, new: Tokens) -> Iterator[Region]:
    """The token regions between two files.

    Lines are compared first and the tokens of changed stretches after that, so that equal tokens far apart
    are not taken for each other. What could stand in several places (one of several equal lines went) is put
    at the first of them, so that the place does not depend on other edits of the file.
    """
    old_lines, new_lines = _lines(old), _lines(new)
    was = [old.texts[start:end] for start, end in old_lines]
    now = [new.texts[start:end] for start, end in new_lines]
    free_from = 0
    for i1, i2, j1, j2 in _unequal(was, now):
        base = old_lines[i1][0] if i1 < len(old_lines) else len(old.texts)
        deleted = tuple(token for line in was[i1:i2] for token in line)
        inserted = tuple(token for line in now[j1:j2] for token in line)
        for a1, a2, b1, b2 in _within(deleted, inserted):
            region = Region(base + a1, base + a2, deleted[a1:a2], inserted[b1:b2])
            region = _first_place(region, old.texts, free_from)
            free_from = region.end
            yield region


def _within(deleted: Sequence[str], inserted: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    if len(deleted) * len(inserted) > _LARGEST:
        yield 0, len(deleted), 0, len(inserted)
    else:
        yield from _unequal(deleted, inserted)


def _unequal(a: Sequence[object], b: Sequence[object]) -> Iterator[tuple[int, int, int, int]]:
    """The stretches in which two sequences differ; what they start and end with is not searched."""
    shortest = min(len(a), len(b))
    head = next((at for at in range(shortest) if a[at] != b[at]), shortest)
    rest = shortest - head
    tail = next((at for at in range(rest) if a[-1 - at] != b[-1 - at]), rest)
    middle = SequenceMatcher(None, a[head : len(a) - tail], b[head : len(b) - tail], autojunk=False)
    for kind, i1, i2, j1, j2 in middle.get_opcodes():
        if kind != "equal":
            yield i1 + head, i2 + head, j1 + head, j2 + head


def _lines(file: Tokens) -> list[tuple[int, int]]:
    """First and last token of every line that has some."""
    starts = [at for at, row in enumerate(file.rows) if at == 0 or row != file.rows[at - 1]]
    return list(pairwise([*starts, len(file.rows)])) if starts else []


def _first_place(region: Region, texts: Sequence[str], free_from: int) -> Region:
    start, moved = region.start, region.deleted or region.inserted
    if region.deleted and region.inserted:
        return region
    while start > free_from and texts[start - 1] == moved[-1]:
        moved = (moved[-1], *moved[:-1])
        start -= 1
    if start == region.start:
        return region
    if region.deleted:
        return Region(start, start + len(moved), moved, ())
    return Region(start, start, (), moved)
