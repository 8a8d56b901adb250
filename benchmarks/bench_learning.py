"""Human migrations replayed: learn from a few files of a commit, predict the others, compare.

Per migration and order (`path`: the first files; `informative`: those that cover the repeated edits; `loop`:
what the product asks for next; `all`: everything, for how much a review has to read). Edits are compared as
token regions: `strict` by every token, `lenient` with imports as sets. A migration for which nothing fires is
silent: it has no precision and recall 0.

    make bench-learning
    python benchmarks/bench_learning.py FOLDER --only flask --orders loop --k 5 --dump /tmp/out
"""

import argparse
import importlib
import json
import sys
import time
from collections import Counter
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import replay_bars
import replay_data
from replay_dump import dump
from replay_speed import speed_rows
from rich.console import Console
from table import Row, all_met, show, write

from softwright.app.replay_crew import Replayed, Task, replay_all
from softwright.rewrite.replay import ORDERS, Learning, Method, Migration, Plan, Score

DEFAULT_K = {"path": (1, 3), "informative": (1, 3), "loop": (3, 5), "all": (0,)}
CONTROL = (Plan("path", 1), Plan("path", 5), Plan("loop", 5))


def plans_of(given: argparse.Namespace) -> list[Plan]:
    """The plans asked for, cheap ones first."""
    orders = [order for order in ORDERS if order in given.orders]
    ks = {order: tuple(given.k or DEFAULT_K[order]) if order != "all" else (0,) for order in orders}
    return [Plan(order, k) for order in orders for k in ks[order]]


def chosen(given: argparse.Namespace) -> dict[str, partial[Migration] | Any]:
    """Name -> loader of the migrations asked for, the largest first."""
    loaders: dict[str, Any]
    if given.folder.is_dir():
        loaders = {
            name: partial(replay_data.load, given.folder, name) for name in replay_data.names(given.folder)
        }
    else:
        print(f"no folder {given.folder}: a small set is made from installed packages", file=sys.stderr)
        loaders = {each.name: partial(_same, each) for each in replay_data.made_migrations()}
    kept = {name: load for name, load in loaders.items() if given.only in name}
    if given.language:
        kept = {name: load for name, load in kept.items() if name.startswith(given.language)}
    return dict(list(kept.items())[:: 5 if given.quick else 1])


def _same(each: Migration) -> Migration:
    return each


def method_of(name: str, data: Migration) -> Method:
    """The product's learning, or another one given as `module:callable` (called with the migration)."""
    if not name:
        return Learning()
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)(data)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?", type=Path, default=replay_data.FOLDER, help="of *.json.gz")
    parser.add_argument("--only", default="", help="migrations whose name holds this")
    parser.add_argument("--language", default="", help="python, typescript, go, java")
    parser.add_argument("--orders", default=",".join(ORDERS), help="some of path,informative,loop,all")
    parser.add_argument("--k", default="", help="files shown, e.g. 1,3,5; default: the k of the bars")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--limit", type=float, default=120, help="seconds per migration")
    parser.add_argument("--quick", action="store_true", help="every fifth migration")
    parser.add_argument("--dump", type=Path, help="folder for rules, wrong files and scores.json")
    parser.add_argument("--method", default="", help="module:callable of another way to learn")
    parser.add_argument("--no-control", action="store_true", help="leave out the control on identical files")
    parser.add_argument("--no-speed", action="store_true", help="leave out 50 rules against one")
    given = parser.parse_args()
    given.orders = given.orders.split(",")
    given.k = [int(k) for k in given.k.split(",") if k]
    if unknown := set(given.orders) - set(ORDERS):
        parser.error(f"unknown order {', '.join(unknown)}; there are {', '.join(ORDERS)}")
    return given


def replayed(given: argparse.Namespace, console: Console) -> list[Replayed]:
    """Every migration asked for."""
    plans = plans_of(given)
    control = () if given.no_control or "loop" not in given.orders else CONTROL
    keep = partial(dump, given.dump) if given.dump else None
    tasks = [
        Task(name, load, partial(method_of, given.method), plans, control, keep)
        for name, load in chosen(given).items()
    ]
    done: list[Replayed] = []
    began = time.monotonic()
    for each in replay_all(tasks, given.jobs, given.limit):
        done.append(each)
        if console.is_terminal or each.wall_s > 20 or len(done) % 20 == 0:
            at = time.monotonic() - began
            console.print(
                f"{at:4.0f} s {len(done)}/{len(tasks)} {each.name} {each.wall_s:.1f} s", markup=False
            )
    return done


def report(given: argparse.Namespace, done: list[Replayed], console: Console) -> list[Row]:
    """The tables on the console; the rows for the results file."""
    plans = plans_of(given)
    scores = [score for each in done for score in each.scores]
    walls = {each.name: each.wall_s for each in done}
    for plan in [plan for plan in plans if plan.order != "all"][-1:]:
        replay_bars.show_migrations(scores, plan, walls, console)
        replay_bars.show_causes(scores, plan, console)
    rows: list[Row] = []
    plain: list[Row] = []
    for group in ("python", "other"):
        mine = [score for score in scores if replay_bars.group_of(score.language) == group]
        control = [s for each in done for s in each.control if replay_bars.group_of(s.language) == group]
        if not mine:
            continue
        replay_bars.show_pooled(group, mine, plans, console)
        plain += replay_bars.plain_rows(mine, plans, group)
        if control:
            replay_bars.show_pooled(f"{group}: on identical remaining files", control, CONTROL, console)
            plain += replay_bars.plain_rows(control, CONTROL, group, "control: ")
        rows += replay_bars.barred_rows(mine, group)
    if given.dump:
        saved(given.dump / "scores.json", scores)
    return rows + plain


def saved(path: Path, scores: list[Score]) -> None:
    """All scores as data."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = [{**asdict(replace(each, causes=Counter())), "causes": dict(each.causes)} for each in scores]
    path.write_text(json.dumps(data, indent=1) + "\n")


def main() -> int:
    """Measure, print the tables, write the results."""
    given = arguments()
    console = Console(width=None if sys.stdout.isatty() else 220, stderr=False)
    done = replayed(given, console)
    if not done:
        print("no migration has such a name", file=sys.stderr)
        return 2
    rows = report(given, done, console)
    if not given.no_speed and not given.method:
        rows += speed_rows(list(chosen(given).values()))
    show([each for each in rows if each["bar"] is not None])
    complete = not (given.only or given.language or given.quick or given.k or given.method)
    if complete and set(given.orders) == set(ORDERS):
        write("learning", rows)
    return 0 if all_met(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
