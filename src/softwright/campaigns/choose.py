"""What a campaign's `select` picks: by SQL over the facts, by a rule, or nothing in particular."""

from softwright.campaigns.fleet import read_fleet
from softwright.campaigns.load import Loaded, named_rule
from softwright.campaigns.means import AskRows, Means
from softwright.campaigns.outcome import RunItem
from softwright.campaigns.select import picked_by_rows
from softwright.core import Fleet, InvalidInput, OutsideFault, Repo, counted, nearest
from softwright.facts.sites import find_sites
from softwright.hosts import GitSource
from softwright.rewrite import Rule


def choose_items(means: Means, loaded: Loaded, ask: AskRows) -> list[RunItem]:
    """The repositories that take part, each with what was picked in it.

    A repository in which nothing was picked takes part too: it may have had a change before. Raises
    InvalidInput for a select that is wrong or gives no column `repo`.
    """
    select = loaded.spec.select.strip()
    if not select:
        return [RunItem(repo) for repo in loaded.fleet.repos]
    if loaded.spec.selects_by_sql:
        return _by_sql(loaded, ask)
    return _by_rule(means, named_rule(means.settings.rules, loaded.path, select), loaded.fleet)


def _by_rule(means: Means, rule: Rule, fleet: Fleet) -> list[RunItem]:
    if not rule.patterns:
        raise InvalidInput(
            f"`select` names the rule `{rule.id}`, which has no pattern to look for",
            hint="leave `select` out: the change's own rules find their sites",
        )
    picked: dict[str, dict[str, tuple[()]]] = {repo.name: {} for repo in fleet.repos}
    sources = [source for repo in fleet.repos if (source := _source(means, repo)) is not None]
    for site in find_sites(sources, rule.patterns, workers=means.settings.workers):
        picked[site.repo][site.path] = ()
    return [RunItem(repo, picked[repo.name]) for repo in fleet.repos]


def _source(means: Means, repo: Repo) -> GitSource | None:
    """The repository's snapshot; None when its mirror cannot be used, which the run itself will tell."""
    try:
        snapshot = means.mirrors.snapshot(repo)
    except OutsideFault:
        return None
    return GitSource(repo, snapshot, str(means.mirrors.path(repo.name))) if snapshot.commit else None


def _by_sql(loaded: Loaded, ask: AskRows) -> list[RunItem]:
    file = loaded.fleet_file
    picked = picked_by_rows(*ask(loaded.spec.select, file))
    whole = {repo.name for repo in read_fleet(file).fleet.repos}
    strange = sorted(set(picked) - whole)
    if strange:
        raise InvalidInput(
            f"the select gives {counted(len(strange), 'repository')} outside of the fleet: `{strange[0]}`; "
            f"{nearest(strange[0], sorted(whole)[:200])}",
            where=str(file),
        )
    return [RunItem(repo, picked.get(repo.name, {})) for repo in loaded.fleet.repos]
