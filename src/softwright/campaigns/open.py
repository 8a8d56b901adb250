"""Whether a campaign is open. A closed one takes no decisions, delivers nothing, runs only when reopened."""

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


def reopen(ledger: Ledger, name: str) -> None:
    """Open a closed campaign again; repositories that were closed with it are looked at anew."""
    with ledger.write():
        for record in ledger.states.brief(name):
            if record.state == RepoState.CLOSED and record.reason == CLOSED_WITH_CAMPAIGN:
                ledger.states.still(name, {record.repo: ""})
        ledger.events.append(Event("campaign.reopened", run=name))
