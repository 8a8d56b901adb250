"""Hidden rules learned again: how often a few changed files teach exactly the rule that changed them.

Rules of every class (a rename, a call wrapped, a keyword dropped…) are drawn from what real files hold,
applied to them, hidden, and learned again from `k` of the files they changed. A rule counts as recovered when
what was learned does the very same, byte for byte, to all files that were not shown: those that the rule
changes and those that it leaves alone. Precision and recall are those of edits (token regions) in them.
Everything follows from the seed and the installed packages.

    make bench-recovery
    python benchmarks/bench_recovery.py --each 30 --files 3000 --kinds rename --dump /tmp/out
"""

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from replay_dump import dump
from rich.console import Console
from rich.table import Table
from table import Row, row, show, write

from softwright.app.replay_crew import Task, replay_all
from softwright.rewrite.replay import Learning, Method, Migration, Plan, Score, Tally, ratio

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from tests.rewrite.learning.hidden_rules import (  # noqa: E402 - needs the path above
    KINDS,
    Hidden,
    hidden_rules,
    real_files,
)

LARGEST = 25_000  # bytes of a file


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=900, help="real files that are looked at")
    parser.add_argument("--each", type=int, default=12, help="rules of each class")
    parser.add_argument("--kinds", default="", help=f"some of: {', '.join(KINDS)}")
    parser.add_argument("--k", default="1,2,3", help="files shown")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--limit", type=float, default=60, help="seconds per rule")
    parser.add_argument("--dump", type=Path, help="folder for rules and wrong files")
    given = parser.parse_args()
    given.kinds = [kind for kind in given.kinds.split(",") if kind]
    given.k = [int(k) for k in given.k.split(",")]
    if unknown := set(given.kinds) - set(KINDS):
        parser.error(f"unknown class {', '.join(unknown)}; there are {', '.join(KINDS)}")
    return given


def as_migration(hidden: Hidden) -> Migration:
    """The files of a hidden rule as if somebody had changed them; in random order: the first are shown."""
    return Migration(hidden.name, "python", hidden.changed, hidden.left_alone)


def replayed(hidden: Sequence[Hidden], given: argparse.Namespace) -> list[Score]:
    """A score for each rule and number of files shown."""
    plans = [Plan("path", k) for k in given.k]
    keep = partial(dump, given.dump) if given.dump else None
    tasks = [Task(each.name, partial(as_migration, each), _method, plans, (), keep) for each in hidden]
    return [score for done in replay_all(tasks, given.jobs, given.limit) for score in done.scores]


def _method(_: Migration) -> Method:
    return Learning()


def is_recovered(score: Score) -> bool:
    """True when every file that was not shown came out as the hidden rule makes it."""
    return not score.fault and score.exact == score.files and not score.false_untouched


def figures(scores: Sequence[Score]) -> dict[str, float | None]:
    """Rate of recovery, and precision and recall of the edits in files that were not shown."""
    edits = sum((score.strict for score in scores), Tally())
    false = sum(score.false_untouched for score in scores)
    return {
        "recovered": ratio(sum(map(is_recovered, scores)), len(scores)),
        "precision": ratio(edits.right, edits.made + false),
        "recall": edits.recall,
        "silent": ratio(sum(score.silent for score in scores), len(scores)),
    }


def main() -> int:
    """Measure, print the table, write the results."""
    given = arguments()
    hidden = hidden_rules(
        real_files(given.files, LARGEST, given.seed), given.each, given.seed, kinds=given.kinds
    )
    scores = replayed(hidden, given)
    kinds = [kind for kind in KINDS if any(each.kind == kind for each in hidden)]
    console = Console(width=None if sys.stdout.isatty() else 160)
    rows: list[Row] = []
    for k in given.k:
        table = Table(title=f"{k} shown", box=None, header_style="bold", title_justify="left")
        for name in ("class", "rules", "recovered", "precision", "recall", "silent", "fault"):
            table.add_column(name, justify="left" if name == "class" else "right")
        for kind in (*kinds, "all"):
            mine = [s for s in scores if s.k == k and (kind == "all" or s.migration.startswith(f"{kind}: "))]
            found = figures(mine)
            values = ["-" if value is None else f"{value:.3f}" for value in found.values()]
            table.add_row(kind, str(len(mine)), *values, str(sum(bool(s.fault) for s in mine)))
            rows += [
                row(f"{kind}, {k} shown: {name}", value, "")
                for name, value in found.items()
                if value is not None
            ]
        console.print(table)
    rows.append(row("rules hidden", len(hidden), "rules"))
    refused = sum(score.refused for score in scores)
    rows.append(row("files refused by what was learned", refused, "files"))
    show([each for each in rows if each["name"].startswith(("all,", "rules hidden", "files refused"))])
    if not given.kinds:
        write("recovery", rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
