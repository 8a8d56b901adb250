"""Whether a campaign is open. A closed one takes no decisions, delivers nothing, runs only when reopened."""

from collections.abc import Set
from pathlib import Path

from softwright.campaigns.spec import CampaignSpec
from softwright.campaigns.state import RepoState
from softwright.core import Event, InvalidInput
from softwright.ledger import CampaignRecord, Ledger

CLOSED = "closed"
"""Status of a campaign that was ended."""

CLOSED_WITH_CAMPAIGN = "the campaign was closed"
"""Reason of a repository whose branch was taken back when its campaign was closed."""


def require_open(ledger: Ledger, name: str) -> None:
    """Raises InvalidInput when the campaign was closed, with the command that opens it again."""
    record = ledger.campaigns.get(name)
    if record is not None and record.status == CLOSED:
        raise closed_fault(record)


def closed_fault(record: CampaignRecord) -> InvalidInput:
    """What to say to somebody who wants to work with a closed campaign."""
    return InvalidInput(
        f"campaign `{record.name}` was closed on {record.updated_at:%Y-%m-%d}",
        hint=f"`softwright campaign run {record.spec_path} --reopen` opens it again; "
        "for another change give the file another `name`",
    )


def require_own_branch(ledger: Ledger, spec: CampaignSpec, repos: Set[str]) -> None:
    """Raises InvalidInput when another open campaign delivers on the same branch in one of `repos`."""
    for other in ledger.campaigns.all():
        if other.name == spec.name or other.status == CLOSED:
            continue
        template = str(other.spec["deliver"]["branch"])
        if template.replace("{campaign}", other.name) != spec.branch:
            continue
        shared = sorted(repos & {r.repo for r in ledger.states.brief(other.name) if r.commit_sha})
        if shared:
            raise InvalidInput(
                f"campaign `{other.name}` has a change on branch `{spec.branch}` already, in `{shared[0]}`"
                + (f" and {len(shared) - 1} more" if shared[1:] else ""),
                hint="give `deliver.branch` another name; `softwright/{campaign}` is always its own",
            )


def require_same_file(record: CampaignRecord | None, spec: CampaignSpec, path: Path) -> None:
    """Raises InvalidInput when another file, with another change, has this name already."""
    if record is None or record.spec_path == str(path.absolute()):
        return
    other = Path(record.spec_path).is_file()
    if other and record.spec.get("change") != spec.model_dump(mode="json")["change"]:
        raise InvalidInput(
            f"there is a campaign `{record.name}` with another change already: {record.spec_path}",
            where=str(path),
            hint="give this one another `name`; when it is to take the other's place, remove that file first",
        )


def reopen(ledger: Ledger, name: str) -> None:
    """Open a closed campaign again; repositories that were closed with it are looked at anew."""
    with ledger.write():
        for record in ledger.states.brief(name):
            if record.state == RepoState.CLOSED and record.reason == CLOSED_WITH_CAMPAIGN:
                ledger.states.still(name, {record.repo: ""})
        ledger.events.append(Event("campaign.reopened", run=name))
