"""`softwright query`: SQL over the facts of the fleet."""

import csv
import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from softwright.app import House
from softwright.app import query as use
from softwright.cli.progress import Ticker
from softwright.cli.show import err, out, show_json, show_table
from softwright.cli.stages import show_stages
from softwright.core import InvalidInput, counted

app = typer.Typer(add_completion=False)

_TABLE_ROWS = 1000
_SHOWN_FAULTS = 5


@app.command()
def query(
    sql: Annotated[
        str | None,
        typer.Argument(help="The query; - reads it from stdin.", metavar="SQL", show_default=False),
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", "-f", help="Read the query from a file.", metavar="FILE")
    ] = None,
    fleet: Annotated[
        Path | None,
        typer.Option("--fleet", help="The fleet file; default: that of the settings.", metavar="FILE"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list of objects.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV with a header.")] = False,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit", "-n", min=0, help=f"Rows at most, 0 for all; default: {_TABLE_ROWS} in a table."
        ),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show the stages and what they would cost; match nothing.")
    ] = False,
    timeout: Annotated[
        float, typer.Option(min=0, help="Seconds after which it is given up; 0 for never.")
    ] = 300,
    memory: Annotated[int, typer.Option(min=64, help="Memory for the database, in MB.")] = 2048,
    as_is: Annotated[
        bool, typer.Option("--as-is", help="Use the facts as they are; do not index what changed.")
    ] = False,
    no_pager: Annotated[bool, typer.Option("--no-pager", help="Never page long output.")] = False,
) -> None:
    """Ask the fleet a question in SQL. Only reads: no file, network or setting can be reached.

    Tables: repos, files, symbols, imports, calls, dependencies, owners, and matches(pattern, language) for
    code of a shape; `softwright facts schema` describes them.

    Examples: softwright query "SELECT repo, count(*) FROM files GROUP BY repo";
    softwright query "SELECT repo, path, line FROM matches('eval($X)', 'python')" --json;
    softwright query -f question.sql --explain
    """
    if as_json and as_csv:
        raise InvalidInput("both --json and --csv were given; one is allowed", hint="leave one of them out")
    table = not (as_json or as_csv)
    question = use.Question(
        _text(sql, file),
        fleet=fleet,
        limit=(_TABLE_ROWS if table else None) if limit is None else (limit or None),
        timeout_s=timeout,
        memory_mb=memory,
        fresh=not as_is,
    )
    shape = "json" if as_json else "csv" if as_csv else "table"
    if explain:
        _explain(question, as_json=as_json)
    else:
        _answer(question, shape, paged=not no_pager)


def _explain(question: use.Question, *, as_json: bool) -> None:
    with Ticker() as ticker:
        found = use.explain(House(), question, on_progress=ticker, on_wait=ticker.note)
    if as_json:
        show_json([asdict(stage) for stage in found.stages])
    else:
        show_stages(found.stages, found.seconds)


def _answer(question: use.Question, shape: str, *, paged: bool) -> None:
    with Ticker() as ticker:
        answer = use.ask(House(), question, on_progress=ticker, on_wait=ticker.note)
    result = answer.result
    if shape == "json":
        names = _distinct(result.columns)
        show_json([dict(zip(names, row, strict=True)) for row in result.rows])
    elif shape == "csv":
        _show_csv(result.columns, result.rows)
    else:
        _show_rows(result.columns, result.rows, paged=paged)
    _show_notes(answer, question.limit)


def _text(sql: str | None, file: Path | None) -> str:
    if (sql is None) == (file is None):
        given = "no query was" if sql is None else "both a query and --file were"
        raise InvalidInput(f"{given} given", hint='softwright query "SELECT repo, path FROM files LIMIT 10"')
    if sql is not None:
        return sys.stdin.read() if sql == "-" else sql
    assert file is not None
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise InvalidInput(
            f"the query cannot be read: {said}", where=str(file), hint="name a text file with one query in it"
        ) from error


def _distinct(columns: Sequence[str]) -> list[str]:
    """Column names made unique: a second `path` becomes `path_2`."""
    names: list[str] = []
    for column in columns:
        name, number = column, 1
        while name in names:
            number += 1
            name = f"{column}_{number}"
        names.append(name)
    return names


def _show_csv(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([[_cell(value) for value in row] for row in rows])


def _show_rows(columns: Sequence[str], rows: Sequence[Sequence[Any]], *, paged: bool) -> None:
    long = paged and out.is_terminal and len(rows) > out.height - 4
    if long:
        os.environ.setdefault("LESS", "-FRX")
    with out.pager(styles=True) if long else nullcontext():
        show_table(columns, [[_shown(value) for value in row] for row in rows], shorten=False)


def _shown(value: Any) -> object:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else _cell(value)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ", ".join(_cell(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{key}={_cell(one)}" for key, one in value.items())
    return str(value)


def _show_notes(answer: use.Answer, limit: int | None) -> None:
    faults, unreadable = answer.faults, answer.result.unreadable
    if answer.result.truncated:
        first = "first row is" if limit == 1 else f"first {limit} rows are"
        err.print(f"note: only the {first} shown; --limit 0 gives all", soft_wrap=True)
    for repo, reason in sorted(faults.items())[:_SHOWN_FAULTS]:
        err.print(f"note: {repo}: {reason}", soft_wrap=True, markup=False)
    if len(faults) > _SHOWN_FAULTS:
        more = counted(len(faults) - _SHOWN_FAULTS, "more repository")
        err.print(f"note: missing or old: {more}; see `softwright fleet status`", soft_wrap=True)
    if unreadable:
        one = unreadable[0]
        err.print(
            f"note: matches(...) passed over {counted(len(unreadable), 'file')} that might hold matches; "
            f"the first is {one.repo}: {one.path}: {one.reason}",
            soft_wrap=True,
            markup=False,
        )
