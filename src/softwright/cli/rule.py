"""`softwright rule`: make, test, try, list, show and export rules."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.syntax import Syntax
from rich.text import Text

from softwright.app import House
from softwright.app import rules as use
from softwright.cli.show import err, out, show_json, show_table
from softwright.core import InvalidInput, SoftwrightError, counted

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Rules: one Markdown file each, with a structural pattern, its fix, and samples that are its tests.",
)

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="The rule's id, in kebab-case.", metavar="NAME")],
    language: Annotated[str, typer.Option("--language", "-l", help="The language it is for.")] = "python",
    folder: Annotated[
        Path | None,
        typer.Option("--folder", help="Where to write it; default: the first folder of the settings."),
    ] = None,
) -> None:
    """Write a rule file to fill in; its samples already hold.

    Example: softwright rule new no-old-client --language python
    """
    place = use.new_rule(House(), name, language=language, folder=folder)
    out.print(f"{place} made; edit it, then: softwright rule test {place} -v", soft_wrap=True)


@app.command()
def test(
    rules: Annotated[list[str] | None, typer.Argument(help="Rule files or ids.", metavar="RULE")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All known rules.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show every sample and its diff.")] = False,
    json: JsonOption = False,
) -> None:
    """Run the samples of rules: before gives after byte for byte, the rest stays, twice changes nothing.

    Examples: softwright rule test rules/no-old-client.md -v
              softwright rule test --all
    """
    if not rules and not everything:
        raise InvalidInput(
            "no rule was given", hint="name rules, or give --all; `softwright rule list` shows them"
        )
    tests = use.run_samples(House(), [] if everything else rules or [])
    if json:
        show_json([asdict(test) for test in tests])
    else:
        for test in tests:
            _show_test(test, verbose=verbose)
        failed = sum(not test.ok for test in tests)
        samples = sum(len(test.samples) for test in tests)
        out.print(f"{counted(len(tests), 'rule')}, {counted(samples, 'sample')}, {failed} failed")
    if wrong := [test.id for test in tests if not test.ok]:
        raise SoftwrightError(f"samples of {', '.join(wrong)} failed")


@app.command("try")
def try_(
    rule: Annotated[str, typer.Argument(help="A rule file or id; several with commas.", metavar="RULE")],
    paths: Annotated[list[Path], typer.Argument(help="Files or folders.", metavar="PATH")],
    write: Annotated[bool, typer.Option("--write", help="Change the files.")] = False,
    diff: Annotated[bool, typer.Option("--diff/--no-diff", help="Show the differences.")] = True,
    python: Annotated[
        str,
        typer.Option(help="The lowest Python to assume; default: what the files' project declares."),
    ] = "",
    json: JsonOption = False,
) -> None:
    """Show what a rule would do to files; changes nothing without --write.

    Examples: softwright rule try datetime-utcnow src/ --no-diff
              softwright rule try typing-union-operator src/ --python 3.12
    """
    rows = []
    for tried in use.try_rules(House(), rule.split(","), paths, write=write, python=python):
        rows.append(tried)
        if not json:
            _show_tried(tried, diff=diff)
    if json:
        show_json([asdict(row) for row in rows])
        return
    changed, sites = sum(bool(row.diff) for row in rows), sum(row.sites for row in rows)
    verb = "changed" if write else "would change"
    refused = sum(bool(row.refused) for row in rows)
    suppressed = sum(len(row.suppressed) for row in rows)
    told = f"{counted(sites, 'site')}, {counted(changed, 'file')} {verb}, {counted(refused, 'file')} refused"
    out.print(f"{told}, {counted(suppressed, 'site')} suppressed")


@app.command("list")
def list_(json: JsonOption = False) -> None:
    """List the known rules: those of the settings' folders, then the shipped ones.

    Example: softwright rule list --json
    """
    rows = use.list_rules(House())
    if json:
        show_json([asdict(row) for row in rows])
        return
    show_table(
        ("rule", "from", "language", "safety", "samples", "message"),
        [
            (row.id, row.origin, row.language, row.safety, row.samples, row.message or row.problem)
            for row in rows
        ],
        shorten=False,
    )


@app.command()
def show(
    rule: Annotated[str, typer.Argument(help="A rule file or id.", metavar="RULE")],
    json: JsonOption = False,
) -> None:
    """Show a rule's file; in a pipe, the file itself.

    Examples: softwright rule show datetime-utcnow
              softwright rule show datetime-utcnow > rules/our-utcnow.md
    """
    row, text = use.show_rule(House(), rule)
    if json:
        show_json({**asdict(row), "text": text})
        return
    if not out.is_terminal:
        out.file.write(text)  # as it is, so that it can become a rule of one's own
        return
    out.print(Text(row.path, style="dim"))
    out.print(Syntax(text, "markdown", background_color="default", word_wrap=True))


@app.command()
def export(
    rule: Annotated[str, typer.Argument(help="A rule file or id.", metavar="RULE")],
    to: Annotated[str, typer.Option("--to", help="The form: ast-grep.")] = "ast-grep",
    json: JsonOption = False,
) -> None:
    """Print a rule in the form of another tool; what that tool cannot do is named in comments.

    Examples: softwright rule export datetime-utcnow > rules/datetime-utcnow.yml
              softwright rule export rules/no-old-client.md --json
    """
    exported = use.export_rule(House(), rule, to)
    if json:
        show_json({"text": exported.yaml_text, "lost": exported.lost})
        return
    out.file.write(exported.yaml_text)
    if exported.lost:
        err.print(f"{counted(len(exported.lost), 'thing')} left out; comments at the top name them")


def _show_test(test: use.RuleTest, *, verbose: bool) -> None:
    mark = Text("ok  ", style="green") if test.ok else Text("FAIL", style="bold red")
    out.print(mark, Text(f"{test.id}  ({counted(len(test.samples), 'sample')})"))
    for problem in test.problems:
        style = "dim" if test.ok else "red"
        out.print(Text(f"  {test.path}: {problem}", style=style), soft_wrap=True)
    for sample in test.samples:
        if sample.ok and not verbose:
            continue
        place = f"  {test.path}:{sample.line}: {sample.title}"
        out.print(Text(f"{place}: {sample.problem}" if sample.problem else place), soft_wrap=True)
        _show_diff(sample.diff)


def _show_tried(tried: use.Tried, *, diff: bool) -> None:
    if tried.refused:
        err.print(Text(f"{tried.path}: refused: {tried.refused}", style="yellow"), soft_wrap=True)
    for note in () if tried.refused else tried.notes:
        err.print(Text(f"{tried.path}: {note}", style="dim"), soft_wrap=True)
    if tried.diff and diff:
        _show_diff(tried.diff)
    elif not tried.refused:
        out.print(Text(f"{tried.path}: {counted(tried.sites, 'site')}"), soft_wrap=True)


def _show_diff(text: str) -> None:
    if text:
        out.print(Syntax(text, "diff", background_color="default"), soft_wrap=True)
