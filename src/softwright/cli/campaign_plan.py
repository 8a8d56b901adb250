"""`softwright campaign new` and `plan`."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from softwright.app import House
from softwright.app import campaigns as use
from softwright.cli.campaign_options import FileArgument, JobsOption, JsonOption, RepoOption
from softwright.cli.campaign_show import print_diff
from softwright.cli.progress import Progress
from softwright.cli.show import err, out, show_json, show_table
from softwright.core import counted


def new(
    name: Annotated[str, typer.Argument(help="The campaign's name.", metavar="NAME")],
    rule: Annotated[list[str] | None, typer.Option("--rule", help="A rule; may be repeated.")] = None,
    to: Annotated[Path | None, typer.Option("--to", help="The file; default: NAME.yaml.")] = None,
) -> None:
    """Write a campaign file to fill in.

    Example: softwright campaign new aware-clocks --rule datetime-utcnow
    """
    place = use.new_campaign(House(), name, rules=rule or [], path=to)
    out.print(f"{place} made; look what it would do: softwright campaign plan {place}", soft_wrap=True)


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
        show_plan(found)
    warn(found.warnings)


def warn(warnings: tuple[str, ...]) -> None:
    """Say on stderr what a person should know of the campaign's file."""
    for warning in warnings:
        err.print(Text.assemble(("warning: ", "bold yellow"), warning), soft_wrap=True)


def show_plan(plan: use.Plan) -> None:
    """Sites per repository, some diffs, and the estimate."""
    touched = [repo for repo in plan.repos if repo.files or repo.fault]
    if touched:
        show_table(
            ("repo", "sites", "files", "+", "-", "remarks"),
            [(r.repo, r.sites, r.files, r.added, r.removed, r.fault) for r in touched],
        )
    for repo, path, diff in plan.samples:
        out.print(f"\n{repo}: {path}", style="bold", markup=False)
        print_diff(diff)
    out.print(
        f"\n{counted(plan.sites, 'site')} in {plan.touched:,} of {counted(len(plan.repos), 'repository')}; "
        f"planned in {plan.seconds:.1f} s, a run takes about {plan.estimate_s:.0f} s; nothing was written"
    )
