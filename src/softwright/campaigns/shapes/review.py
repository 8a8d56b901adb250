"""A campaign by shapes: what there is to read, and where each edit stands."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from softwright.campaigns.means import Means
from softwright.campaigns.shapes.reading import EditedRepo, read_edits, shown_repos
from softwright.campaigns.state import RepoState
from softwright.campaigns.view import CampaignView, RepoView
from softwright.core import InvalidInput, digest, nearest
from softwright.ledger.shapes import ACCEPTED, EditDecision
from softwright.rewrite.shapes import LARGE, SAMPLES, Form, PlacedEdit, Shape, cluster, diverse

BY_EDITS = "edits of it were rejected in review"
"""The reason of a rejection that keeps a repository from being delivered until its change is proposed
again."""

_APPROVED = (RepoState.APPROVED, RepoState.DELIVERED, RepoState.MERGED)
_MOST_TOLD = 8  # keys that an error lists
_SHORTEST = 4  # letters of a key or digest that may stand for it


class Standing(StrEnum):
    """Where an edit stands: `rejected` ones are left out as soon as the repository is worked on again."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class ReviewedEdit:
    """One edit of the campaign; `id` is its digest, which decisions are bound to."""

    id: str
    placed: PlacedEdit
    standing: Standing
    repo: RepoView

    @property
    def lines(self) -> tuple[str, str]:
        """The lines around it before and after; of a whole file its content."""
        edit = self.placed.edit
        return edit.lines if any(edit.lines) else (edit.was, edit.now)


@dataclass(frozen=True, slots=True)
class CheckTally:
    """In how many repositories a check ended in one way."""

    check: str
    outcome: str
    repos: int


@dataclass(frozen=True, slots=True)
class ReviewedShape:
    """One large shape and its edits."""

    form: Form
    edits: tuple[ReviewedEdit, ...]
    samples: tuple[ReviewedEdit, ...]

    @property
    def key(self) -> str:
        """Its name."""
        return self.form.key

    @property
    def repos(self) -> tuple[str, ...]:
        """Its repositories, by name."""
        return tuple(sorted({each.placed.repo for each in self.edits}))

    @property
    def files(self) -> int:
        """How many files it is in."""
        return len({(each.placed.repo, each.placed.path) for each in self.edits})

    @property
    def standings(self) -> dict[str, int]:
        """How many of its edits stand where, each standing named."""
        found = Counter(each.standing for each in self.edits)
        return {str(standing): found[standing] for standing in Standing}

    @property
    def held(self) -> tuple[str, ...]:
        """Its repositories that a check holds back."""
        return tuple(sorted({e.placed.repo for e in self.edits if e.repo.state is RepoState.HELD}))

    @property
    def checks(self) -> tuple[CheckTally, ...]:
        """How the checks of its repositories ended, in the order of the ladder."""
        repos = {each.placed.repo: each.repo for each in self.edits}.values()
        found = Counter((verdict.check, str(verdict.outcome)) for repo in repos for verdict in repo.verdicts)
        return tuple(CheckTally(*how, count) for how, count in found.items())

    @property
    def shown(self) -> str:
        """Names exactly the edits of this shape that are open."""
        return digest(sorted(each.id for each in self.edits if each.standing is Standing.OPEN), length=12)

    @property
    def by(self) -> tuple[str, ...]:
        """The rules, commands and functions that made its files' changes."""
        return tuple(
            dict.fromkeys(
                o for e in self.edits for f in e.repo.files if f.path == e.placed.path for o in f.origins
            )
        )


@dataclass(frozen=True, slots=True)
class Review:
    """A campaign by shapes: large ones, the largest first, and the edits that are in none."""

    view: CampaignView
    repos: tuple[EditedRepo, ...]
    shapes: tuple[ReviewedShape, ...]
    exceptions: tuple[ReviewedEdit, ...]
    decisions: Mapping[str, EditDecision]

    @property
    def edits(self) -> tuple[ReviewedEdit, ...]:
        """Every edit."""
        return (*(edit for shape in self.shapes for edit in shape.edits), *self.exceptions)

    @property
    def left_out(self) -> tuple[EditDecision, ...]:
        """Rejected and corrected edits that are not in the change any more."""
        here = {edit.id for edit in self.edits}
        repos = {one.repo.name for one in self.repos} | {repo.name for repo in self.view.repos}
        gone = (each for each in self.decisions.values() if each.edit not in here and each.repo in repos)
        return tuple(each for each in gone if each.decision != ACCEPTED)

    @property
    def units(self) -> int:
        """What there is to read: shapes and exceptions."""
        return len(self.shapes) + len(self.exceptions)

    def named(self, key: str) -> ReviewedShape | ReviewedEdit:
        """The shape or edit that a key, a digest, or the beginning of one names.

        A shape's key may be followed by `@` and the name of the edits that were shown; InvalidInput when
        those have changed since, or nothing or more than one thing is meant.
        """
        name, _, shown = key.partition("@")
        found: list[ReviewedShape | ReviewedEdit] = [
            *(shape for shape in self.shapes if is_named(name, shape.key)),
            *(edit for edit in self.edits if is_named(name, edit.id)),
        ]
        if len(found) != 1:
            raise self._unclear(name, len(found))
        one = found[0]
        if shown and isinstance(one, ReviewedShape) and one.shown != shown:
            raise InvalidInput(
                f"the open edits of `{one.key}` are not those of `{shown}` any more, but of `{one.shown}`",
                hint=f"look at them again: softwright campaign review {self.view.name}",
            )
        return one

    def _unclear(self, name: str, count: int) -> InvalidInput:
        look = f"`softwright campaign review {self.view.name}` lists them"
        if count:
            return InvalidInput(f"`{name}` may mean {count} things here; give more letters of it", hint=look)
        if 0 < len(name) < _SHORTEST:
            return InvalidInput(f"`{name}` is too short; give at least {_SHORTEST} letters", hint=look)
        known = nearest(name, [shape.key for shape in self.shapes[:_MOST_TOLD]])
        return InvalidInput(f"no shape and no site `{name}` in this campaign; shapes: {known}", hint=look)


def read_review(means: Means, view: CampaignView, *, globs: Sequence[str] = (), large: int = LARGE) -> Review:
    """The campaign by shapes; `globs` narrow it to repositories. Raises InvalidInput when none matches."""
    repos = [r for r in shown_repos(view) if not globs or any(fnmatchcase(r.name, glob) for glob in globs)]
    if globs and not repos:
        view.repo(globs[0])
        raise InvalidInput(
            f"there are no edits in `{globs[0]}`", hint=f"softwright campaign status {view.name}"
        )
    edited = read_edits(means, view, repos)
    decisions = means.ledger.edits.latest(view.name)
    return arranged(view, edited, decisions, large=large)


def arranged(
    view: CampaignView,
    edited: Sequence[EditedRepo],
    decisions: Mapping[str, EditDecision],
    *,
    large: int = LARGE,
) -> Review:
    """Edits by their shapes, with where they stand."""
    by_place: dict[PlacedEdit, ReviewedEdit] = {}
    for each in reviewed(edited, decisions):
        by_place[each.placed] = each
    found = cluster(by_place, large=large)
    return Review(
        view,
        tuple(edited),
        tuple(_shape(shape, by_place) for shape in found.shapes),
        tuple(by_place[placed] for placed in found.exceptions),
        decisions,
    )


def reviewed(edited: Iterable[EditedRepo], decisions: Mapping[str, EditDecision]) -> list[ReviewedEdit]:
    """Every edit with where it stands."""
    found = []
    for one in edited:
        for file in one.files:
            for edit in file.edits:
                placed = PlacedEdit(one.repo.name, file.path, edit)
                name = placed.digest
                found.append(ReviewedEdit(name, placed, _standing(one.repo, decisions.get(name)), one.repo))
    return found


def _standing(repo: RepoView, decision: EditDecision | None) -> Standing:
    if decision is not None and decision.decision != ACCEPTED:
        return Standing.REJECTED
    if decision is not None or repo.state in _APPROVED:
        return Standing.ACCEPTED
    as_a_whole = repo.state is RepoState.REJECTED and not (repo.approval and repo.approval.reason == BY_EDITS)
    return Standing.REJECTED if as_a_whole else Standing.OPEN


def _shape(shape: Shape, by_place: Mapping[PlacedEdit, ReviewedEdit]) -> ReviewedShape:
    edits = tuple(by_place[placed] for placed in shape.edits)
    undecided = [each.placed for each in edits if each.standing is Standing.OPEN]
    samples = diverse(undecided, SAMPLES)
    if len(samples) < SAMPLES:
        rest = [each for each in shape.edits if each not in set(samples)]
        samples += diverse(rest, SAMPLES - len(samples))
    return ReviewedShape(shape.form, edits, tuple(by_place[placed] for placed in samples))


def is_named(name: str, whole: str) -> bool:
    """True when `name` is the whole or a beginning of it that is long enough to mean it."""
    return len(name) >= _SHORTEST and whole.startswith(name)
