"""`softwright campaign`: one change over many repositories; the commands that do the work."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from softwright.app import House
from softwright.app import campaigns as use
from softwright.cli import campaign_review as review
from softwright.cli import campaign_show as show
from softwright.cli.campaign_options import (
    JobsOption,
    JsonOption,
    NameArgument,
    RepoOption,
    UnsandboxedOption,
)
from softwright.cli.campaign_plan import plan
from softwright.cli.campaign_run import pause, resume, run
from softwright.cli.progress import Progress
from softwright.cli.show import err, out, show_json
from softwright.core import OutsideFault

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="One change over many repositories: plan, run, review, deliver, follow.",
)


def new(
    name: Annotated[str, typer.Argument(help="The campaign's name.")],
    rule: Annotated[list[str] | None, typer.Option("--rule", help="A rule; may be repeated.")] = None,
    to: Annotated[Path | None, typer.Option("--to", help="The file; default: NAME.yaml.")] = None,
) -> None:
    """Write a campaign file to fill in.

    Example: softwright campaign new aware-clocks --rule datetime-utcnow
    """
    place = use.new_campaign(House(), name, rules=rule or [], path=to)
    out.print(f"{place} made; look what it would do: softwright campaign plan {place}", soft_wrap=True)


def deliver(
    campaign: NameArgument,
    repo: RepoOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what would be pushed.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Push what was approved. A branch with commits of others is left alone and shown.

    Running it twice does nothing twice. Fails when something could not be delivered. A repository that
    left the fleet is not pushed to, and a closed campaign delivers nothing.

    Example: softwright campaign deliver aware-clocks --dry-run
    """
    with Progress("deliver", quiet=as_json) as progress:
        done = use.deliver(
            House(),
            campaign,
            globs=repo or (),
            dry_run=dry_run,
            on_start=progress.start,
            on_result=lambda result: progress.step(result.repo, result.state, notable=not result.arrived),
        )
    if as_json:
        show_json(asdict(done))
    else:
        show.show_delivered(done)
    left = [r for r in done.results if not r.arrived and r.state != "planned"]
    if left:
        raise OutsideFault(
            f"{len(left)} of {len(done.results)} repositories were not delivered",
            hint="the reasons are above; what was delivered stays, deliver again for the rest",
        )


def follow(
    campaign: NameArgument,
    repo: RepoOption = None,
    jobs: JobsOption = None,
    allow_unsandboxed: UnsandboxedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Fetch, see what was merged or deleted, and run again only where the branch moved under a change.

    Example: softwright campaign follow aware-clocks
    """
    house = House()
    with Progress("sync", quiet=True) as syncing:

        def synced(name: str, total: int) -> None:
            syncing.start(total)
            syncing.step(name)

        found = use.follow(
            house,
            campaign,
            globs=repo or (),
            jobs=jobs,
            allow_unsandboxed=allow_unsandboxed,
            on_sync=synced,
        )
    if as_json:
        show_json(asdict(found))
        return
    for followed in found.seen:
        out.print(show.state_text(followed.state), f"{followed.repo}: {followed.reason}", soft_wrap=True)
    for name, reason in found.unsynced:
        err.print(f"not synced: {name}: {reason}", soft_wrap=True)
    if found.run is None:
        out.print("the campaign is closed: nothing was run again")
        return
    view = use.view(house, found.run.campaign)
    show.show_run(found.run, view)


def close(
    campaign: NameArgument,
    delete_branches: Annotated[
        bool, typer.Option("--delete-branches", help="Remove unmerged branches of ours from the remotes.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """End a campaign: no more decisions, deliveries or runs. Its record stays.

    With --delete-branches every branch it ever delivered is removed, but for merged ones and those that
    hold commits of others.

    Example: softwright campaign close aware-clocks --delete-branches
    """
    with Progress("close", quiet=as_json) as progress:
        gone = use.close(
            House(),
            campaign,
            delete_branches=delete_branches,
            on_start=progress.start,
            on_result=lambda result: progress.step(result.repo, result.state),
        )
    if as_json:
        show_json([asdict(result) for result in gone])
        return
    for result in gone:
        out.print(f"{result.repo}: {result.branch} {result.state} {result.reason}".rstrip(), soft_wrap=True)
    out.print(f"campaign {campaign} is closed")


for command in (
    new,
    plan,
    run,
    pause,
    resume,
    review.status,
    review.show_repo,
    review.diff,
    review.approve,
    review.reject,
    deliver,
    follow,
    close,
    review.report,
):
    app.command("show" if command is review.show_repo else None)(command)
