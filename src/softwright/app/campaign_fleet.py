"""Which repositories of the fleet a campaign is about, as the fleet file says now."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from softwright.app.wiring import House
from softwright.campaigns.fleet import Selection, read_fleet, select
from softwright.campaigns.spec import CampaignSpec
from softwright.campaigns.spec_file import load_campaign
from softwright.core import Fleet
from softwright.ledger import CampaignRecord


def fleet_file(house: House, spec: CampaignSpec, folder: Path) -> Path:
    """The fleet file that the campaign names, relative to the folder of its own, or that of the settings.

    Where the settings' file is not there, one of its name beside the campaign's file is taken.
    """
    if spec.fleet.file:
        return folder / spec.fleet.file
    here, beside = house.settings.fleet, folder / house.settings.fleet.name
    return here if here.is_file() or not beside.is_file() else beside


def fleet_of(house: House, spec: CampaignSpec, folder: Path, globs: Sequence[str] = ()) -> Fleet:
    """The repositories that take part. Raises InvalidInput for a fleet file that cannot be used."""
    fleet = read_fleet(fleet_file(house, spec, folder).absolute()).fleet
    chosen = select(fleet, Selection(spec.fleet.tags, spec.fleet.repos, spec.fleet.exclude))
    return select(chosen, Selection((), tuple(globs), ())) if globs else chosen


def taking_part(house: House, record: CampaignRecord, spec: CampaignSpec) -> Mapping[str, str]:
    """Addresses of the repositories that take part now, by name.

    As the campaign's file says now, where it is still there: who excludes a repository after a run wants
    nothing pushed to it, without running again. Raises InvalidInput for a file that cannot be used.
    """
    path = Path(record.spec_path)
    now = load_campaign(path) if path.is_file() else spec
    fleet = fleet_of(house, now if now.name == spec.name else spec, path.parent)
    return {repo.name: repo.url for repo in fleet.repos}
