"""Imports as requirements: which names a file needs no more, and which it needs now."""

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import NamedTuple

from softwright.core import InvalidInput
from softwright.rewrite.imports import parse_import
from softwright.rewrite.imports.spec import Wanted

_BY_NAME = frozenset({"python", "javascript", "typescript", "tsx"})
"""Languages whose import statements name what they bind; in others each statement is one requirement."""
_BETWEEN = " \t\r\n;"
REORDERED = "imports in another order"


def requirements(statements: Iterable[str], language: str) -> list[str]:
    """One statement for each name that the import statements bind, in their order."""
    found: dict[str, None] = {}
    for statement in statements:
        for one in _names(statement, language):
            found.setdefault(one)
    return list(found)


def changed_requirements(old: list[str], new: list[str], language: str) -> tuple[str, str]:
    """What is needed no more and what is needed now, each a statement a line."""
    before, after = requirements(old, language), requirements(new, language)
    gone = [one for one in before if one not in after]
    come = [one for one in after if one not in before]
    if not gone and not come:
        return REORDERED, REORDERED
    return "\n".join(sorted(gone)), "\n".join(sorted(come))


def _names(statement: str, language: str) -> list[str]:
    text = re.sub(r"(?m)#.*$|//.*$", "", statement)
    if language in _BY_NAME:
        try:
            return [_statement(wanted, language) for wanted in parse_import(text, language)]
        except InvalidInput:
            pass
    lines = (re.sub(r"^import\s*[(]?|[);,]+\s*$", "", line.strip()).strip() for line in text.splitlines())
    return [f"import {line}" for line in lines if line]


def _statement(wanted: Wanted, language: str) -> str:
    if language == "python":
        return wanted.statement
    if wanted.name in ("*", "default"):
        clause = f"* as {wanted.alias}" if wanted.name == "*" else wanted.alias
    else:
        clause = f"{{ {wanted.item} }}"
    return f'import {clause} from "{wanted.module}"'


class ImportPair(NamedTuple):
    """Stretches of both texts, in characters, and the import statements in them."""

    old: tuple[int, int]
    new: tuple[int, int]
    before: Sequence[tuple[int, int]]
    after: Sequence[tuple[int, int]]


def touched(
    imports: Sequence[tuple[int, int]], start: int, end: int, text: str
) -> list[tuple[int, int]] | None:
    """The import statements that a stretch touches, None when something else is in it."""
    found = [(a, b) for a, b in imports if a < end and b > start]
    at = start
    for a, b in found:
        if text[at : max(a, at)].strip(_BETWEEN):
            return None
        at = max(at, b)
    return None if text[min(at, end) : end].strip(_BETWEEN) else found


def aligned(
    before: Sequence[tuple[int, int]],
    after: Sequence[tuple[int, int]],
    old: tuple[int, int],
    new: tuple[int, int],
    texts: tuple[str, str],
) -> Iterator[ImportPair]:
    """Import statements before and after, those of one module beside each other where that is possible."""
    if (not before and old[0] < old[1]) or (not after and new[0] < new[1]):
        yield ImportPair(old, new, before, after)
        return
    olds, news = _stretches(before, *old), _stretches(after, *new)
    was = [_module(texts[0][a:b]) for a, b in before]
    now = [_module(texts[1][a:b]) for a, b in after]
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if tag == "equal":
            for i, j in zip(range(i1, i2), range(j1, j2), strict=True):
                yield ImportPair(olds[i], news[j], before[i : i + 1], after[j : j + 1])
        elif tag == "delete":
            at = news[j1][0] if j1 < len(news) else new[1]
            for i in range(i1, i2):
                yield ImportPair(olds[i], (at, at), before[i : i + 1], ())
        else:
            start = olds[i1][0] if i1 < len(olds) else old[1]
            end = olds[i2 - 1][1] if i2 > i1 else start
            yield ImportPair((start, end), (news[j1][0], news[j2 - 1][1]), before[i1:i2], after[j1:j2])


def _stretches(statements: Sequence[tuple[int, int]], start: int, end: int) -> list[tuple[int, int]]:
    """The stretch from `start` to `end`, divided so that each part holds one of the statements."""
    cuts = [start, *(a for a, _ in statements[1:]), end]
    return list(pairwise(cuts)) if statements else []


def _module(statement: str) -> str:
    """What an import statement is about."""
    found = re.match(r"\s*from\s+([\w.]+)|.*\bfrom\s+([\"'][^\"']+[\"'])|\s*(.*)", statement, re.DOTALL)
    return next((part for part in found.groups() if part), "") if found else ""
