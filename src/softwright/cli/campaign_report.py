"""`softwright campaign report`."""

from pathlib import Path
from typing import Annotated

import typer

from softwright.app import House
from softwright.app import campaign_report as use
from softwright.cli.campaign_options import JsonOption, NameArgument
from softwright.cli.show import out, show_json
from softwright.core import InvalidInput


def report(
    campaign: NameArgument,
    to: Annotated[Path | None, typer.Option("--to", "-o", help="Default: NAME-report.html.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Write one self-contained HTML file, or with --json print the same data.

    Example: softwright campaign report aware-clocks --to report.html
    """
    if as_json and to is not None:
        raise InvalidInput("--to is for the page, --json prints", hint="keep the data: --json > FILE")
    if as_json:
        show_json(use.report_data(House(), campaign))
        return
    out.print(f"{use.write_report(House(), campaign, to=to)} written", soft_wrap=True)
