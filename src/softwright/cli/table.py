"""Tables that stay readable on narrow terminals: a word is never broken while there is another way."""

from collections.abc import Sequence, Set
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

_GAP = 2  # blanks between two columns
_NAME = 16  # letters that are left of a name at least
_PROSE = 24  # letters that a text needs to be wrapped in


@dataclass(frozen=True, slots=True)
class _Column:
    title: str
    cells: tuple[Text, ...]
    numeric: bool

    @property
    def width(self) -> int:
        return max(map(_width, (Text(self.title), *self.cells)), default=0)

    @property
    def is_empty(self) -> bool:
        return bool(self.cells) and not any(cell.plain for cell in self.cells)

    @property
    def is_prose(self) -> bool:
        return self.width > _PROSE and any(" " in cell.plain for cell in self.cells)


def fitted(
    columns: Sequence[str],
    rows: Sequence[Sequence[Text]],
    *,
    numeric: Set[int],
    width: int | None,
    shorten: bool,
) -> list[RenderableType]:
    """A table of `width` letters at most (None: any), or what is shown in its place where it has no room.

    Too wide a table loses its empty columns. Then its last text is wrapped between words, and with `shorten`
    the names in the first column end in an ellipsis. Where that is not enough, a row is its first cell and
    below it the others with their titles, wrapped between words.
    """
    whole = [
        _Column(title, tuple(row[at] for row in rows), at in numeric) for at, title in enumerate(columns)
    ]
    if width is None or _sum(whole) <= width:
        return [_table(whole, {})]
    filled = [column for column in whole if not column.is_empty]
    narrowed = _narrowed(filled, width, shorten=shorten)
    return _records(filled, shorten=shorten) if narrowed is None else [_table(filled, narrowed)]


def _narrowed(columns: Sequence[_Column], width: int, *, shorten: bool) -> dict[int, int] | None:
    """The widths of those columns that must be narrower than they are, None when that is not enough."""
    narrower: dict[int, int] = {}
    over = _sum(columns) - width
    prose = next((at for at in reversed(range(len(columns))) if columns[at].is_prose), None)
    for at, least in ((prose, _PROSE), (0 if shorten and prose != 0 else None, _NAME)):
        if at is not None and over > 0 and columns[at].width > least:
            narrower[at] = max(least, columns[at].width - over)
            over -= columns[at].width - narrower[at]
    return narrower if over <= 0 else None


def _table(columns: Sequence[_Column], narrower: dict[int, int]) -> Table:
    table = Table(header_style="bold", box=None, pad_edge=False)
    for at, column in enumerate(columns):
        table.add_column(
            column.title,
            justify="right" if column.numeric else "left",
            width=narrower.get(at),
            no_wrap=at in narrower and not column.is_prose,
            overflow="fold" if at not in narrower or column.is_prose else "ellipsis",
        )
    for row in zip(*(column.cells for column in columns), strict=True):
        table.add_row(*row)
    return table


def _records(columns: Sequence[_Column], *, shorten: bool) -> list[RenderableType]:
    heads = 1 if columns[0].title else 2  # a mark without a title belongs to what it marks
    shown: list[RenderableType] = []
    for row in zip(*(column.cells for column in columns), strict=True):
        head = Text(" ", style="bold").join(row[:heads])
        head.no_wrap, head.overflow = shorten, "ellipsis" if shorten else "fold"
        shown.append(head)
        told = [
            Text.assemble((f"{column.title.strip()} ", "dim"), cell)
            for column, cell in list(zip(columns, row, strict=True))[heads:]
            if cell.plain
        ]
        if told:
            shown.append(Padding(Text(", ").join(told), (0, 0, 0, 2)))
    return shown


def _sum(columns: Sequence[_Column]) -> int:
    return sum(column.width for column in columns) + _GAP * (len(columns) - 1)


def _width(text: Text) -> int:
    return max(map(cell_len, text.plain.splitlines()), default=0)
