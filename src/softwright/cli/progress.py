"""Progress of work: live bars on a terminal, plain lines elsewhere. Always on stderr."""

import time
from types import TracebackType
from typing import Self

from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from softwright.cli.show import err

_FEW = 20
_LINE_S = 5.0


class _OnTerminal:
    """Bars that are drawn while a block runs, and only on a terminal."""

    def __init__(self, *more: ProgressColumn) -> None:
        self._bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            *more,
            console=err,
            transient=True,
            disable=not err.is_terminal,
        )

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()


class Progress(_OnTerminal):
    """Many like things: `with Progress("sync") as p: p.start(200); p.step("payments/api", "ok")`.

    A step with a remark leaves a line if it is notable; one without only moves the bar. Where there is no
    bar to see, the other steps leave a line as well: each of a few, of many one now and then. `quiet`
    shows the bar but no lines.
    """

    def __init__(self, what: str, *, quiet: bool = False) -> None:
        super().__init__(TextColumn("[dim]{task.fields[last]}"))
        self.what = what
        self.quiet = quiet
        self._task = self._bars.add_task(what, total=None, last="")
        self._done = 0
        self._total = 0
        self._told = time.monotonic()

    def start(self, total: int) -> None:
        """How many steps there will be."""
        self._total = total
        self._bars.update(self._task, total=total)

    def step(self, name: str, remark: str = "", *, notable: bool = True) -> None:
        """One thing is done; `remark` is what a person should see of it."""
        self._done += 1
        self._bars.update(self._task, advance=1, last=escape(name))
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


class Ticker(_OnTerminal):
    """Parts whose sizes come to light on the way: `with Ticker() as tick: tick("files searched", 3, 10)`.

    One bar a part; shows nothing but notes unless stderr is a terminal.
    """

    def __init__(self) -> None:
        super().__init__()
        self._tasks: dict[str, TaskID] = {}

    def note(self, message: str) -> None:
        """A line to read, terminal or not."""
        err.print(f"note: {message}", soft_wrap=True, markup=False)

    def __call__(self, what: str, done: int, total: int) -> None:
        """`done` of `total` of `what` are finished."""
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(what, total=total)
        self._bars.update(self._tasks[what], completed=done, total=total)
