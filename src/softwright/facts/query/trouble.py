"""Messages about a query: what was wrong, where it stands in the text, and what is allowed."""

from softwright.core import InvalidInput

_WIDEST = 100


def refusal(message: str, text: str, *, at: tuple[int, int] | None = None, hint: str = "") -> InvalidInput:
    """An InvalidInput that shows the place `at` (offset and length in characters) of the query `text`."""
    if at is None:
        return InvalidInput(message, where="query", hint=hint)
    start, length = max(0, min(at[0], len(text))), max(1, at[1])
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", start)
    line = text[line_start : line_end if line_end >= 0 else len(text)]
    number, column = text.count("\n", 0, start) + 1, start - line_start
    length = min(length, max(1, len(line) - column))
    cut = max(0, column - _WIDEST // 2)
    shown = line[cut : cut + _WIDEST].replace("\t", " ")
    marks = " " * (column - cut) + "^" * min(length, _WIDEST - (column - cut))
    return InvalidInput(
        f"{message}\n    {shown}\n    {marks}", where=f"query, line {number}, column {column + 1}", hint=hint
    )


def word_at(text: str, word: str) -> tuple[int, int] | None:
    """Where `word` first stands in `text` as a whole word, case ignored; None when it does not."""
    low, sought = text.lower(), word.lower()
    at = low.find(sought)
    while at >= 0:
        before, after = low[at - 1 : at], low[at + len(sought) : at + len(sought) + 1]
        if not (before.isalnum() or before == "_" or after.isalnum() or after == "_"):
            return at, len(word)
        at = low.find(sought, at + 1)
    return None
