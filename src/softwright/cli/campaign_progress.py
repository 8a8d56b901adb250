"""Progress of a campaign run: a live table on a terminal, a line now and then elsewhere. Always on stderr."""

import time
from collections.abc import Mapping
from types import TracebackType

from rich.console import Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from softwright.app.campaigns import Progress
from softwright.cli.campaign_show import STAGES, STYLES
from softwright.cli.show import err
from softwright.core import counted

_REDRAW_S = 0.1
_LINE_S = 5.0
_REASONS = 5


class RunProgress:
    """`with RunProgress() as p: run(on_progress=p.update)`. `quiet` shows nothing at all.

    It draws only when told of progress: the run forks its workers, so no thread may draw in between.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._live = Live(console=err, auto_refresh=False, transient=True) if err.is_terminal else None
        self._spinner = Spinner("dots")
        self._drawn = time.monotonic()
        self._begun = False
        self._ended = False

    def __enter__(self) -> "RunProgress":
        if self._live is not None and not self._quiet:
            self._live.start()
            self._draw(Text("reading the campaign and its repositories"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None and not self._quiet:
            self._live.stop()

    def selecting(self, what: str, done: int, total: int) -> None:
        """Show how far the select is that chooses repositories and files."""
        if self._live is not None and not self._quiet and time.monotonic() - self._drawn >= _REDRAW_S:
            self._draw(Text(f"selecting: {done:,} of {total:,} {what}"))

    def _draw(self, what: RenderableType) -> None:
        assert self._live is not None
        self._drawn = time.monotonic()
        grid = Table.grid(padding=(0, 1))
        grid.add_row(self._spinner, what)
        self._live.update(grid, refresh=True)

    def update(self, progress: Progress) -> None:
        """Show how far the run is, not more often than an eye can follow."""
        now = time.monotonic()
        due = now - self._drawn >= (_REDRAW_S if self._live is not None else _LINE_S)
        first, self._begun = not self._begun, True
        ended = progress.done == progress.total and not self._ended
        if self._quiet or not (due or first or ended):
            return
        self._ended = progress.done == progress.total
        if self._live is not None:
            self._draw(drawing(progress))
        else:
            self._drawn = now
            err.print(line(progress), soft_wrap=True)


def rate(progress: Progress) -> tuple[float, float]:
    """Repositories per second worked on so far, and seconds that are left at this rate."""
    worked = progress.done - max(progress.reused, progress.before)
    per_second = worked / progress.seconds if progress.seconds > 0 else 0.0
    left = progress.total - progress.done
    return per_second, left / per_second if per_second > 0 else 0.0


def line(progress: Progress) -> str:
    """The progress in one line."""
    per_second, left = rate(progress)
    waiting = progress.total - progress.done
    states = {**progress.counts, **({"pending": waiting} if waiting else {})}
    counts = ", ".join(f"{count} {state}" for state, count in states.items())
    speed = f", {per_second:.1f} repositories/s, {left:.0f} s left" if per_second else ""
    note = f"; {progress.note}" if progress.note else ""
    return f"run {progress.done}/{progress.total}: {counts}; {counted(progress.sites, 'site')}{speed}{note}"


def drawing(progress: Progress) -> Group:
    """The live table: a bar, states with their counts, why repositories are held back."""
    per_second, left = rate(progress)
    head = Table.grid(padding=(0, 2))
    head.add_row(
        ProgressBar(total=max(1, progress.total), completed=progress.done, width=40),
        f"{progress.done}/{progress.total}",
        f"{per_second:.1f}/s",
        f"{left:.0f} s left" if per_second else "",
        Text(progress.latest, style="dim", overflow="ellipsis", no_wrap=True),
    )
    table = Table(box=None, pad_edge=False, show_header=False)
    for state, count in sorted(progress.counts.items(), key=lambda pair: -pair[1]):
        table.add_row(Text(state, style=STYLES.get(state, "")), f"{count:,}")
    pending = progress.total - progress.done - sum(progress.stages.values())
    for stage, count in {**progress.stages, **({"pending": pending} if pending else {})}.items():
        table.add_row(Text(STAGES.get(stage, stage), style="dim"), f"{count:,}")
    table.add_row(Text("sites", style="dim"), f"{progress.sites:,}")
    table.add_row(Text("unchanged since an earlier run", style="dim"), f"{progress.reused:,}")
    parts: list[RenderableType] = [head, table, _reasons(progress.held)]
    return Group(*parts, Text(progress.note, style="yellow")) if progress.note else Group(*parts)


def _reasons(held: Mapping[str, int]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    for reason, count in sorted(held.items(), key=lambda pair: -pair[1])[:_REASONS]:
        table.add_row(Text("held back by", style="dim"), Text(reason, overflow="ellipsis"), f"{count:,}")
    return table
