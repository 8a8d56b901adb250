"""`softwright campaign`: the commands that look at a campaign and decide about it."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.text import Text

from softwright.app import House
from softwright.app import campaign_review as use
from softwright.cli import campaign_show as show
from softwright.cli.campaign_options import JsonOption, NameArgument, RepoOption, ReposArgument, WhoOption
from softwright.cli.show import err, out, show_json, show_table
from softwright.core import InvalidInput, SoftwrightError


def status(
    campaign: Annotated[
        str, typer.Argument(help="The campaign's name or file; none: all.", metavar="CAMPAIGN")
    ] = "",
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
        if not rows:
            out.print("no campaigns; begin one: softwright campaign new NAME --rule RULE", soft_wrap=True)
            return
        show_table(
            ("campaign", "status", "repositories", "updated", "description"),
            [
                (
                    row.name,
                    row.status,
                    show.counts_text(row.counts),
                    row.updated_at[:16].replace("T", " "),
                    row.description,
                )
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


def show_repo(
    campaign: NameArgument,
    repo: Annotated[str, typer.Argument(help="The repository.", metavar="REPO")],
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


def diff(
    campaign: NameArgument,
    repos: ReposArgument = None,
    repo: RepoOption = None,
    file: Annotated[
        list[str] | None, typer.Option("--file", help="Only files whose path matches this glob.")
    ] = None,
    context: Annotated[int, typer.Option("--context", "-U", help="Lines around a change.", min=0)] = 3,
    as_json: JsonOption = False,
) -> None:
    """Show the edits, coloured on a terminal, as a patch elsewhere.

    Example: softwright campaign diff aware-clocks payments/api
    """
    view = use.view(House(), campaign)
    shown = use.diffs(view, globs=[*(repos or ()), *(repo or ())], files=file or (), context=context)
    if as_json:
        show_json([asdict(one) for one in shown])
    elif shown:
        show.show_diffs(shown)
    else:
        err.print("no edits: nothing was changed there", soft_wrap=True)


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
    house = House()
    decided = use.approve(house, campaign, globs=globs, who=who, reason=reason)
    _show_decided(decided, "approved", campaign, as_json=as_json)
    if decided.repos and not as_json and use.view(house, campaign).spec["deliver"].get("automatic"):
        out.print("they are pushed by the worker that runs, or by the next: `softwright worker`")


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


def _chosen(repo: list[str] | None, everything: bool) -> tuple[str, ...]:
    if bool(repo) == everything:
        raise InvalidInput("say which repositories", hint="give either --all or --repo GLOB")
    return tuple(repo or ())


def _show_decided(decided: use.Decided, word: str, campaign: str, *, as_json: bool) -> None:
    if as_json:
        show_json(asdict(decided))
    else:
        if decided.repos:
            named = ", ".join(decided.repos[:10])
            out.print(Text.assemble((f"{len(decided.repos)} {word}", "bold"), f" {named}"))
        for told in show.passed_over(decided.passed_over):
            err.print(f"passed over: {told}", soft_wrap=True, markup=False)
        if decided.already:
            out.print(f"{len(decided.already)} {word} before")
    if not decided.repos and not decided.already:
        raise SoftwrightError(
            f"no repository was {word}: none of those that match waits for a decision",
            hint=f"`softwright campaign status {campaign}` shows where they stand; `softwright campaign run` "
            "prepares what can be decided; what a check held needs --repo NAME and --reason",
        )
