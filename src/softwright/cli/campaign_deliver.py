"""`softwright campaign deliver`, `follow` and `close`."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from softwright.app import House
from softwright.app import campaign_review as review
from softwright.app import campaigns as use
from softwright.cli import campaign_show as show
from softwright.cli.campaign_options import (
    JobsOption,
    JsonOption,
    NameArgument,
    RepoOption,
    UnsandboxedOption,
)
from softwright.cli.campaign_run import end_run, show_run
from softwright.cli.progress import Progress
from softwright.cli.show import err, out, show_json, show_table
from softwright.core import OutsideFault, counted

_FEW = 3
_MANY = 20


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
        show_delivered(campaign, done)
    left = [r for r in done.results if not r.arrived and r.state != "planned"]
    unrequested = [r for r in done.results if r.request_fault]
    if unrequested and not left:
        raise OutsideFault(
            f"{counted(len(unrequested), 'change request')} could not be seen to",
            hint="the reasons are above; the branches are delivered, deliver again for the rest",
        )
    if left:
        raise OutsideFault(
            f"{len(left)} of {counted(len(done.results), 'repository')} not delivered",
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

    Exits as `run` does: with 4 when repositories failed.

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
    else:
        _show_followings(house, found)
    if found.run is not None:
        end_run(found.run)


def _show_followings(house: House, found: use.Followings) -> None:
    for followed in found.seen:
        out.print(show.state_text(followed.state), f"{followed.repo}: {followed.reason}", soft_wrap=True)
    for name, reason in found.unsynced:
        err.print(f"not synced: {name}: {reason}", soft_wrap=True)
    if found.run is None:
        out.print("the campaign is closed: nothing was run again")
    else:
        show_run(found.run, review.view(house, found.run.campaign))


def close(
    campaign: NameArgument,
    delete_branches: Annotated[
        bool, typer.Option("--delete-branches", help="Remove unmerged branches of ours from the remotes.")
    ] = False,
    reason: Annotated[
        str, typer.Option("--reason", help="Why, for its change requests and those told by mail.")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """End a campaign: no more decisions, deliveries or runs. Its record stays.

    With --delete-branches every branch it ever delivered is removed, but for merged ones and those that
    hold commits of others. At change requests that are not merged it is said that the campaign ended.

    Example: softwright campaign close aware-clocks --delete-branches --reason "done by hand"
    """
    with Progress("close", quiet=as_json) as progress:
        gone = use.close(
            House(),
            campaign,
            delete_branches=delete_branches,
            reason=reason,
            on_start=progress.start,
            on_result=lambda result: progress.step(result.repo, "done", notable=False),
        )
    if as_json:
        show_json(asdict(gone))
        return
    for result in gone.branches:
        out.print(f"{result.repo}: {result.branch} {result.state} {result.reason}".rstrip(), soft_wrap=True)
    for said in gone.said:
        told = f"not said: {said.fault}" if said.fault else said.address
        out.print(f"{said.kind} to {said.target}: {told}", markup=False, soft_wrap=True)
    out.print(f"campaign {campaign} is closed")


def show_delivered(campaign: str, done: use.Deliveries) -> None:
    """What was pushed, what was not and why, and what waits."""
    if done.results:
        asked = any(r.request or r.request_fault for r in done.results)
        show_table(
            ("repo", "branch", "commit", "outcome", *(["change request"] if asked else []), "reason"),
            [
                (r.repo, r.branch, r.commit[:12], r.state, *([_request_of(r)] if asked else []), r.reason)
                for r in done.results
            ],
        )
    else:
        out.print(f"nothing to deliver: {_why_nothing(campaign, done)}", soft_wrap=True)
    for result in done.results:
        for commit in result.foreign:
            out.print(f"  {result.repo}: {commit}", style="yellow", markup=False, soft_wrap=True)
    for told in _together(done.withheld):
        out.print(f"not pushed: {told}", style="yellow", markup=False, soft_wrap=True)
    if done.waiting and done.results:
        out.print(f"not to be delivered now: {show.counts_text(done.waiting)}")


def _request_of(result: use.Delivered) -> str:
    ended = result.request_state if result.request_state in ("closed", "merged") else ""
    return " ".join(filter(None, (result.request, ended, result.request_fault)))


def _why_nothing(campaign: str, done: use.Deliveries) -> str:
    if not done.waiting:
        return "what was approved is not pushed" if done.withheld else "the campaign has no repositories"
    told = show.counts_text(done.waiting)
    if any(state in done.waiting for state in ("prepared", "held")):
        return f"nothing is approved ({told}); approve first: softwright campaign approve {campaign} --all"
    return told


def _together(rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Each of a few repositories with why; many with the same reason in one line."""
    by_reason: dict[str, list[str]] = {}
    for name, why in rows:
        by_reason.setdefault(why, []).append(name)
    for why, names in by_reason.items():
        if len(names) <= _MANY:
            yield from (f"{name} {why}" for name in names)
        else:
            yield f"each of {len(names)} repositories ({', '.join(names[:_FEW])}, …) {why}"
