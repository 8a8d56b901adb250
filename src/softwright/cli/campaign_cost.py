"""`softwright campaign cost`: who did which sites, what shapes saved, how cost grew."""

from collections.abc import Sequence

from softwright.app import House
from softwright.app import campaign_shapes as use
from softwright.cli.campaign_options import JsonOption, NameArgument
from softwright.cli.show import out, show_json, show_table

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
        show_json(use.cost_json(found))
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
        out.print(f"\n{saved.words}", soft_wrap=True, markup=False)
    for rule in found.rules:
        out.print(use.rule_words(rule), soft_wrap=True, markup=False)


def _show_curve(found: use.CampaignCost) -> None:
    """Sites, shapes and sites of costly steps, repository by repository, each row up to its own maximum."""
    if not found.series:
        return
    out.print(f"\nrepository by repository, {len(found.curve)} in all:", soft_wrap=True)
    for one in found.series:
        out.print(f"  {one.name:8}{_bars(one.values)} {one.end}", soft_wrap=True, markup=False)


def _bars(values: Sequence[float]) -> str:
    width = min(_WIDTH, len(values))
    most = max(values) or 1
    picked = [values[(at + 1) * len(values) // width - 1] for at in range(width)]
    return "".join(_BARS[round(value / most * (len(_BARS) - 1))] for value in picked)
