"""Counts of edits and what follows from them; None where there is nothing to divide by."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum


class Cause(StrEnum):
    """Why a file is not as its author left it, told of every wrong or missing edit."""

    SILENT = "nothing learned applies"
    FALSE_UNTOUCHED = "false edit in an untouched file (scope)"
    FALSE_CHANGED = "false edit in a changed file"
    MISSED_REPEATED = "missed a repeated edit"
    MISSED_ONE_OFF = "missed a one-off"
    IMPORT_ONLY = "imports only"
    LAYOUT_ONLY = "formatting only"


@dataclass(frozen=True, slots=True)
class Tally:
    """Edits of people (`human`), edits `made`, those of them that are `right`; the same of repeated ones."""

    human: int = 0
    made: int = 0
    right: int = 0
    human_repeated: int = 0
    right_repeated: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.human + other.human,
            self.made + other.made,
            self.right + other.right,
            self.human_repeated + other.human_repeated,
            self.right_repeated + other.right_repeated,
        )

    @property
    def precision(self) -> float | None:
        """Share of the edits made that are right; None when silent."""
        return ratio(self.right, self.made)

    @property
    def recall(self) -> float | None:
        """Share of all edits of people that were made."""
        return ratio(self.right, self.human)

    @property
    def recall_repeated(self) -> float | None:
        """Share of the repeated edits of people that were made."""
        return ratio(self.right_repeated, self.human_repeated)

    @property
    def perfect(self) -> bool:
        """Every edit made and no other."""
        return self.human == self.made == self.right


@dataclass(frozen=True, slots=True)
class FileScore:
    """One target file: what was predicted against what its author did."""

    path: str
    changed: bool
    strict: Tally
    lenient: Tally
    exact: bool
    formatted: bool
    """Equal once both sides went through the formatter (where there is none: equal tokens)."""
    safe: Tally
    """Only the edits that rules marked `safe` made alone."""
    fired: frozenset[str]
    causes: Counter[Cause]
    parsed: bool
    seconds: float
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """One migration replayed from the files `shown`; sums over the target files.

    Seconds are CPU time. `example_edits` are the author's edits in the files shown.
    """

    migration: str
    language: str
    order: str
    k: int
    shown: tuple[str, ...] = ()
    strict: Tally = Tally()
    lenient: Tally = Tally()
    safe: Tally = Tally()
    files: int = 0
    exact: int = 0
    formatted: int = 0
    equal: int = 0
    """Files equal in every token outside of imports and in what they import."""
    untouched: int = 0
    false_untouched: int = 0
    """Edits in files that the author left alone."""
    safe_untouched: int = 0
    """Those of them that rules marked `safe` made."""
    units: int = 0
    """What has to be read: rules that fired in changed files, and edits that no rule made."""
    rules: int = 0
    parsed: int = 0
    apply_s: float = 0.0
    learn_s: float = 0.0
    example_edits: int = 0
    refused: int = 0
    causes: Counter[Cause] = field(default_factory=Counter)
    fault: str = ""
    """Why there is no result: an error, or the time limit. Counts as silent."""

    @property
    def silent(self) -> bool:
        """Nothing was changed in any file that its author changed."""
        return self.strict.made == 0

    @property
    def compression(self) -> float | None:
        """Edited places per unit read."""
        return ratio(self.strict.human, self.units)

    @property
    def all_files_precision(self) -> float | None:
        """Strict precision with the edits in untouched files counted as wrong."""
        return ratio(self.strict.right, self.strict.made + self.false_untouched)


def ratio(part: float, whole: float) -> float | None:
    """`part` / `whole`, None when `whole` is 0."""
    return part / whole if whole else None


def summed(name: tuple[str, str], plan: tuple[str, int], files: list[FileScore], **known: object) -> Score:
    """The score of a migration (name, language) under a plan (order, k) from its target files."""
    changed = [each for each in files if each.changed]
    still = [each for each in files if not each.changed]
    strict = sum((each.strict for each in changed), Tally())
    fired = frozenset(rule for each in changed for rule in each.fired)
    causes: Counter[Cause] = sum((each.causes for each in files), Counter())
    if strict.made == 0:
        missed = causes.pop(Cause.MISSED_REPEATED, 0)
        if missed:
            causes[Cause.SILENT] = missed
    return Score(
        *name,
        *plan,
        strict=strict,
        lenient=sum((each.lenient for each in changed), Tally()),
        safe=sum((each.safe for each in changed), Tally()),
        files=len(changed),
        exact=sum(each.exact for each in changed),
        formatted=sum(each.formatted for each in changed),
        equal=sum(each.lenient.perfect for each in changed),
        untouched=len(still),
        false_untouched=sum(each.strict.made for each in still),
        safe_untouched=sum(each.safe.made for each in still),
        units=len(fired) + strict.human - strict.right,
        rules=len(fired),
        parsed=sum(each.parsed for each in files),
        apply_s=sum(each.seconds for each in files if each.parsed),
        refused=sum(bool(each.refused) for each in files),
        causes=causes,
        **known,  # type: ignore[arg-type]
    )
