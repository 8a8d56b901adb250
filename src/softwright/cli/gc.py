"""`softwright gc`: housekeeping."""

from dataclasses import asdict
from typing import Annotated

import typer

from softwright.app import House
from softwright.app import gc as use
from softwright.cli.show import out, show_json
from softwright.core import counted

app = typer.Typer(add_completion=False)


@app.command()
def gc(
    older_than: Annotated[
        str, typer.Option("--older-than", help="How long ago it ended: 30d, 12h, 2w.", metavar="AGE")
    ] = "30d",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Forget runs that ended long ago, and remove the artefacts and unpacked campaigns that only they needed.

    What active runs and open campaigns need stays, and so does the record: events, decisions, deliveries,
    verdicts. Edits as they were read for the review of other campaigns go as well: they can be read again.
    It may run beside workers; once a day is enough.

    Examples: softwright gc --dry-run; softwright gc --older-than 12h
    """
    freed = use.collect(House(), older_than=use.age(older_than), dry_run=dry_run)
    if as_json:
        show_json(asdict(freed))
        return
    words = "would be" if dry_run else "were"
    out.print(
        f"{counted(freed.runs, 'run')}, {counted(freed.artefacts, 'artefact')}, "
        f"{counted(freed.packs, 'unpacked campaign')}, {counted(freed.half_written, 'half-written file')}, "
        f"{counted(freed.leases, 'dead lease')} and the shapes of {counted(freed.shapes, 'file')} "
        f"{words} removed: "
        f"{freed.bytes / 1e6:,.1f} MB",
        soft_wrap=True,
    )
