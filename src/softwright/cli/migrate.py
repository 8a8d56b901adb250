"""`softwright migrate`: tables, made or brought up to date."""

import typer

from softwright.app import House
from softwright.app import workers as use
from softwright.cli.show import out

app = typer.Typer(add_completion=False)


@app.command()
def migrate() -> None:
    """Make the tables of this version, or bring older ones up to date; a second time changes nothing.

    Every command does so by itself when it needs them. This one is for places where only one process may:
    workers then run with --no-migrate.

    Example: softwright migrate && softwright worker --no-migrate
    """
    out.print(f"up to date: {', '.join(use.migrate(House()))}")
