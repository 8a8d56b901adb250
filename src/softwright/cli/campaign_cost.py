"""`softwright campaign cost`: who did which sites, what shapes saved, how cost grew."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from softwright.app import House
from softwright.app import campaign_shapes as use
from softwright.cli.campaign_options import JsonOption, NameArgument
from softwright.cli.show import out, show_json, show_table
from softwright.core import counted

_WIDTH = 60
_BARS = " ▁▂▃▄▅▆▇█"


def cost(campaign: NameArgument, as_json: JsonOption = False) -> None:
    """Show what a campaign cost: sites by who did them, what rules of shapes saved, and the curve.

    Sites are those of the outcomes that stand; seconds are all that was spent, runs that were done again
    included.

    Example: softwright campaign cost aware-clocks
    """
    found = use.cost(House(), campaign)
    if as_json:
        document = asdict(found)
        for rule in document["rules"]:
            rule["rule"] = json.loads(rule["rule"]) if rule["rule"] else []
        show_json(document)
        return
    if not found.rows:
        out.print("nothing is known of the work of this campaign: run it", soft_wrap=True)
        return
    show_table(
        ("by", "kind", "sites", "repositories", "seconds", "s/site"),
        [
            (row.proposer, row.kind, row.sites, row.repos, f"{row.wall_s:.2f}", _price(row.site_s))
            for row in found.rows
        ],
    )
    _show_rules(found)
    _show_curve(found)


def _price(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.4f}"


def _show_rules(found: use.CampaignCost) -> None:
    for saved in found.saved:
        left_out = f", which was not begun in {counted(saved.skipped, 'repository')}" if saved.skipped else ""
        out.print(
            f"\nshapes did {counted(saved.sites, 'site')} in {counted(saved.repos, 'repository')} before "
            f"{saved.step}{left_out}: about {saved.saved_s:.1f} s saved",
            soft_wrap=True,
            markup=False,
        )
    for rule in found.rules:
        made = f"a rule, learned from {rule.edits} accepted edits, checked on {rule.held_back} more"
        out.print(f"shape {rule.shape} of {rule.step}: {rule.reason or made}", soft_wrap=True, markup=False)


def _show_curve(found: use.CampaignCost) -> None:
    """Sites, shapes and sites of costly steps, repository by repository, each row up to its own maximum."""
    if len(found.curve) < 2:
        return
    last = found.curve[-1]
    rows = (
        ("sites", [point.sites for point in found.curve], f"{last.sites:,}"),
        ("shapes", [point.shapes for point in found.curve], f"{last.shapes:,}"),
        (
            "costly",
            [point.costly for point in found.curve],
            f"{last.costly:,} sites by commands and functions",
        ),
        ("seconds", [point.wall_s for point in found.curve], f"{last.wall_s:.2f}"),
    )
    out.print(f"\nrepository by repository, {len(found.curve)} in all:", soft_wrap=True)
    for name, values, end in rows:
        out.print(f"  {name:8}{_bars(values)} {end}", soft_wrap=True, markup=False)


def _bars(values: Sequence[float]) -> str:
    width = min(_WIDTH, len(values))
    most = max(values) or 1
    picked = [values[(at + 1) * len(values) // width - 1] for at in range(width)]
    return "".join(_BARS[round(value / most * (len(_BARS) - 1))] for value in picked)
