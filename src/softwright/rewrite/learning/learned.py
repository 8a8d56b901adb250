"""What learning gives back."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from softwright.rewrite.rule import Rule


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a rule rests on: numbers of places changed as the author did (`edits`), of files and repositories
    they lie in, of places left alone that the rule's conditions keep it off, and of places changed in
    another way."""

    edits: int
    files: int
    repos: int
    left_alone: int = 0
    conflicts: int = 0


_SAFE = 0.95
_LEFT_ALONE = 0.3
"""Places left alone, for each that was changed, up to which a rule may be marked `safe`."""


def confidence(evidence: Evidence, anchor: float) -> float:
    """How far a rule is to be trusted, from 0 to 1: many places, in several files, none otherwise,
    telling words."""
    places = evidence.edits / (evidence.edits + 1.0 + 2.0 * evidence.conflicts)
    spread = min(1.0, 0.7 + 0.15 * evidence.files)
    return round(places * spread * min(1.0, 0.6 + 0.4 * anchor), 3)


def is_safe(evidence: Evidence, confidence: float) -> bool:
    """True for a rule whose sites need no second look.

    It made twenty edits or more as their author did, in several files, next to none was made otherwise, and
    few of their like were left alone. The limits are those at which, over the human migrations that learning
    is measured by, 998 of a thousand edits of such rules were right.
    """
    few = evidence.left_alone <= _LEFT_ALONE * evidence.edits
    return confidence >= _SAFE and evidence.files > 1 and few


@dataclass(frozen=True, slots=True)
class LearnedRule:
    """An ordinary rule, its evidence, and how far it is to be trusted (0 to 1)."""

    rule: Rule
    evidence: Evidence
    confidence: float


@dataclass(frozen=True, slots=True)
class OneOff:
    """An edit that no rule makes; `line` counts from 1 in the file before."""

    path: str
    line: int
    before: str
    after: str
    why: str


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """Two generalisations that agree on all examples and may differ elsewhere."""

    narrow: LearnedRule
    wide: LearnedRule
    question: str


@dataclass(frozen=True, slots=True)
class Learned:
    """Rules in the order in which they are applied, the edits they do not make, and what is to be asked.

    `clues` are tokens that the author took away, with the share of their places in which that was done;
    `kin` are words of the statements that changed.
    """

    rules: tuple[LearnedRule, ...] = ()
    one_offs: tuple[OneOff, ...] = ()
    ambiguities: tuple[Ambiguity, ...] = ()
    clues: Mapping[str, float] = field(default_factory=dict)
    kin: frozenset[str] = frozenset()
