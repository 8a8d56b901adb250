"""Progress of many like things: a live bar on a terminal, plain lines elsewhere. Always on stderr."""

import time
from types import TracebackType

from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from softwright.cli.show import err

_FEW = 20
_LINE_S = 5.0


class Progress:
    """`with Progress("sync") as p: p.start(200); p.step("payments/api", "ok")`.

    A step with a remark leaves a line if it is notable; one without only moves the bar. Where there is no
    bar to see, the other steps leave a line as well: each of a few, of many one now and then. `quiet`
    shows the bar but no lines.
    """

    def __init__(self, what: str, *, quiet: bool = False) -> None:
        self.what = what
        self.quiet = quiet
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[last]}"),
            console=err,
            transient=True,
            disable=not err.is_terminal,
        )
        self._task = self._bar.add_task(what, total=None, last="")
        self._done = 0
        self._total = 0
        self._told = time.monotonic()

    def __enter__(self) -> "Progress":
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def start(self, total: int) -> None:
        """How many steps there will be."""
        self._total = total
        self._bar.update(self._task, total=total)

    def step(self, name: str, remark: str = "", *, notable: bool = True) -> None:
        """One thing is done; `remark` is what a person should see of it."""
        self._done += 1
        self._bar.update(self._task, advance=1, last=escape(name))
        if remark and not self.quiet and (notable or self._is_due()):
            self._told = time.monotonic()
            err.print(
                f"{self.what} {self._done}/{self._total} {name}: {remark}", markup=False, soft_wrap=True
            )

    def _is_due(self) -> bool:
        if err.is_terminal:
            return False
        now_and_then = time.monotonic() - self._told >= _LINE_S or self._done == self._total
        return self._total <= _FEW or now_and_then
