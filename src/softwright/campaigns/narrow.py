"""Parts of a campaign's view: by repository, state and file; and remarks beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from softwright.campaigns.state import RepoState
from softwright.campaigns.view import CampaignView, RepoView
from softwright.campaigns.waiting import apart
from softwright.core import InvalidInput, nearest


@dataclass(frozen=True, slots=True)
class ShownDiff:
    """The change of one file as a unified diff."""

    repo: str
    path: str
    diff: str


def narrowed(view: CampaignView, *, globs: Sequence[str], states: Sequence[str]) -> tuple[RepoView, ...]:
    """The repositories of a view that match a glob and are in one of the states; none given: all."""
    for state in states:
        if state not in [str(known) for known in RepoState]:
            raise InvalidInput(f"no state `{state}`; {nearest(state, [str(known) for known in RepoState])}")
    found = [
        repo
        for repo in view.repos
        if (not globs or any(fnmatchcase(repo.name, glob) for glob in globs))
        and (not states or str(repo.state) in states)
    ]
    if globs and not found and not states:
        view.repo(globs[0])  # says which names there are
    return tuple(found)


def diffs(
    view: CampaignView, *, globs: Sequence[str] = (), files: Sequence[str] = (), context: int = 3
) -> tuple[ShownDiff, ...]:
    """The edits of the repositories that match, file by file. Raises InvalidInput when no file does."""
    changed = [(repo.name, file) for repo in narrowed(view, globs=globs, states=()) for file in repo.files]
    shown = [
        (repo, file)
        for repo, file in changed
        if not files or any(fnmatchcase(file.path, glob) for glob in files)
    ]
    if changed and not shown:
        paths = sorted({file.path for _, file in changed})
        raise InvalidInput(f"no changed file matches `{files[0]}`; {nearest(files[0], paths[:50])}")
    return tuple(ShownDiff(repo, file.path, view.diff(repo, file, context=context)) for repo, file in shown)


def remarks_on(view: CampaignView, fleet: Mapping[str, str] | None) -> dict[str, str]:
    """What to know of repositories beyond their state, by name: apart from the fleet, branches left behind.

    `fleet` are the addresses of the repositories that take part now, by name; None when that is not known.
    """
    found: dict[str, str] = {}
    for repo in view.repos:
        told = [apart(repo.name, repo.url, fleet)] if repo.url else []
        told += [
            f"`{branch}` of an earlier delivery may still be on the remote" for branch in repo.left_behind
        ]
        if text := "; ".join(part for part in told if part):
            found[repo.name] = text
    return found
