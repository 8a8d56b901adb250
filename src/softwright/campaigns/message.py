"""The commit message of one repository."""

from softwright.campaigns.change import Change
from softwright.campaigns.spec import CampaignSpec


def commit_message(spec: CampaignSpec, change: Change, *, repo: str, sites: int, files: int) -> str:
    """The template of the specification, filled in."""
    return spec.deliver.message.format(
        campaign=spec.name,
        description=spec.description.strip(),
        repo=repo,
        sites=sites,
        files=files,
        rules=", ".join(rule.id for rule in change.rules),
    )
