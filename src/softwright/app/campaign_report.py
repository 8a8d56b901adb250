"""A campaign's report, as a file for people and as data for programs."""

from pathlib import Path
from typing import Any

from softwright.app.campaign_review import view
from softwright.app.wiring import House
from softwright.campaigns.report.page import render_html, report_json
from softwright.campaigns.shapes.cost import campaign_cost
from softwright.campaigns.shapes.review import read_review
from softwright.core import InvalidInput, OutsideFault


def write_report(house: House, name_or_path: str, *, to: Path | None = None) -> Path:
    """Write the campaign's report as one HTML file; gives its path. Raises InvalidInput, OutsideFault."""
    seen = view(house, name_or_path)
    place = to or Path(f"{seen.name}-report.html")
    review = read_review(house, seen)
    text = render_html(seen, now=house.ledger.clock.now(), review=review, cost=campaign_cost(house, review))
    if not place.name or place.is_dir():
        raise InvalidInput(
            "a folder cannot hold the report itself", where=str(place), hint="name a file in it"
        )
    beside = place.with_name(f".{place.name}.new")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(place)
    except OSError as error:
        raise OutsideFault(
            f"cannot write the report: {error.strerror}",
            where=str(place),
            hint="name a file in a folder that is there and can be written",
        ) from error
    return place


def report_data(house: House, name_or_path: str) -> dict[str, Any]:
    """The campaign's report as JSON-like data."""
    seen = view(house, name_or_path)
    review = read_review(house, seen)
    return report_json(seen, now=house.ledger.clock.now(), review=review, cost=campaign_cost(house, review))
