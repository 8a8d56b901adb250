"""What a campaign cost: sites by who did them, what shapes saved, and how cost grew with sites and shapes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from softwright.campaigns.means import Means
from softwright.campaigns.shapes.review import Review
from softwright.campaigns.work import COMMAND, PYTHON, SHAPE
from softwright.core import counted
from softwright.ledger.shapes import ShapeRule, SiteWork
from softwright.rewrite.shapes import Kind


@dataclass(frozen=True, slots=True)
class ProposerCost:
    """One proposer: the sites and repositories it did in the outcomes that stand, and the seconds of all
    its work."""

    proposer: str
    kind: str
    sites: int
    repos: int
    wall_s: float

    @property
    def site_s(self) -> float | None:
        """Seconds for a site, None where it did none."""
        return self.wall_s / self.sites if self.sites else None


@dataclass(frozen=True, slots=True)
class Saved:
    """What the rules of shapes did before a costly step: `skipped` repositories it was not begun for at all.

    `saved_s` are the seconds that the step would have taken for these sites, at what a site of it took.
    """

    step: str
    sites: int
    repos: int
    skipped: int
    saved_s: float

    @property
    def words(self) -> str:
        """The whole in a sentence."""
        left_out = f", which was not begun in {counted(self.skipped, 'repository')}" if self.skipped else ""
        return (
            f"shapes did {counted(self.sites, 'site')} in {counted(self.repos, 'repository')} before "
            f"{self.step}{left_out}: about {self.saved_s:.1f} s saved"
        )


@dataclass(frozen=True, slots=True)
class Series:
    """How something grew from repository to repository, and what it came to, in words."""

    name: str
    values: tuple[float, ...]
    end: str


@dataclass(frozen=True, slots=True)
class Point:
    """How far the campaign was when a repository was done: sums over all repositories up to it."""

    repo: str
    sites: int
    shapes: int
    costly: int
    wall_s: float


@dataclass(frozen=True, slots=True)
class CampaignCost:
    """The whole. `rules` are what accepted edits were made into, or why not."""

    campaign: str
    rows: tuple[ProposerCost, ...]
    saved: tuple[Saved, ...]
    rules: tuple[ShapeRule, ...]
    curve: tuple[Point, ...]

    @property
    def series(self) -> tuple[Series, ...]:
        """The curve as lines to draw; none where there are fewer than two points."""
        if len(self.curve) < 2:
            return ()
        last = self.curve[-1]
        return (
            Series("sites", tuple(point.sites for point in self.curve), f"{last.sites:,}"),
            Series("shapes", tuple(point.shapes for point in self.curve), f"{last.shapes:,}"),
            Series(
                "costly",
                tuple(point.costly for point in self.curve),
                f"{last.costly:,} sites by commands and functions",
            ),
            Series("seconds", tuple(point.wall_s for point in self.curve), f"{last.wall_s:.2f}"),
        )


def rule_words(rule: ShapeRule) -> str:
    """What became of the accepted edits of a shape."""
    made = f"a rule, learned from {rule.edits} accepted edits, checked on {rule.held_back} more"
    return f"shape {rule.shape} of {rule.step}: {rule.reason or made}"


def campaign_cost(means: Means, review: Review) -> CampaignCost:
    """What the campaign cost so far, by its record and the edits it has now."""
    works = means.ledger.work.of(review.view.name)
    standing = _standing(works)
    rows = tuple(_rows(works, standing))
    return CampaignCost(
        review.view.name,
        rows,
        tuple(_saved(standing, rows)),
        tuple(means.ledger.shape_rules.of(review.view.name)),
        tuple(_curve(standing, review)),
    )


def _standing(works: Sequence[SiteWork]) -> list[SiteWork]:
    """The work for the last outcome of each repository, in order."""
    last = {each.repo: each.at for each in works}
    return [each for each in works if each.at == last[each.repo]]


def _rows(works: Sequence[SiteWork], standing: Sequence[SiteWork]) -> Iterable[ProposerCost]:
    for key in dict.fromkeys((each.proposer, each.kind) for each in works):
        mine = [each for each in standing if (each.proposer, each.kind) == key]
        spent = sum(each.wall_s for each in works if (each.proposer, each.kind) == key)
        repos = {each.repo for each in mine if each.sites}
        yield ProposerCost(*key, sum(each.sites for each in mine), len(repos), spent)


def _saved(standing: Sequence[SiteWork], rows: Sequence[ProposerCost]) -> Iterable[Saved]:
    price = {row.proposer: row.site_s for row in rows if row.kind in (COMMAND, PYTHON)}
    for step in dict.fromkeys(each.instead_of for each in standing if each.kind == SHAPE and each.sites):
        mine = [each for each in standing if each.instead_of == step and each.sites]
        sites = sum(each.sites for each in mine)
        skipped = sum(each.skipped for each in standing if each.proposer == step)
        yield Saved(step, sites, len({each.repo for each in mine}), skipped, sites * (price.get(step) or 0.0))


def _curve(standing: Sequence[SiteWork], review: Review) -> Iterable[Point]:
    forms: dict[str, set[str]] = {}
    for edit in review.edits:
        if edit.placed.edit.form.kind is not Kind.IMPORT:
            forms.setdefault(edit.placed.repo, set()).add(edit.placed.edit.shape)
    sites = costly = 0
    wall_s = 0.0
    seen: set[str] = set()
    for repo in dict.fromkeys(each.repo for each in standing):
        mine = [each for each in standing if each.repo == repo]
        done = sum(each.sites for each in mine)
        sites += done
        costly += sum(each.sites for each in mine if each.kind in (COMMAND, PYTHON))
        wall_s += sum(each.wall_s for each in mine)
        seen |= forms.get(repo, set())
        if done:
            yield Point(repo, sites, len(seen), costly, wall_s)
