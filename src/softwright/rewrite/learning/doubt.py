"""Which file to look at next: the one in which what was learned is most likely to be wrong or silent.

Counted in a file are, as the rules would leave it, the words that the author replaced elsewhere and that are still
there; places that rules of little evidence changed; and places on which two readings of the examples differ.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from softwright.core import language_of
from softwright.facts.flags import is_test
from softwright.rewrite.learning.diff import TreeDiff
from softwright.rewrite.learning.learned import Learned
from softwright.rewrite.learning.specialise import CONSTANTS, is_distinctive
from softwright.rewrite.result import FileFacts
from softwright.rewrite.rewriter import rewrite

_WORD = re.compile(r"[^\W\d]\w{2,}")
_LEAST_WEIGHT = 0.25
_FEW_EDITS, _AROUND, _MOST_AROUND = 5, 3, 80
_HINT, _WEAK_HINT = 0.1, 0.02
_WEIGHT_OF_A_QUESTION = 0.6
_MOST_QUESTIONS = 5
_NEWEST_PYTHON = (3, 99)


def clues_of(diffs: Sequence[TreeDiff]) -> dict[str, float]:
    """Word -> how often it was replaced where it stood, of the words that the edits took away."""
    gone: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for diff in diffs:
        for edit in diff.edits:
            after = (
                Counter(leaf.text for leaf in edit.after.leaves()) if edit.after is not None else Counter()
            )
            before = Counter(leaf.text for leaf in edit.before.leaves())
            if edit.before.size <= 40:
                gone.update(before - after)
    for diff in diffs:
        seen.update(leaf.text for leaf in diff.before.leaves if leaf.text in gone)
    weights = {word: gone[word] / seen[word] for word in gone if _WORD.fullmatch(word) and seen[word]}
    clues = {
        word: min(1.0, weight)
        for word, weight in weights.items()
        if weight >= _LEAST_WEIGHT and word not in CONSTANTS
    }
    return {**_hints(diffs), **clues}


def _hints(diffs: Sequence[TreeDiff]) -> dict[str, float]:
    """Words around the edits, of little weight, while the edits are too few to say what matters: a file that holds
    them is at least about the same things."""
    if sum(len(diff.edits) for diff in diffs) > _FEW_EDITS:
        return {}
    hints: dict[str, float] = {}
    for diff in diffs:
        for edit in diff.edits:
            around = [edit.before, *(pair.before for pair in edit.above[-_AROUND:])]
            around += [edit.after] if edit.after is not None else []
            words = {leaf.text for node in around if node.size <= _MOST_AROUND for leaf in node.leaves()}
            for word in words:
                if _WORD.fullmatch(word) and word not in CONSTANTS:
                    hints[word] = _HINT if is_distinctive(word) else _WEAK_HINT
    return hints


def choose_next(learned: Learned, files: Mapping[str, str], shown: Collection[str]) -> str | None:
    """The path of the file most in doubt, None when none is; `files` are texts before, of any language."""
    doubts = {path: doubt(learned, path, text) for path, text in files.items() if path not in shown}
    best = max(sorted(doubts), key=lambda path: doubts[path], default=None)
    return best if best is not None and doubts[best] > 0 else None


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
    """The weight of the words that may have to go and are still there."""
    words: Iterable[str] = _WORD.findall(text) if any(word in text for word in clues) else ()
    found = Counter(word for word in words if word in clues)
    return sum(clues[word] * (count if clues[word] >= _LEAST_WEIGHT else 1) for word, count in found.items())
