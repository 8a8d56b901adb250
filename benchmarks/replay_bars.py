"""Replay figures as tables for people, and as rows with the bars they are held against."""

from collections.abc import Callable, Sequence

from rich.console import Console
from rich.table import Table
from table import Row, row

from softwright.rewrite.replay import Plan, Pooled, Score, pooled

FIRST_CLASS = "python"
LENIENCE = 0.8  # of the bars, for languages other than Python

COLUMNS = (
    ("P", lambda p: p.median(lambda s: s.strict.precision)),
    ("P len", lambda p: p.median(lambda s: s.lenient.precision)),
    ("R", lambda p: p.median(lambda s: s.strict.recall)),
    ("R rep", lambda p: p.median(lambda s: s.strict.recall_repeated)),
    ("Rrep len", lambda p: p.median(lambda s: s.lenient.recall_repeated)),
    ("=1", lambda p: p.share(lambda s: s.strict.precision == 1)),
    ("=1 len", lambda p: p.share(lambda s: s.lenient.precision == 1)),
    (">=.95", lambda p: p.precise(0.95)),
    ("all P", lambda p: p.strict.precision),
    ("all P len", lambda p: p.lenient.precision),
    ("all R", lambda p: p.strict.recall),
    ("all Rrep", lambda p: p.strict.recall_repeated),
    ("all Rrep len", lambda p: p.lenient.recall_repeated),
)


def group_of(language: str) -> str:
    """Python, for which the bars are made, and the others."""
    return FIRST_CLASS if language == FIRST_CLASS else "other"


def show_pooled(title: str, scores: Sequence[Score], plans: Sequence[Plan], console: Console) -> None:
    """A row per order and k: medians over migrations on the left, all edits pooled on the right."""
    table = Table(title=title, box=None, header_style="bold", title_justify="left", padding=(0, 1, 0, 0))
    for name in ("order", "n", "silent", "fault", *(name for name, _ in COLUMNS)):
        table.add_column(name, justify="left" if name == "order" else "right")
    for name in ("exact", "=format", "=tokens", "files", "false out", "none out", "units x"):
        table.add_column(name, justify="right")
    for plan in plans:
        p = pooled(scores, plan.order, plan.k)
        if not p.scores:
            continue
        counts = [p.total(lambda s: s.exact), p.total(lambda s: s.formatted), p.total(lambda s: s.equal)]
        clean = sum(not s.false_untouched for s in p.scores)
        table.add_row(
            f"{plan.order} {plan.k or ''}",
            *map(str, (len(p.scores), p.silent, p.faults)),
            *(_short(figure(p)) for _, figure in COLUMNS),
            *(f"{count:.0f}" for count in (*counts, p.total(lambda s: s.files))),
            f"{p.total(lambda s: s.false_untouched) / len(p.scores):.1f}",
            f"{clean}",
            _short(p.median(lambda s: s.compression), 1),
        )
    console.print(table)


def show_migrations(scores: Sequence[Score], plan: Plan, walls: dict[str, float], console: Console) -> None:
    """A row per migration under one plan."""
    table = Table(title=f"{plan.order} k={plan.k}", box=None, header_style="bold", padding=(0, 1, 0, 0))
    table.add_column("migration")
    for name in (
        "P",
        "P len",
        "R rep",
        "Rrep len",
        "exact",
        "=fmt",
        "files",
        "false out",
        "safe P",
        "safe %",
    ):
        table.add_column(name, justify="right")
    for name in ("rules", "units x", "learn s", "ms/file", "wall s"):
        table.add_column(name, justify="right")
    table.add_column("main cause", overflow="fold")
    chosen = [each for each in scores if (each.order, each.k) == (plan.order, plan.k)]
    for each in sorted(chosen, key=lambda score: score.migration):
        main = each.fault or next((f"{c} {n}" for c, n in each.causes.most_common(1)), "")
        table.add_row(
            each.migration,
            *(_short(v) for v in (each.strict.precision, each.lenient.precision)),
            *(_short(v) for v in (each.strict.recall_repeated, each.lenient.recall_repeated)),
            *(str(v) for v in (each.exact, each.formatted, each.files, each.false_untouched)),
            _short(each.safe.precision, 3),
            _short(_share(each)),
            str(each.rules),
            _short(each.compression, 1),
            f"{each.learn_s:.2f}",
            _short(1000 * each.apply_s / each.parsed if each.parsed else None, 0),
            f"{walls.get(each.migration, 0):.0f}",
            main,
        )
    console.print(table)


def show_causes(scores: Sequence[Score], plan: Plan, console: Console) -> None:
    """What went wrong in how many edits and migrations."""
    p = pooled(scores, plan.order, plan.k)
    table = Table(
        title=f"causes, {plan.order} k={plan.k}", box=None, header_style="bold", title_justify="left"
    )
    for name in ("cause", "edits or files", "migrations"):
        table.add_column(name, justify="left" if name == "cause" else "right")
    for cause, count in p.causes.most_common():
        table.add_row(cause.value, str(count), str(sum(cause in each.causes for each in p.scores)))
    console.print(table)


def barred_rows(scores: Sequence[Score], group: str) -> list[Row]:
    """The figures that have bars, for one group of languages."""
    factor = 1.0 if group == FIRST_CLASS else LENIENCE
    rows: list[Row] = []

    def add(name: str, value: float | None, unit: str, bar: float, *, most: bool = False) -> None:
        if value is not None:
            bar = round(bar / factor if most else bar * factor, 4)
            met = value <= bar if most else value >= bar
            rows.append(
                row(f"{group}: {name}", value, unit, bar=f"{'<=' if most else '>='} {bar:g}", met=met)
            )

    path = pooled(scores, "path", 3)
    add("path k=3: migrations at lenient precision 1", path.precise(1.0), "share", 0.65)
    first = pooled(scores, "informative", 1)
    add("informative k=1: median repeated recall", first.median(lambda s: s.strict.recall_repeated), "", 0.90)
    third = pooled(scores, "informative", 3)
    add("informative k=3: migrations at lenient precision >= .95", third.precise(0.95), "share", 0.80)
    loop = pooled(scores, "loop", 5)
    if loop.scores:
        _add_loop(loop, add)
    review = pooled(scores, "all", 0)
    add("compression: median of edited places per unit read", review.median(lambda s: s.compression), "x", 12)
    units = review.total(lambda s: s.units)
    places = review.strict.human
    add("compression: pooled", places / units if units else None, "x", 20)
    return rows


def _add_loop(loop: Pooled, add: Callable[..., None]) -> None:
    count = max(1, len(loop.scores) - loop.faults)
    add("loop k<=5: pooled strict precision", loop.strict.precision, "", 0.98)
    add("loop k<=5: median repeated recall", loop.median(lambda s: s.strict.recall_repeated), "", 0.97)
    add("loop k<=5: pooled repeated recall", loop.strict.recall_repeated, "", 0.90)
    outside = loop.total(lambda s: s.false_untouched) / count
    add("loop k<=5: false edits in untouched files per migration", outside, "edits", 2, most=True)
    files = loop.total(lambda s: s.files)
    exact = loop.total(lambda s: s.formatted) / files if files else None
    add("loop k<=5: files exact after the formatter", exact, "share", 0.70)
    safe = loop.safe
    add("loop k<=5: precision of rules marked safe", safe.precision, "", 0.998)
    made = loop.strict.made
    add("loop k<=5: share of edits made by them", safe.made / made if made else None, "share", 0.60)
    parsed = loop.total(lambda s: s.parsed)
    apply_ms = 1000 * loop.total(lambda s: s.apply_s) / parsed if parsed else None
    add("loop k<=5: apply, CPU per parsed file", apply_ms, "ms", 20, most=True)
    edits = loop.total(lambda s: s.example_edits)
    learn = 100 * loop.total(lambda s: s.learn_s) / edits if edits else None
    add("loop k<=5: learn, CPU per 100 edits", learn, "s", 1.5, most=True)


def plain_rows(scores: Sequence[Score], plans: Sequence[Plan], group: str, kind: str = "") -> list[Row]:
    """Every figure of the table of `show_pooled`, without bars."""
    rows: list[Row] = []
    for plan in plans:
        p = pooled(scores, plan.order, plan.k)
        if not p.scores:
            continue
        head = f"{group}: {kind}{plan.order} k={plan.k}: "
        rows += [row(f"{head}migrations", len(p.scores), ""), row(f"{head}silent", p.silent, "")]
        rows.append(row(f"{head}no result", p.faults, ""))
        for name, figure in COLUMNS:
            value = figure(p)
            if value is not None:
                rows.append(row(head + LONG[name], value, ""))
        files = p.total(lambda s: s.files)
        rows += [
            row(f"{head}files", files, "files"),
            row(f"{head}exact", p.total(lambda s: s.exact), "files"),
        ]
        rows.append(row(f"{head}exact after the formatter", p.total(lambda s: s.formatted), "files"))
        rows.append(row(f"{head}equal in tokens and imports", p.total(lambda s: s.equal), "files"))
        rows.append(
            row(f"{head}false edits in untouched files", p.total(lambda s: s.false_untouched), "edits")
        )
        made = p.strict.made + p.total(lambda s: s.false_untouched)
        if made:
            rows.append(row(f"{head}pooled precision, untouched files included", p.strict.right / made, ""))
        rows += [row(f"{head}cause: {cause}", count, "") for cause, count in p.causes.most_common()]
    return rows


LONG = {
    "P": "median strict precision",
    "P len": "median lenient precision",
    "R": "median strict recall",
    "R rep": "median strict recall of repeated edits",
    "Rrep len": "median lenient recall of repeated edits",
    "=1": "share of migrations at strict precision 1",
    "=1 len": "share of migrations at lenient precision 1",
    ">=.95": "share of migrations at lenient precision >= .95",
    "all P": "pooled strict precision",
    "all P len": "pooled lenient precision",
    "all R": "pooled strict recall",
    "all Rrep": "pooled strict recall of repeated edits",
    "all Rrep len": "pooled lenient recall of repeated edits",
}


def _share(each: Score) -> float | None:
    return each.safe.made / each.strict.made if each.strict.made else None


def _short(value: float | None, digits: int = 2) -> str:
    if value is None:
        return "-"
    shown = f"{value:.{digits}f}"
    return shown.removeprefix("0") if shown.startswith("0.") else shown
