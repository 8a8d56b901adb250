"""`softwright facts`: what is known of the fleet's code, and how it is described."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from softwright.app import House
from softwright.app import facts as use
from softwright.cli.progress import Ticker
from softwright.cli.show import err, out, show_json, show_table
from softwright.core import counted

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="What is known of the fleet's code: tables for queries."
)

FleetOption = Annotated[
    Path | None,
    typer.Option("--fleet", "-f", help="The fleet file; default: that of the settings.", metavar="FILE"),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def schema(
    table: Annotated[str | None, typer.Argument(help="One table; default: all.", show_default=False)] = None,
    as_json: JsonOption = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False,
) -> None:
    """Describe every table and column that queries can read.

    Examples: softwright facts schema calls; softwright facts schema --json
    """
    tables = use.describe_tables(table)
    if as_json:
        columns = ("name", "type", "doc")
        show_json(
            [
                {**asdict(one), "columns": [dict(zip(columns, c, strict=True)) for c in one.columns]}
                for one in tables
            ]
        )
    elif markdown:
        sys.stdout.write(use.schema_markdown(tables))
    else:
        for one in tables:
            out.print(Text.assemble((one.name, "bold"), f"  {one.doc}"), soft_wrap=True)
            show_table(
                ("  column", "type", "meaning"),
                [(f"  {name}", kind, text) for name, kind, text in one.columns],
            )
            out.print()


@app.command()
def index(
    fleet: FleetOption = None,
    table: Annotated[
        list[str] | None,
        typer.Option(
            "--table", "-t", help="Only what this table needs; may be repeated; default: everything."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Bring the facts up to date with the mirrors; only contents never seen are read.

    Queries do this by themselves for the tables they use. Example: softwright facts index
    """
    with Ticker() as ticker:
        tables = frozenset(table) if table else None
        done = use.index_facts(House(), fleet, tables=tables, on_progress=ticker, on_wait=ticker.note)
    if as_json:
        show_json(asdict(done))
        return
    out.print(
        f"{counted(done.indexed, 'repository')} indexed, {done.unchanged} unchanged; "
        f"{counted(done.files, 'file')} ({done.bytes / 1e6:,.1f} MB) read in {done.seconds:.1f} s",
        soft_wrap=True,
    )
    for name, reason in sorted({**done.not_synced, **done.broken}.items()):
        err.print(f"note: {name}: {reason}", soft_wrap=True, markup=False)


@app.command()
def status(as_json: JsonOption = False) -> None:
    """Show how much is known: rows by table, repositories by state.

    Example: softwright facts status
    """
    found = use.facts_status(House())
    if as_json:
        show_json(asdict(found))
        return
    show_table(("table", "rows"), list(found.rows.items()))
    states = ", ".join(f"{count} {state}" for state, count in found.repos_by_state.items()) or "none"
    out.print(f"repositories: {states}", soft_wrap=True)
    out.print(f"{found.path}  {found.bytes / 1e6:,.1f} MB", soft_wrap=True)
