"""Campaigns that the ledger knows, by name or by file."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from softwright.campaigns.spec import CampaignSpec
from softwright.campaigns.spec_file import load_campaign
from softwright.core import InvalidInput, nearest
from softwright.ledger import CampaignRecord, Ledger


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """One campaign in a listing."""

    name: str
    description: str
    status: str
    counts: dict[str, int]
    updated_at: str


def campaign_rows(ledger: Ledger) -> tuple[CampaignRow, ...]:
    """Every campaign of the ledger, by name."""
    return tuple(
        CampaignRow(
            record.name,
            record.description,
            record.status,
            ledger.states.counts(record.name),
            record.updated_at.isoformat(timespec="seconds"),
        )
        for record in ledger.campaigns.all()
    )


def campaign_name(ledger: Ledger, name_or_path: str) -> str:
    """The name of a campaign given by name or by file. Raises InvalidInput for a file that is wrong."""
    if ledger.campaigns.get(name_or_path) is None and name_or_path.endswith((".yaml", ".yml")):
        return load_campaign(Path(name_or_path)).name
    return name_or_path


def known_record(ledger: Ledger, name: str) -> CampaignRecord:
    """The campaign of that name; raises InvalidInput naming the nearest when there is none."""
    record = ledger.campaigns.get(name)
    if record is None:
        known = [known.name for known in ledger.campaigns.all()]
        raise InvalidInput(
            f"no campaign `{name}` in the ledger; {nearest(name, known)}",
            hint="`softwright campaign run FILE` records a campaign",
        )
    return record


def known_campaign(ledger: Ledger, name_or_path: str) -> tuple[CampaignRecord, CampaignSpec]:
    """The campaign as it was last run. Raises InvalidInput when there is none, or none that is allowed."""
    record = known_record(ledger, campaign_name(ledger, name_or_path))
    try:
        return record, CampaignSpec.model_validate(record.spec)
    except ValidationError as error:
        said = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise InvalidInput(
            f"campaign `{record.name}` as it was last run is not allowed any more: {said}",
            where=record.spec_path,
            hint="mend its file and run it again",
        ) from error
