"""The stages of a query, for people."""

from collections.abc import Sequence

from rich.text import Text

from softwright.app.query import ExplainedStage
from softwright.cli.show import out
from softwright.core import counted


def show_stages(stages: Sequence[ExplainedStage], seconds: float) -> None:
    """Print the stages in order with their figures and SQL, and the sum of the estimates."""
    for number, stage in enumerate(stages, 1):
        out.print(Text.assemble((f"{number} {stage.kind}", "bold"), f"  {stage.title}"), soft_wrap=True)
        out.print(Text(f"  {stage.detail}{_figures(stage)}"), soft_wrap=True)
        if stage.unreadable:
            told = f"passed over: {counted(stage.unreadable, 'file')}, the first is {stage.unreadable_first}"
            out.print(Text(f"  {told}", style="yellow"), soft_wrap=True)
        if stage.sql:
            out.print(Text(f"  {stage.sql}", style="dim"), soft_wrap=True)
    if any(stage.kind == "match" for stage in stages):
        out.print(f"estimated: {seconds:.1f} s of matching; nothing was matched", soft_wrap=True)


def _figures(stage: ExplainedStage) -> str:
    said = []
    if stage.kind == "candidates" and stage.files is not None:
        said.append(counted(stage.files, "file"))
    if stage.blobs is not None:
        said.append(counted(stage.blobs, "distinct content"))
    if stage.cached:
        said.append(f"{stage.cached:,} searched before")
    if stage.files_to_read is not None and stage.bytes_to_read is not None:
        said.append(f"{stage.files_to_read:,} to read ({stage.bytes_to_read / 1e6:,.1f} MB)")
    if stage.seconds is not None:
        said.append(f"about {stage.seconds:.1f} s")
    if stage.rows is not None:
        said.append(counted(stage.rows, "row"))
    return f": {', '.join(said)}" if said else ""
