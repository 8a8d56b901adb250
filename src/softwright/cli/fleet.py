"""`softwright fleet`: the repositories to work on."""

import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from softwright.app import House
from softwright.app import fleet as use
from softwright.cli.progress import Progress
from softwright.cli.show import err, out, show_json, show_table
from softwright.core import InvalidInput, OutsideFault, counted

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="The repositories to work on: their file and their mirrors.",
)

FleetOption = Annotated[
    Path | None,
    typer.Option("--fleet", "-f", help="The fleet file; default: that of the settings.", metavar="FILE"),
]
TagOption = Annotated[
    list[str] | None, typer.Option("--tag", "-t", help="Only repositories with this tag; may be repeated.")
]
RepoOption = Annotated[
    list[str] | None,
    typer.Option("--repo", "-r", help="Only repositories whose name matches this glob.", metavar="GLOB"),
]
ExcludeOption = Annotated[
    list[str] | None,
    typer.Option("--exclude", "-x", help="No repositories whose name matches this glob.", metavar="GLOB"),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_GOOD = {"ok": "green", "unchanged": "green", "empty": "yellow", "not-synced": "yellow"}


def _selection(tags: list[str] | None, repos: list[str] | None, exclude: list[str] | None) -> use.Selection:
    return use.Selection(tuple(tags or ()), tuple(repos or ()), tuple(exclude or ()))


@app.command()
def init(
    fleet: FleetOption = None,
    name: Annotated[str, typer.Option(help="The fleet's name; default: the folder's.")] = "",
) -> None:
    """Make a fleet file to fill in.

    Example: softwright fleet init --name payments
    """
    place = use.init_fleet(House(), fleet, name=name)
    out.print(f"{place} made; add repositories: softwright fleet add <url, path or glob>", soft_wrap=True)


@app.command()
def add(
    addresses: Annotated[
        list[str],
        typer.Argument(help="Git URLs, local paths, quoted globs; - reads stdin.", metavar="ADDRESS"),
    ],
    fleet: FleetOption = None,
    name: Annotated[str, typer.Option(help="The repository's name; default: from its address.")] = "",
    branch: Annotated[str, typer.Option(help="The branch to work on; default: the remote's own.")] = "",
    tag: Annotated[list[str] | None, typer.Option("--tag", "-t", help="A tag; may be repeated.")] = None,
    owner: Annotated[list[str] | None, typer.Option("--owner", help="An owner; may be repeated.")] = None,
    prefix: Annotated[str, typer.Option(help="Put before the names a glob finds.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Add repositories to the fleet file; its comments and order are kept.

    Examples: softwright fleet add https://git.example.org/payments/api.git --tag service;
    softwright fleet add '../checkouts/*' --tag python
    """
    given = [*(a for a in addresses if a != "-"), *(sys.stdin.read().split() if "-" in addresses else ())]
    if not given:
        raise InvalidInput("no address was given on stdin", hint="give URLs or paths, one a line")
    new = use.NewEntries(given, name, branch, tuple(tag or ()), tuple(owner or ()), prefix)
    added = use.add_to_fleet(House(), fleet, new)
    if as_json:
        show_json([asdict(row) for row in added])
        return
    for row in added:
        out.print(f"added {row.name}  {row.url}", soft_wrap=True)
    if not added:
        out.print("nothing new: the fleet has all of them already")


@app.command("list")
def list_(
    fleet: FleetOption = None,
    tag: TagOption = None,
    repo: RepoOption = None,
    exclude: ExcludeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the repositories of the fleet file.

    Example: softwright fleet list --tag python --repo 'payments/*'
    """
    listing = use.list_fleet(House(), fleet, _selection(tag, repo, exclude))
    if as_json:
        show_json([asdict(row) for row in listing.repos])
    else:
        rows = [
            (r.name, r.url, r.branch or "(default)", ", ".join(r.tags), ", ".join(r.owners))
            for r in listing.repos
        ]
        if rows:
            show_table(("repo", "address", "branch", "tags", "owners"), rows)
        out.print(f"{counted(len(rows), 'repository')} in fleet {listing.fleet}")
    for note in listing.notes:
        err.print(f"note: {note}", soft_wrap=True)


@app.command()
def sync(
    fleet: FleetOption = None,
    tag: TagOption = None,
    repo: RepoOption = None,
    exclude: ExcludeOption = None,
    check: Annotated[
        bool, typer.Option("--check", help="Read every object; make damaged mirrors anew.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Bring the mirrors up to date, several at a time. Fails only when some repository failed.

    Example: softwright fleet sync --tag python
    """
    progress = Progress("sync", quiet=as_json)
    with progress:
        rows = use.sync_fleet(
            House(),
            fleet,
            _selection(tag, repo, exclude),
            verify=check,
            on_start=lambda names: progress.start(len(names)),
            on_result=lambda row: progress.step(row.name, _told(row), notable=bool(row.reason or row.notes)),
        )
    if as_json:
        show_json([asdict(row) for row in rows])
    else:
        _show_sync(rows)
    failed = sum(row.failed for row in rows)
    if failed:
        raise OutsideFault(
            f"{failed} of {counted(len(rows), 'repository')} could not be synced; the others are up to date",
            hint="the reasons are listed above, and by `softwright fleet status`",
        )


@app.command()
def status(
    fleet: FleetOption = None,
    tag: TagOption = None,
    repo: RepoOption = None,
    exclude: ExcludeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what the mirrors hold and how their last sync ended; nothing is fetched.

    Example: softwright fleet status --json
    """
    rows = use.fleet_status(House(), fleet, _selection(tag, repo, exclude))
    if as_json:
        show_json([asdict(row) for row in rows])
        return
    if not rows:
        out.print("no repositories; add some: softwright fleet add <url, path or glob>", soft_wrap=True)
        return
    show_table(
        ("repo", "state", "branch", "commit", "last sync", "remarks"),
        [
            (
                r.name,
                _coloured(r.state),
                r.branch,
                r.commit[:12],
                f"{r.synced_at:%Y-%m-%d %H:%M}" if r.synced_at else "never",
                _remarks(r.reason, r.notes),
            )
            for r in rows
        ],
    )


def _show_sync(rows: tuple[use.SyncRow, ...]) -> None:
    shown = [row for row in rows if row.state not in ("ok", "unchanged") or row.notes]
    if shown:
        show_table(
            ("repo", "state", "remarks"),
            [(row.name, _coloured(row.state), _remarks(row.reason, row.notes)) for row in shown],
        )
    counts = Counter(row.state for row in rows)
    size = sum(row.bytes for row in rows)
    told = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    out.print(f"{counted(len(rows), 'repository')}: {told or 'none'}; {size / 1e6:,.1f} MB fetched")


def _told(row: use.SyncRow) -> str:
    """What is worth a line while others are still going on."""
    if row.state == "unchanged":
        return ""
    remarks = _remarks(row.reason, row.notes)
    return f"{row.state} ({remarks})" if remarks else row.state


def _remarks(reason: str, notes: tuple[str, ...]) -> str:
    return "; ".join(word for word in (reason, *notes) if word)


def _coloured(state: str) -> Text:
    return Text(state, style=_GOOD.get(state, "red"))
