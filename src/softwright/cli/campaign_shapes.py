"""`softwright campaign review`: thousands of edits, decided about by reading a few."""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from softwright.app import House
from softwright.app import campaign_shapes as use
from softwright.cli.campaign_options import (
    JobsOption,
    JsonOption,
    NameArgument,
    RepoOption,
    UnsandboxedOption,
    WhoOption,
)
from softwright.cli.campaign_progress import RunProgress
from softwright.cli.shapes_show import review_json, show_decided, show_review
from softwright.cli.shapes_walk import Walk
from softwright.cli.show import err, out, show_json
from softwright.core import InvalidInput, counted

_KEY = "SHAPE|SITE"


def review(
    campaign: NameArgument,
    accept: Annotated[
        list[str] | None,
        typer.Option("--accept", "-a", help="Accept a shape's open edits, or one edit.", metavar=_KEY),
    ] = None,
    reject: Annotated[
        list[str] | None,
        typer.Option("--reject", help="Leave a shape's edits, or one edit, out for good.", metavar=_KEY),
    ] = None,
    but: Annotated[
        list[str] | None, typer.Option("--except", "-e", help="Not these edits.", metavar="SITE")
    ] = None,
    reason: Annotated[str, typer.Option(help="What is wrong; needed to reject.")] = "",
    correct: Annotated[
        str, typer.Option("--correct", help="An edit whose lines are to be others.", metavar="SITE")
    ] = "",
    text: Annotated[
        str,
        typer.Option("--with", help="The file with these lines; `-`: standard input.", metavar="FILE"),
    ] = "",
    undo: Annotated[
        list[str] | None, typer.Option("--undo", help="Take decisions back.", metavar=_KEY)
    ] = None,
    repo: RepoOption = None,
    large: Annotated[int, typer.Option(help="Edits from which a shape is read as one.", min=1)] = use.LARGE,
    sites: Annotated[bool, typer.Option("--sites", help="List every site, not only samples.")] = False,
    as_list: Annotated[bool, typer.Option("--list", help="List, ask nothing.")] = False,
    run: Annotated[
        bool,
        typer.Option("--run/--no-run", help="Propose again at once where edits were rejected or corrected."),
    ] = True,
    who: WhoOption = "",
    jobs: JobsOption = None,
    allow_unsandboxed: UnsandboxedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Read a campaign's edits by their shapes, and decide about them.

    At a terminal it asks about each shape, then about each edit that is in no large shape; elsewhere, and
    with --list or --json, it lists them. A shape is named by its key, an edit by its site, either by its
    first letters; `KEY@SHOWN` accepts a shape only while its open edits are those that `--json` told. A
    repository is approved when all of its edits are accepted. Where edits are rejected or corrected its
    change is proposed again.

    Examples: softwright campaign review aware-clocks; softwright campaign review aware-clocks --accept 5f0c
    --except 91ab; softwright campaign review aware-clocks --reject 91ab --reason "naive times are meant";
    echo 'return now(UTC)' | softwright campaign review aware-clocks --correct 91ab --with -
    """
    house = House()
    order = use.Order(
        accept or (), reject or (), undo or (), but or (), _corrections(correct, text), reason, who
    )
    seen = use.review(house, campaign, globs=repo or (), large=large)
    if not (order.accept or order.reject or order.undo or order.corrections):
        if order.but:
            raise InvalidInput(
                "--except narrows --accept or --reject", hint="say what is accepted or rejected"
            )
        if as_json:
            show_json(review_json(seen))
        elif as_list or not (sys.stdin.isatty() and out.is_terminal):
            show_review(seen, sites=sites)
        else:
            walk = Walk(house, seen, who=who)
            walk.go()
            _again(house, seen, sorted(walk.anew), run, jobs, allow_unsandboxed, quiet=False)
        return
    decided = use.decide(house, seen, order)
    if not as_json:
        show_decided(decided, seen.view.name)
    done = _again(house, seen, decided.anew, run, jobs, allow_unsandboxed, quiet=as_json)
    if as_json:
        show_json({**asdict(decided), "run": None if done is None else asdict(done)})


def _corrections(site: str, file: str) -> Sequence[tuple[str, str]]:
    if bool(site) != bool(file):
        raise InvalidInput("--correct and --with go together", hint="--correct SITE --with FILE")
    if not site:
        return ()
    if file == "-":
        return ((site, sys.stdin.read()),)
    try:
        return ((site, Path(file).read_bytes().decode("utf-8")),)
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"the correction cannot be read: {error}", where=file) from error


def _again(
    house: House,
    seen: use.Review,
    repos: Sequence[str],
    run: bool,
    jobs: int | None,
    allow_unsandboxed: bool,
    *,
    quiet: bool,
) -> use.ProposedAgain | None:
    """Propose again where decisions ask for it; None when nothing does, or it is left for later."""
    if not repos:
        return None
    if not run:
        err.print(f"the next run proposes {counted(len(repos), 'repository')} again", soft_wrap=True)
        return None
    with RunProgress(quiet=quiet) as progress:
        done = use.again(
            house, seen, repos, jobs=jobs, allow_unsandboxed=allow_unsandboxed, on_progress=progress.update
        )
    if not quiet:
        out.print(f"proposed again: {counted(len(repos), 'repository')}", soft_wrap=True)
        if done.approved:
            out.print(
                f"approved, as all else was accepted: {', '.join(done.approved)}",
                soft_wrap=True,
                markup=False,
            )
    return done
