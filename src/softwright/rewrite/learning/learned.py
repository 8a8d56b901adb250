"""What learning gives back."""

from dataclasses import dataclass

from softwright.rewrite.rule import Rule


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a rule rests on: numbers of places changed as the author did (`edits`), of files and repositories they lie
    in, of places left alone that the rule's conditions keep it off, and of places changed in another way."""

    edits: int
    files: int
    repos: int
    left_alone: int = 0
    conflicts: int = 0


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
    """Rules in the order in which they are applied, the edits they do not make, and what is to be asked."""

    rules: tuple[LearnedRule, ...] = ()
    one_offs: tuple[OneOff, ...] = ()
    ambiguities: tuple[Ambiguity, ...] = ()
