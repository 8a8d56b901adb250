"""How well literal text ties a rule to what it means: the measure of when to stay silent.

Telling names (long, compound, capitalised) count most, keywords and common words little, punctuation
nothing. One place needs more of it than many places in several files.
"""

import keyword
import re

from softwright.rewrite.learning.patterns.candidate import Candidate
from softwright.rewrite.learning.patterns.judge import BUILTINS, Judgement

_COMMON = re.compile(
    r"[a-z]{1,4}|self|cls|this|args|kwargs|name|value|data|result|index|item|items|path|text"
)
_LEAST_ANCHOR = 0.45
NAMING = ("call", "called", "callee", "owner", "held")
"""Features of a place that name something."""


def needed_anchor(judgement: Judgement) -> float:
    """The least anchor of a rule with these places."""
    count = len(judgement.right)
    if count < 3:
        return 0.5 if judgement.files >= 2 else 1.0
    everywhere = not judgement.wrong and not judgement.outside
    return 0.5 if judgement.files >= 2 or everywhere else 0.8


def anchor(candidate: Candidate) -> float:
    """How much literal text ties a rule to what it means: about 1 for each telling name.

    Nothing does where only conditions on values would: `$A($B)` for a handful of texts.
    """
    if own_anchor(candidate) < _LEAST_ANCHOR and not set(NAMING) & candidate.places.keys():
        return 0.0
    template = candidate.first.template
    score = 0.0
    for token in _literals(template.key[1]):
        score += _weight(token)
    for demand in candidate.demands.values():
        if demand.texts:
            score += min(_text_weight(text) for text in demand.texts)
    if candidate.places.get("holds"):
        score += 0.8
    if _repeats(candidate):
        score += 0.5
    if "resolves" in candidate.places:
        score += 0.5
    for name in NAMING:
        if candidate.places.get(name):
            score += min(_weight(value[-1].rpartition(".")[2]) for value in candidate.places[name])
    return score


def _repeats(candidate: Candidate) -> bool:
    """True when one part must stand in two places, as in `$A && $A.$B`: that is rarely so by chance."""
    tokens = candidate.first.template.key[1]
    holes = [token for token in tokens if not isinstance(token, str)] if isinstance(tokens, tuple) else []
    return len(set(holes)) < len(holes)


def own_anchor(candidate: Candidate) -> float:
    """The anchor without what only conditions on values give."""
    words = [token for token in _literals(candidate.first.template.key[1]) if re.match(r"[^\W\d]", token)]
    held = [text for demand in candidate.demands.values() for text in demand.texts]
    least = 0.5 if candidate.places.get("holds") or _repeats(candidate) else 0.0
    return max((_text_weight(word) for word in [*words, *held]), default=least)


def _literals(tokens: object) -> list[str]:
    return [token for token in tokens if isinstance(token, str)] if isinstance(tokens, tuple) else []


def _text_weight(text: str) -> float:
    words = re.findall(r"[^\W\d]\w*", text)
    return max((_weight(word) for word in words), default=0.1)


def _weight(token: str) -> float:
    if not re.match(r"[^\W\d]", token):
        return 0.2 if token[:1].isdigit() else (0.4 if re.search(r"\w{3}", token) else 0.0)
    if token in ("self", "cls", "this", "_"):
        return 0.1
    if token in CONSTANTS:
        return 0.3
    if keyword.iskeyword(token) or token in _WORDS:
        return 0.5
    if token in BUILTINS:
        return 0.7
    return 1.0 if is_distinctive(token) else 0.8


CONSTANTS = frozenset({"None", "True", "False", "null", "nil", "true", "false", "undefined"})
"""Words that say nothing alone."""
_KEYWORDS = (
    "new return const let var function class interface public private static final void int if else for "
    "while func type struct package import throw throws try catch async await range defer chan map any"
)
_WORDS = frozenset(_KEYWORDS.split())


def is_distinctive(word: str) -> bool:
    """True for a name that hardly means two things: long, compound or capitalised."""
    if _COMMON.fullmatch(word) or word in BUILTINS or keyword.iskeyword(word) or word in _WORDS:
        return False
    inner = word.strip("_")
    if "_" in inner or re.search(r"[a-z0-9][A-Z]", word):
        return len(word) >= 6
    return (word[:1].isupper() and len(word) >= 3) or len(word) >= 9
