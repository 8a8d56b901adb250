"""`softwright campaign run`, `pause` and `resume`."""

from dataclasses import asdict
from typing import Annotated

import typer

from softwright.app import House
from softwright.app import campaign_review as review
from softwright.app import campaigns as use
from softwright.cli import campaign_show as show
from softwright.cli.campaign_options import (
    DetachOption,
    FileArgument,
    FollowOption,
    JobsOption,
    JsonOption,
    NameArgument,
    RepoOption,
    UnsandboxedOption,
)
from softwright.cli.campaign_plan import plan, warn
from softwright.cli.campaign_progress import RunProgress
from softwright.cli.show import err, out, show_json, show_json_line, show_table
from softwright.core import InvalidInput, OutsideFault, Stopped, counted


def run(
    file: FileArgument,
    repo: RepoOption = None,
    jobs: JobsOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="The same as `plan`.")] = False,
    allow_unsandboxed: UnsandboxedOption = False,
    reopen: Annotated[bool, typer.Option("--reopen", help="Open a closed campaign again.")] = False,
    follow_only: FollowOption = False,
    detach: DetachOption = False,
    events: Annotated[
        bool,
        typer.Option("--events", help="A JSON line for each thing that happens, the report as the last."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Find, change, check, and prepare a commit in every repository.

    What is unchanged since an earlier run is not done again. Stop it at any moment; run it again and it
    goes on. Exits with 130 when interrupted, with 4 when repositories failed. A closed campaign runs only
    with --reopen.

    Examples: softwright campaign run aware-clocks.yaml;
    softwright campaign run aware-clocks.yaml --repo 'payments/*' --jobs 8;
    softwright campaign run aware-clocks.yaml --follow --events | jq .repo
    """
    _either(follow_only, detach)
    if dry_run:
        plan(file, repo, jobs, as_json=as_json)
        return
    house = House()
    with RunProgress(quiet=as_json or events) as progress:
        report = use.run_campaign(
            house,
            file,
            globs=repo or (),
            jobs=jobs,
            allow_unsandboxed=allow_unsandboxed,
            reopening=reopen,
            on_select=progress.selecting,
            on_progress=progress.update,
            on_event=_event_line if events else None,
            elsewhere=follow_only,
            detach=detach,
        )
    if events:
        show_json_line({"kind": "campaign.ran", **asdict(report)})
    elif as_json:
        show_json(asdict(report))
    elif detach:
        _show_left(house, report)
    else:
        view = review.view(house, report.campaign)
        show_run(report, view)
        show.show_remarks(review.remarks(house, view))
    end_run(report)


def _show_left(house: House, report: use.RunReport) -> None:
    """What is left to workers, and whether there are any."""
    out.print(
        f"{report.total - report.done} of {counted(report.total, 'repository')} left to the workers; "
        f"`softwright campaign status {report.campaign}` tells how far they are",
        soft_wrap=True,
    )
    if report.left and not house.attended():
        err.print("note: nobody is at work; start one: softwright worker", soft_wrap=True)


def _either(follow_only: bool, detach: bool) -> None:
    if follow_only and detach:
        raise InvalidInput(
            "--follow and --detach exclude each other", hint="--follow tells of the run, --detach does not"
        )


def _event_line(recorded: use.RecordedEvent) -> None:
    event = recorded.event
    show_json_line(
        {"at": recorded.at, "kind": event.kind, "run": event.run, "repo": event.repo, **event.data}
    )


def end_run(report: use.RunReport) -> None:
    """Warnings, and the exit that the report calls for."""
    warn(report.warnings)
    if report.paused:
        raise Stopped(
            "stopped by pause or cancel", hint=f"`softwright campaign resume {report.campaign}` goes on"
        )
    if report.interrupted:
        raise Stopped("interrupted", hint="run it again and it goes on")
    failed = report.counts.get("failed", 0)
    if failed:
        raise OutsideFault(
            f"{failed} of {counted(report.total, 'repository')} failed",
            hint="the reasons are above and in `softwright campaign status`; the others are done, and the "
            "next run tries again",
        )


def pause(campaign: NameArgument) -> None:
    """Stop a campaign's run at its next steps, whoever carries it. Nothing is lost; `resume` goes on.

    Example: softwright campaign pause aware-clocks
    """
    stopped = use.pause(House(), campaign)
    if not stopped:
        raise InvalidInput(
            f"no run of `{campaign}` is going on", hint="`softwright campaign status` tells more"
        )
    out.print(f"paused: {counted(stopped, 'run')} stopped; `softwright campaign resume {campaign}` goes on")


def resume(
    campaign: NameArgument,
    jobs: JobsOption = None,
    allow_unsandboxed: UnsandboxedOption = False,
    follow_only: FollowOption = False,
    detach: DetachOption = False,
    as_json: JsonOption = False,
) -> None:
    """Go on with a paused campaign, at the step where each repository was.

    Example: softwright campaign resume aware-clocks
    """
    _either(follow_only, detach)
    house = House()
    with RunProgress(quiet=as_json) as progress:
        report = use.resume_campaign(
            house,
            campaign,
            jobs=jobs,
            allow_unsandboxed=allow_unsandboxed,
            elsewhere=follow_only,
            detach=detach,
            on_progress=progress.update,
        )
    if as_json:
        show_json(asdict(report))
    else:
        show_run(report, review.view(house, report.campaign))
    end_run(report)


def show_run(report: use.RunReport, view: review.CampaignView) -> None:
    """The closing table of a run: states, and what was held back and why."""
    back = [repo for repo in view.repos if repo.state in ("held", "failed")]
    if back:
        show_table(
            ("repo", "state", "reason"), [(r.name, show.state_text(r.state), r.reason) for r in back[:50]]
        )
        if len(back) > 50:
            out.print(f"and {len(back) - 50} more: softwright campaign status {view.name} --state held")
        out.print()
    show_table(
        ("state", "repositories"), [(show.state_text(state), count) for state, count in report.counts.items()]
    )
    out.print(
        f"{report.done:,} of {counted(report.total, 'repository')}, {report.reused:,} of them unchanged "
        f"since an earlier run; {counted(report.sites, 'site')}; {report.seconds:.1f} s"
    )
    if report.counts.get("prepared"):
        out.print(f"look at the edits by shape: softwright campaign review {view.name}", soft_wrap=True)
