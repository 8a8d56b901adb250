"""`softwright migrate`: tables, made or brought up to date."""

from typing import Annotated

import typer

from softwright.app import House
from softwright.app import workers as use
from softwright.cli.show import out

app = typer.Typer(add_completion=False)


@app.command()
def migrate(
    artefacts: Annotated[
        bool,
        typer.Option(
            "--artefacts",
            help="The artefact store that is set here takes the place of the one that runs were kept with.",
        ),
    ] = False,
) -> None:
    """Make the tables of this version, or bring older ones up to date; a second time changes nothing.

    Every command does so by itself when it needs them. This one is for places where only one process may:
    workers then run with --no-migrate. With --artefacts workers take the artefact store that is set here for
    the right one from now on: after it was moved without its file `store`, or lost. What was only in the old
    one is missing then, and runs that need it fail.

    Example: softwright migrate && softwright worker --no-migrate
    """
    out.print(f"up to date: {', '.join(use.migrate(House(), artefacts=artefacts))}")
