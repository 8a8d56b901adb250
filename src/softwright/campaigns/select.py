"""Rows of a select as what they pick in each repository."""

from collections.abc import Iterable, Sequence
from typing import Any

from softwright.campaigns.outcome import Picked
from softwright.core import InvalidInput, Span, nearest

COLUMNS = ("repo", "path", "start_byte", "end_byte")
"""Columns a select may give; `repo` must be there, others than these are passed over."""


def picked_by_rows(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> dict[str, Picked | None]:
    """Repository -> what was picked there; None when only repositories were selected.

    Raises InvalidInput when there is no column `repo`.
    """
    at = {name: columns.index(name) for name in COLUMNS if name in columns}
    if "repo" not in at:
        raise InvalidInput(
            f"the select gives no column `repo`; {nearest('repo', columns)}",
            hint="a select gives `repo`, and `path`, `start_byte`, `end_byte` when wanted",
        )
    if "path" not in at:
        return {str(row[at["repo"]]): None for row in rows}
    spans = "start_byte" in at and "end_byte" in at
    found: dict[str, dict[str, list[Span]]] = {}
    for row in rows:
        here = found.setdefault(str(row[at["repo"]]), {}).setdefault(str(row[at["path"]]), [])
        if spans and row[at["start_byte"]] is not None and row[at["end_byte"]] is not None:
            here.append(Span(int(row[at["start_byte"]]), int(row[at["end_byte"]])))
    return {
        repo: {path: tuple(sorted(set(places))) for path, places in paths.items()}
        for repo, paths in found.items()
    }
