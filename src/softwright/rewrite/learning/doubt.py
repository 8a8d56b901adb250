"""Which file to look at next: the one in which what was learned is most likely to be wrong or silent.

Counted in a file are, as the rules would leave it, the tokens that the author replaced elsewhere and that
are still there; places that rules of little evidence changed; and places on which two readings of the
examples differ. What is like the changed statements counts a little; where no rule could be learned, the file
most like the shown ones is asked for.
"""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

from softwright.core import language_of
from softwright.facts.flags import is_test
from softwright.rewrite.learning.learned import Learned
from softwright.rewrite.learning.trees.diff import TreeDiff, TreeEdit
from softwright.rewrite.learning.trees.tree import Node
from softwright.rewrite.result import FileFacts
from softwright.rewrite.rewriter import rewrite

_WORD = re.compile(r"[^\W\d]\w{3,}")
_TELLING = re.compile(r"\w")
_LEAST_WEIGHT = 0.2
_WEIGHT_OF_A_QUESTION = 0.6
_WEIGHT_OF_LIKENESS = 0.02
_MOST_QUESTIONS = 5
_LARGEST_EDIT = 40
_NEWEST_PYTHON = (3, 99)


def clues_of(diffs: Sequence[TreeDiff]) -> dict[str, float]:
    """Token -> how often it was replaced where it stood, of the tokens that the edits took away.

    A token behind a dot is another one (`.read`) than the same word alone.
    """
    gone: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for diff in diffs:
        for edit in diff.edits:
            gone.update(_taken(edit))
    for diff in diffs:
        seen.update(clue for leaf in diff.before.leaves for clue in _clues(leaf) if clue in gone)
    weights = {clue: gone[clue] / seen[clue] for clue in gone if seen[clue]}
    return {clue: min(1.0, weight) for clue, weight in weights.items() if weight >= _LEAST_WEIGHT}


def _taken(edit: TreeEdit) -> Counter[str]:
    if edit.before.size > _LARGEST_EDIT and edit.after is not None:
        return Counter()
    if (
        edit.before.is_leaf
        and edit.after is not None
        and edit.after.is_leaf
        and not edit.before.text.isidentifier()
    ):
        return Counter(_WORD.findall(edit.before.text)) - Counter(_WORD.findall(edit.after.text))
    after = Counter(map(_clue, edit.after.leaves())) if edit.after is not None else Counter()
    return Counter(clue for clue in map(_clue, edit.before.leaves()) if _TELLING.search(clue)) - after


def _clues(leaf: Node) -> list[str]:
    return (
        [_clue(leaf)] if leaf.text.isidentifier() or not _WORD.search(leaf.text) else _WORD.findall(leaf.text)
    )


def _clue(leaf: Node) -> str:
    parent = leaf.parent
    if parent is not None and leaf.place and parent.children[leaf.place - 1].text in (".", "?."):
        return f".{leaf.text}"
    return leaf.text if len(leaf.text) <= _LARGEST_EDIT else ""


def kin_of(diffs: Sequence[TreeDiff]) -> frozenset[str]:
    """Words of the statements in which something changed."""
    words: set[str] = set()
    for diff in diffs:
        for edit in diff.edits:
            around = edit.above[-1].before if edit.above else edit.before
            if around.size <= 4 * _LARGEST_EDIT:
                words.update(leaf.text for leaf in around.leaves() if _WORD.fullmatch(leaf.text))
    return frozenset(words)


def choose_next(learned: Learned, files: Mapping[str, str], shown: Collection[str]) -> str | None:
    """The path of the file most in doubt, None when none is; `files` are texts before, of any language.

    Where no rule could be learned yet, it is the file most like the shown ones.
    """
    waiting = {path: text for path, text in files.items() if path not in shown}
    rare = Counter(word for text in waiting.values() for word in learned.kin & set(_WORD.findall(text)))
    doubts = {
        path: doubt(learned, path, text) + _WEIGHT_OF_LIKENESS * _likeness(learned, text, rare)
        for path, text in waiting.items()
    }
    best = max(sorted(doubts), key=lambda path: doubts[path], default=None)
    if best is not None and doubts[best] > 0:
        return best
    return None if learned.rules else _most_alike(waiting, [files[path] for path in shown if path in files])


def _likeness(learned: Learned, text: str, rare: Mapping[str, int]) -> float:
    return sum(1.0 / rare[word] for word in learned.kin & set(_WORD.findall(text)))


def _most_alike(waiting: Mapping[str, str], shown: Collection[str]) -> str | None:
    """The file that shares most words with the shown ones, the rare words counting most."""
    known = {word for text in shown for word in _WORD.findall(text)}
    words = {path: known & set(_WORD.findall(text)) for path, text in waiting.items()}
    spread = Counter(word for found in words.values() for word in found)
    likeness = {path: sum(1.0 / spread[word] for word in found) for path, found in words.items()}
    best = max(sorted(likeness), key=lambda path: likeness[path], default=None)
    return best if best is not None and likeness[best] > 0 else None


def doubt(learned: Learned, path: str, text: str) -> float:
    """How much may be wrong in a file, in places."""
    language = language_of(path)
    rules = [each.rule for each in learned.rules]
    facts = FileFacts(path, language, _NEWEST_PYTHON, is_test(path))
    outcome = rewrite(rules, text.encode("utf-8", "surrogatepass"), facts)
    left = outcome.content.decode("utf-8", "surrogatepass")
    unsure = {each.rule.id: 1.0 - each.confidence for each in learned.rules}
    rivals = [each.wide.rule for each in learned.ambiguities]
    open_places = len(rewrite(rivals, outcome.content, facts).sites) if rivals else 0
    fired = sum(unsure.get(name, 0.0) * count for name, count in outcome.by_rule)
    fired += _WEIGHT_OF_A_QUESTION * min(open_places, _MOST_QUESTIONS)
    return fired + missed(learned.clues, left) + (1.0 if outcome.refused else 0.0)


def missed(clues: Mapping[str, float], text: str) -> float:
    """The weight of the tokens that may have to go and are still there."""
    if not clues or not any(clue.lstrip(".") in text for clue in clues):
        return 0.0
    return sum(clues.get(token, 0.0) for token in _tokens(tuple(sorted(clues))).findall(text))


@lru_cache(32)
def _tokens(clues: tuple[str, ...]) -> re.Pattern[str]:
    """Finds the clues where they stand alone."""
    parts = []
    for clue in sorted(clues, key=len, reverse=True):
        first = r"(?<![\w.])" if re.match(r"\w", clue) else ""
        last = r"(?!\w)" if re.search(r"\w$", clue) else ""
        parts.append(f"{first}{re.escape(clue)}{last}")
    return re.compile("|".join(parts))
