"""For failure analysis: what was learned, and where predicted files differ from those of their authors."""

import difflib
from pathlib import Path

from softwright.rewrite.replay import (
    FileScore,
    ImportEdit,
    Migration,
    Prediction,
    Result,
    changes,
    changes_of,
)
from softwright.rewrite.replay.regions import Change
from softwright.rewrite.replay.tokens import tokens


def dump(folder: Path, data: Migration, result: Result) -> None:
    """`FOLDER/MIGRATION/ORDER-K/`: `rules.md`, and `errors.diff` with every target file that is not right."""
    score = result.score
    place = folder / score.migration / f"{score.order}-{score.k}"
    place.mkdir(parents=True, exist_ok=True)
    head = f"# {data.title}\nshown: {', '.join(score.shown)}\n\n"
    (place / "rules.md").write_text(head + result.trained.described(), errors="replace")
    wrong = [each for each in result.files if each.causes]
    parts = [_error(data, each, result.predictions[each.path]) for each in wrong]
    (place / "errors.diff").write_text("\n".join(parts), errors="replace")


def _error(data: Migration, file: FileScore, prediction: Prediction) -> str:
    pair = data.files[file.path]
    human = changes_of(pair).lenient
    made = changes(pair.before, prediction.after, pair.language).lenient
    status = "changed" if file.changed else "untouched"
    lines = [f"=== {file.path} ({status}): " + ", ".join(f"{k} {v}" for k, v in file.causes.items())]
    if prediction.refused:
        lines.append(f"refused: {prediction.refused}")
    where = tokens(pair.before, pair.language).without_imports().rows
    for label, edits, repeated in (
        ("false ", made - human, frozenset()),
        ("missed", human - made, data.lenient_shapes),
    ):
        for edit in sorted(edits, key=lambda edit: _line(edit, where)):
            mark = " (repeated)" if edit.shape in repeated else ""
            deleted, inserted = (" ".join(part).strip() for part in edit.shape)
            lines.append(f"{label} line {_line(edit, where)}: `{deleted}` -> `{inserted}`{mark}")
    diff = difflib.unified_diff(
        prediction.after.splitlines(), pair.after.splitlines(), "predicted", "human", lineterm="", n=1
    )
    return "\n".join([*lines, *diff]) + "\n"


def _line(edit: Change, rows: tuple[int, ...]) -> int:
    if isinstance(edit, ImportEdit) or not rows:
        return 0
    return rows[min(edit.start, len(rows) - 1)] + 1
