"""`softwright campaign plan`."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.text import Text

from softwright.app import House
from softwright.app import campaigns as use
from softwright.cli import campaign_show as show
from softwright.cli.campaign_options import FileArgument, JobsOption, JsonOption, RepoOption
from softwright.cli.progress import Progress
from softwright.cli.show import err, show_json


def plan(
    file: FileArgument,
    repo: RepoOption = None,
    jobs: JobsOption = None,
    samples: Annotated[int, typer.Option(help="How many diffs to show.", min=0, max=50)] = 3,
    as_json: JsonOption = False,
) -> None:
    """Show what a run would find and change; nothing is written.

    Example: softwright campaign plan aware-clocks.yaml --samples 5
    """
    with Progress("plan", quiet=True) as progress:

        def told(done: int, total: int) -> None:
            progress.start(total)
            progress.step("")

        found = use.plan_campaign(
            House(), file, globs=repo or (), jobs=jobs, samples=samples, on_progress=told
        )
    if as_json:
        show_json(asdict(found))
    else:
        show.show_plan(found)
    warn(found.warnings)


def warn(warnings: tuple[str, ...]) -> None:
    """Say on stderr what a person should know of the campaign's file."""
    for warning in warnings:
        err.print(Text.assemble(("warning: ", "bold yellow"), warning), soft_wrap=True)
