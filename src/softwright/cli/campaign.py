"""`softwright campaign`: one change over many repositories."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from softwright.app import House
from softwright.app import campaign_report as reports
from softwright.app import campaigns as use
from softwright.cli import campaign_show as show
from softwright.cli.campaign_progress import RunProgress
from softwright.cli.progress import Progress
from softwright.cli.show import err, out, show_json, show_table
from softwright.core import InvalidInput, OutsideFault, SoftwrightError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="One change over many repositories: plan, run, review, deliver, follow.",
)

FileArgument = Annotated[Path, typer.Argument(help="The campaign file.", metavar="FILE")]
NameArgument = Annotated[str, typer.Argument(help="The campaign's name, or its file.", metavar="CAMPAIGN")]
RepoOption = Annotated[
    list[str] | None,
    typer.Option("--repo", "-r", help="Only repositories whose name matches this glob.", metavar="GLOB"),
]
JobsOption = Annotated[int | None, typer.Option("--jobs", "-j", help="Worker processes.", min=1, max=256)]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
UnsandboxedOption = Annotated[
    bool,
    typer.Option("--allow-unsandboxed", help="Run commands of repositories even where no sandbox works."),
]
WhoOption = Annotated[str, typer.Option("--as", help="Who decides; default: you.", metavar="NAME")]


@app.command()
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


@app.command()
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
    _warn(found.warnings)


@app.command()
def run(
    file: FileArgument,
    repo: RepoOption = None,
    jobs: JobsOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="The same as `plan`.")] = False,
    allow_unsandboxed: UnsandboxedOption = False,
    reopen: Annotated[bool, typer.Option("--reopen", help="Open a closed campaign again.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Find, change, check, and prepare a commit in every repository.

    What is unchanged since an earlier run is not done again. Stop it at any moment; run it again and it
    goes on. Exits with 130 when interrupted, with 4 when repositories failed. A closed campaign runs only
    with --reopen.

    Examples: softwright campaign run aware-clocks.yaml;
    softwright campaign run aware-clocks.yaml --repo 'payments/*' --jobs 8
    """
    if dry_run:
        plan(file, repo, jobs, as_json=as_json)
        return
    house = House()
    with RunProgress(quiet=as_json) as progress:
        report = use.run_campaign(
            house,
            file,
            globs=repo or (),
            jobs=jobs,
            allow_unsandboxed=allow_unsandboxed,
            reopening=reopen,
            on_select=progress.selecting,
            on_progress=progress.update,
        )
    if as_json:
        show_json(asdict(report))
    else:
        view = use.view(house, report.campaign)
        show.show_run(report, view)
        show.show_remarks(use.remarks(house, view))
    _warn(report.warnings)
    if report.interrupted:
        err.print("interrupted: run it again and it goes on", style="yellow")
        raise typer.Exit(130)
    failed = report.counts.get("failed", 0)
    if failed:
        raise OutsideFault(
            f"{failed} of {report.total} repositories failed",
            hint="the reasons are above and in `softwright campaign status`; the others are done, and the "
            "next run tries again",
        )


@app.command()
def status(
    campaign: Annotated[str, typer.Argument(help="The campaign's name or file; none: all.")] = "",
    repo: RepoOption = None,
    state: Annotated[
        list[str] | None, typer.Option("--state", "-s", help="Only repositories in this state.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List campaigns, or the repositories of one with their states.

    Examples: softwright campaign status; softwright campaign status aware-clocks --state held
    """
    house = House()
    if not campaign:
        rows = use.list_campaigns(house)
        if as_json:
            show_json([asdict(row) for row in rows])
            return
        show_table(
            ("campaign", "status", "repositories", "updated", "description"),
            [
                (row.name, row.status, show.counts_text(row.counts), row.updated_at, row.description)
                for row in rows
            ],
        )
        return
    view = use.view(house, campaign)
    repos = use.narrowed(view, globs=repo or (), states=state or ())
    remarks = use.remarks(house, view)
    if as_json:
        listed = [{**show.repo_json(r), "remark": remarks.get(r.name, "")} for r in repos]
        show_json({**show.campaign_json(view), "repos": listed})
    else:
        show.show_status(view, repos)
        show.show_remarks({r.name: remarks[r.name] for r in repos if r.name in remarks})


@app.command("show")
def show_(
    campaign: NameArgument,
    repo: Annotated[str, typer.Argument(help="The repository.")],
    as_json: JsonOption = False,
) -> None:
    """Show one repository: verdicts with their evidence, files, history.

    Example: softwright campaign show aware-clocks payments/api
    """
    view = use.view(House(), campaign)
    found = view.repo(repo)
    if as_json:
        show_json({**show.repo_json(found, whole=True), "history": show.history_json(view.history(repo))})
    else:
        show.show_repo(found, view.history(repo))


@app.command()
def diff(
    campaign: NameArgument,
    repo: RepoOption = None,
    file: Annotated[
        list[str] | None, typer.Option("--file", help="Only files whose path matches this glob.")
    ] = None,
    context: Annotated[int, typer.Option("--context", "-U", help="Lines around a change.", min=0)] = 3,
    as_json: JsonOption = False,
) -> None:
    """Show the edits, coloured on a terminal, as a patch elsewhere.

    Example: softwright campaign diff aware-clocks --repo payments/api
    """
    view = use.view(House(), campaign)
    shown = use.diffs(view, globs=repo or (), files=file or (), context=context)
    if as_json:
        show_json([asdict(one) for one in shown])
    else:
        show.show_diffs(shown)


@app.command()
def approve(
    campaign: NameArgument,
    repo: RepoOption = None,
    everything: Annotated[bool, typer.Option("--all", help="Every prepared repository.")] = False,
    reason: Annotated[str, typer.Option(help="Why; needed to approve what a check held.")] = "",
    who: WhoOption = "",
    as_json: JsonOption = False,
) -> None:
    """Approve exactly the edits that are prepared now; when they change, the question is asked again.

    Fails when no repository that matches waits for a decision.

    Examples: softwright campaign approve aware-clocks --all;
    softwright campaign approve aware-clocks --repo payments/api --reason "the failure is known"
    """
    globs = _chosen(repo, everything)
    decided = use.approve(House(), campaign, globs=globs, who=who, reason=reason)
    _show_decided(decided, "approved", campaign, as_json=as_json)


@app.command()
def reject(
    campaign: NameArgument,
    reason: Annotated[str, typer.Option(help="What is wrong.")] = "",
    repo: RepoOption = None,
    everything: Annotated[bool, typer.Option("--all", help="Every repository that waits.")] = False,
    who: WhoOption = "",
    as_json: JsonOption = False,
) -> None:
    """Reject the edits that are prepared now, with a reason.

    Example: softwright campaign reject aware-clocks --repo payments/api --reason "naive times are meant"
    """
    globs = _chosen(repo, everything)
    decided = use.reject(House(), campaign, globs=globs, reason=reason, who=who)
    _show_decided(decided, "rejected", campaign, as_json=as_json)


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
def report(
    campaign: NameArgument,
    to: Annotated[Path | None, typer.Option("--to", "-o", help="Default: NAME-report.html.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Write one self-contained HTML file, or with --json print the same data.

    Example: softwright campaign report aware-clocks --to report.html
    """
    if as_json:
        show_json(reports.report_data(House(), campaign))
        return
    out.print(f"{reports.write_report(House(), campaign, to=to)} written", soft_wrap=True)


def _chosen(repo: list[str] | None, everything: bool) -> tuple[str, ...]:
    if bool(repo) == everything:
        raise InvalidInput("say which repositories", hint="give either --all or --repo GLOB")
    return tuple(repo or ())


def _warn(warnings: tuple[str, ...]) -> None:
    for warning in warnings:
        err.print(Text.assemble(("warning: ", "bold yellow"), warning), soft_wrap=True)


def _show_decided(decided: use.Decided, word: str, campaign: str, *, as_json: bool) -> None:
    if as_json:
        show_json(asdict(decided))
    else:
        named = ", ".join(decided.repos[:10])
        out.print(Text.assemble((f"{len(decided.repos)} {word}", "bold"), f" {named}"))
        for told in show.passed_over(decided.passed_over):
            err.print(f"passed over: {told}", soft_wrap=True, markup=False)
        if decided.already:
            out.print(f"{len(decided.already)} were {word} before")
    if not decided.repos and not decided.already:
        raise SoftwrightError(
            f"no repository was {word}: none of those that match waits for a decision",
            hint=f"`softwright campaign status {campaign}` shows where they stand; `softwright campaign run` "
            "prepares what can be decided; what a check held needs --repo NAME and --reason",
        )
