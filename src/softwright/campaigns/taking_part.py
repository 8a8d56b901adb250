"""Which repositories of the fleet a campaign is about, as the fleet file says now."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from softwright.campaigns.fleet import Selection, read_fleet, select
from softwright.campaigns.spec import CampaignSpec
from softwright.campaigns.spec_file import load_campaign
from softwright.core import Fleet
from softwright.ledger import CampaignRecord


def fleet_file(spec: CampaignSpec, folder: Path, usual: Path) -> Path:
    """The fleet file that the campaign names, relative to the folder of its own, or the `usual` one.

    Where the usual file is not there, one of its name beside the campaign's file is taken.
    """
    if spec.fleet.file:
        return folder / spec.fleet.file
    beside = folder / usual.name
    return usual if usual.is_file() or not beside.is_file() else beside


def fleet_of(spec: CampaignSpec, file: Path, globs: Sequence[str] = ()) -> Fleet:
    """The repositories that take part. Raises InvalidInput for a fleet file that cannot be used."""
    fleet = read_fleet(file.absolute()).fleet
    chosen = select(fleet, Selection(spec.fleet.tags, spec.fleet.repos, spec.fleet.exclude))
    return select(chosen, Selection((), tuple(globs), ())) if globs else chosen


def taking_part(record: CampaignRecord, spec: CampaignSpec, usual: Path) -> Mapping[str, str]:
    """Addresses of the repositories that take part now, by name; `usual` is the fleet file of the settings.

    As the campaign's file says now, where it is still there: who excludes a repository after a run wants
    nothing pushed to it, without running again. Raises InvalidInput for a file that cannot be used.
    """
    path = Path(record.spec_path)
    now = load_campaign(path) if path.is_file() else spec
    meant = now if now.name == spec.name else spec
    fleet = fleet_of(meant, fleet_file(meant, path.parent, usual))
    return {repo.name: repo.url for repo in fleet.repos}
