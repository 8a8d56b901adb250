"""What decides the outcome for a repository, as a digest: equal inputs, equal outcome, no work."""

from collections.abc import Mapping
from typing import Any

from softwright import __version__
from softwright.campaigns.change import Change
from softwright.campaigns.outcome import Picked
from softwright.campaigns.spec import CampaignSpec
from softwright.checks import Check
from softwright.core import Repo, digest

_LENGTH = 20
_DELIVER = {"branch", "message", "author", "committer", "trailers", "date"}


def recipe(spec: CampaignSpec, change: Change, checks: tuple[Check, ...]) -> str:
    """Name of everything but the repository: the change, the checks, what the commit says, this version."""
    return digest(
        [
            __version__,
            change.digest,
            [[check.name, check.version, check.config] for check in checks],
            [spec.name, spec.description],
            spec.deliver.model_dump(mode="json", include=_DELIVER),
        ],
        length=_LENGTH,
    )


def inputs(
    whole: str,
    repo: Repo,
    commit: str,
    picked: Picked | None,
    decided: Mapping[str, str | None] | None = None,
) -> str:
    """Name of everything the outcome for one repository depends on: `<recipe>@<commit>`."""
    chosen = (
        None
        if picked is None
        else [[path, [[s.start, s.end] for s in spans]] for path, spans in sorted(picked.items())]
    )
    parts: list[Any] = [whole, repo.url, repo.branch, chosen]
    if decided:
        parts.append(sorted(decided.items()))
    return f"{digest(parts, length=_LENGTH)}@{commit}"


def same_recipe(one: str, other: str) -> bool:
    """True when two inputs differ in the commit at most."""
    return one.partition("@")[0] == other.partition("@")[0]
