"""How results are shown: tables for people, JSON on request."""

import json
import math
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.console import Console, ConsoleDimensions, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from softwright.cli.table import fitted

_PIPE_WIDTH = 10_000
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class PlainConsole(Console):
    """A console that shows control characters instead of obeying them, and wraps lines on terminals alone.

    File names and code come from repositories nobody vouches for: an escape sequence in them must not
    move the cursor, set the title or fill the clipboard. Rich's own colours are not text, and pass.
    """

    @property
    def size(self) -> ConsoleDimensions:
        """Columns and rows; in a pipe or file as wide as need be, so that a row is one line."""
        found = super().size
        return found if self.is_terminal else ConsoleDimensions(_PIPE_WIDTH, found.height)

    @size.setter
    def size(self, new_size: tuple[int, int]) -> None:
        self._width, self._height = new_size

    def on_broken_pipe(self) -> None:
        """End without a fault: whoever reads has seen enough."""
        try:
            super().on_broken_pipe()
        except SystemExit:
            raise SystemExit(0) from None

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        """The parts to print, with control characters of their text written out."""
        for part in super().render(renderable, options):
            yield part if part.control else Segment(visible(part.text), part.style)


def visible(text: str) -> str:
    """`text` with control characters (line ends and tabs aside) written as `\\x1b`."""
    return _CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


out = PlainConsole(soft_wrap=False, highlight=False)
err = PlainConsole(stderr=True, highlight=False)


def show_json_line(value: object) -> None:
    """Print a JSON document in one line, at once: for a reader that follows."""
    text = json.dumps(_finite(value), default=str, ensure_ascii=False, allow_nan=False)
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def show_json(value: object) -> None:
    """Print one JSON document. Numbers that JSON lacks (NaN, infinities) become null."""
    try:
        text = json.dumps(value, indent=2, default=str, ensure_ascii=False, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(value), indent=2, default=str, ensure_ascii=False, allow_nan=False)
    sys.stdout.write(f"{text}\n")


def _finite(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return value


def show_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, shorten: bool = True) -> None:
    """Print a table; numbers are aligned to the right. In a pipe a row is always one line.

    On a terminal that is too narrow the last text is wrapped, names in the first column are cut (with
    `shorten`), and where that is not enough each row becomes a few lines.
    """
    listed = [list(row) for row in rows]
    numeric = {
        at for at in range(len(columns)) if listed and all(isinstance(r[at], int | float) for r in listed)
    }
    cells = [[_cell(cell) for cell in row] for row in listed]
    width = out.width if out.is_terminal else None
    out.print(*fitted(columns, cells, numeric=numeric, width=width, shorten=shorten), sep="\n")


def _cell(value: object) -> Text:
    return value if isinstance(value, Text) else Text(visible("" if value is None else str(value)))
