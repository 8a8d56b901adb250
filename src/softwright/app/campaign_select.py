"""What a campaign's `select` picks: by SQL over the facts, by a rule, or nothing in particular."""

from collections.abc import Callable
from pathlib import Path

from softwright.app.query import Question, ask
from softwright.app.wiring import House
from softwright.campaigns.fleet import read_fleet
from softwright.campaigns.run import RunItem
from softwright.campaigns.select import picked_by_rows
from softwright.campaigns.spec import CampaignSpec
from softwright.core import Fleet, InvalidInput, OutsideFault, Repo, nearest
from softwright.facts.sites import find_sites
from softwright.hosts import GitSource
from softwright.rewrite import Rule


def select_items(
    house: House, spec: CampaignSpec, fleet: Fleet, *, file: Path, find_rule: Callable[[str], Rule]
) -> list[RunItem]:
    """The repositories that take part, each with what was picked in it.

    `file` is the fleet file. A repository in which nothing was picked takes part too: it may have had a
    change before. Raises InvalidInput for a select that is wrong or gives no column `repo`.
    """
    if not spec.select.strip():
        return [RunItem(repo) for repo in fleet.repos]
    if spec.selects_by_sql:
        return _by_sql(house, spec.select, fleet, file)
    return _by_rule(house, find_rule(spec.select.strip()), fleet)


def _by_rule(house: House, rule: Rule, fleet: Fleet) -> list[RunItem]:
    picked: dict[str, dict[str, tuple[()]]] = {repo.name: {} for repo in fleet.repos}
    sources = [source for repo in fleet.repos if (source := _source(house, repo)) is not None]
    for site in find_sites(sources, rule.patterns, workers=house.settings.workers):
        picked[site.repo][site.path] = ()
    return [RunItem(repo, picked[repo.name]) for repo in fleet.repos]


def _source(house: House, repo: Repo) -> GitSource | None:
    """The repository's snapshot; None when its mirror cannot be used, which the run itself will tell."""
    try:
        snapshot = house.mirrors.snapshot(repo)
    except OutsideFault:
        return None
    return GitSource(repo, snapshot, str(house.mirrors.path(repo.name))) if snapshot.commit else None


def _by_sql(house: House, sql: str, fleet: Fleet, file: Path) -> list[RunItem]:
    answer = ask(house, Question(sql, fleet=file))
    picked = picked_by_rows(answer.result.columns, answer.result.rows)
    whole = {repo.name for repo in read_fleet(file).fleet.repos}
    strange = sorted(set(picked) - whole)
    if strange:
        raise InvalidInput(
            f"the select gives {len(strange)} repositories that are not in the fleet: `{strange[0]}`; "
            f"{nearest(strange[0], sorted(whole)[:200])}",
            where=str(file),
        )
    return [RunItem(repo, picked.get(repo.name, {})) for repo in fleet.repos]
