"""What the rules leave to be done in an example: nothing of it goes unsaid."""

import re
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

from softwright.rewrite.learning.example import Example
from softwright.rewrite.learning.learned import OneOff
from softwright.rewrite.learning.trees.diff import diff_trees
from softwright.rewrite.learning.trees.tree import SyntaxTree

_WIDEST = 120
_ONCE = "its like is left alone elsewhere, or it was made once"
_LAYOUT = "only the layout is another, here and perhaps further down"
_ORDER = "only the order is another, here and perhaps further down"
_ELSE = "imports, comments, or code that was only put in"
_BLANK = re.compile(r"[\s,()]+")
_Hunk = tuple[int, int, int, int]


def leftovers(example: Example, made: str) -> list[OneOff]:
    """The differences between what the rules `made` of an example and what its author did, by line.

    Edits of code come one by one; whatever else differs (imports, comments, what was only put in) by
    stretches of lines, and layout once for the file.
    """
    if made == example.after:
        return []
    before, after = SyntaxTree(made, example.language), SyntaxTree(example.after, example.language)
    lines = _lines_before(example.before, made)
    found: list[OneOff] = []
    covered: list[tuple[int, int]] = []
    for edit in diff_trees(before, after).edits:
        first, last = (made.count("\n", 0, place) for place in (edit.before.start, edit.before.end))
        covered.append((first, last))
        old = made[edit.before.start : edit.before.end]
        new = example.after[edit.after.start : edit.after.end] if edit.after is not None else ""
        found.append(OneOff(example.path, lines[first], _short(old), _short(new), _ONCE))
    return [*found, *_others(example, made, covered, lines)]


def _others(
    example: Example, made: str, covered: list[tuple[int, int]], lines: list[int]
) -> Iterator[OneOff]:
    """Stretches of lines in which no edit lies."""
    was, now = made.split("\n"), example.after.split("\n")
    stretches = [
        (i1, "\n".join(was[i1:i2]), "\n".join(now[j1:j2]))
        for i1, i2, j1, j2 in _hunks(was, now)
        if not any(first < max(i2, i1 + 1) and i1 <= last for first, last in covered)
    ]
    kept = _keys(old for _, old, _ in stretches) & _keys(new for _, _, new in stretches)
    told: set[str] = set()
    for at, old, new in stretches:
        why = _why(old, new, kept)
        if why == _ELSE or why not in told:
            yield OneOff(example.path, lines[min(at, len(lines) - 1)], _short(old), _short(new), why)
        told.add(why)


def _why(old: str, new: str, kept: set[str]) -> str:
    """What kind of difference two stretches of lines are; lines of which the words are `kept` only moved."""
    if _BLANK.sub("", old) == _BLANK.sub("", new):
        return _LAYOUT
    return _ORDER if _keys([old, new]) <= kept else _ELSE


def _keys(texts: Iterable[str]) -> set[str]:
    """The lines of texts, each as its words in order of the alphabet."""
    lines = (_BLANK.sub(" ", line).split() for text in texts for line in text.split("\n"))
    return {" ".join(sorted(words)) for words in lines if words}


def _hunks(was: list[str], now: list[str]) -> Iterator[_Hunk]:
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if kind != "equal":
            yield i1, i2, j1, j2


def _lines_before(before: str, made: str) -> list[int]:
    """For every line of what the rules made the line of the file before, from 1."""
    was, now = before.split("\n"), made.split("\n")
    found: list[int] = []
    for _, i1, i2, j1, j2 in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        found += [min(i1 + at, max(i2 - 1, i1), len(was) - 1) + 1 for at in range(j2 - j1)]
    return found


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _WIDEST else line[: _WIDEST - 1] + "…"
