"""`softwright learn`: rules from a change that somebody made."""

from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from softwright.app import House
from softwright.app import learn as use
from softwright.app.learn_sources import Sources
from softwright.cli import learn_show as show
from softwright.cli.lazy import LazyGroup
from softwright.cli.learn_ask import ask_all, loop
from softwright.cli.show import err, show_json
from softwright.core import InvalidInput

VERBS: dict[str, tuple[str, str]] = {"replay": ("learn_replay", "replay")}
"""Subcommand -> (module of `softwright.cli`, function)."""


class LazyVerbs(LazyGroup):
    """The subcommands beside learning itself."""

    names = VERBS

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The subcommand that is meant; a commit or file given without its option is told the option."""
        word = args[0] if args else ""
        if word and not word.startswith("-") and word not in VERBS:
            option = "--from-commit" if "@" in word else "--from-diff"
            ctx.fail(f"{word!r} has no option in front. Write {option} {word}, or --before and --after.")
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The subcommand, its module imported now; None when there is no such."""
        if cmd_name not in VERBS:
            return None
        module, function = VERBS[cmd_name]
        alone = typer.Typer(add_completion=False)
        alone.command(cmd_name)(getattr(import_module(f"softwright.cli.{module}"), function))
        return typer.main.get_command(alone)


app = typer.Typer(
    cls=LazyVerbs,
    invoke_without_command=True,
    add_completion=False,
)


@app.callback()
def learn(
    ctx: typer.Context,
    commit: Annotated[
        list[str] | None,
        typer.Option(
            "--from-commit",
            help="A commit; REPO is a folder or a name in the fleet file. May be repeated.",
            metavar="REPO@COMMIT",
        ),
    ] = None,
    diff: Annotated[
        list[Path] | None,
        typer.Option("--from-diff", help="A unified diff. May be repeated.", metavar="FILE"),
    ] = None,
    before: Annotated[
        Path | None, typer.Option("--before", help="A file or folder before the change.")
    ] = None,
    after: Annotated[Path | None, typer.Option("--after", help="The same after the change.")] = None,
    repo: Annotated[
        Path | None,
        typer.Option("--repo", help="The folder that the paths of a diff are in; default: the present one."),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--out", help="Where rule files go; default: the first folder of the settings.", metavar="DIR"
        ),
    ] = None,
    name: Annotated[
        str, typer.Option("--name", help="What the rules' names begin with.", metavar="PREFIX")
    ] = "",
    min_python: Annotated[
        str,
        typer.Option("--min-python", help="The least Python that the new code runs on.", metavar="VERSION"),
    ] = "",
    campaign: Annotated[
        str, typer.Option("--campaign", help="Write NAME.yaml too: a campaign of the rules.", metavar="NAME")
    ] = "",
    go_through: Annotated[
        str,
        typer.Option(
            "--loop",
            help="Then go through the doubtful files of this repository, one by one.",
            metavar="REPO",
        ),
    ] = "",
    answers: Annotated[
        Path | None,
        typer.Option(
            "--answers",
            help="Folder with the loop's files as they should be; nobody is asked.",
            metavar="DIR",
        ),
    ] = None,
    fleet: Annotated[Path | None, typer.Option("--fleet", help="The fleet file.")] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Ask nothing: the more specific reading is taken.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Learn rules from a change that somebody made, say what was understood, and write rule files.

    Examples: softwright learn --from-commit payments/api@1a2b3c4 --name aware-times --campaign aware-times
              softwright learn --from-diff change.diff --dry-run
              softwright learn --before old.py --after new.py --loop payments/api
    """
    if ctx.invoked_subcommand:
        return
    if answers and not go_through:
        raise InvalidInput("--answers is for the loop", hint="add --loop REPO")
    house = House()
    sources = Sources(tuple(commit or ()), tuple(diff or ()), before, after, repo, fleet)
    lesson, gathered = use.begin(house, sources)
    told = show.Told(quiet=as_json)
    told.notes([*gathered.notes, *show.undone(lesson)])
    lesson, asked = ask_all(house, lesson, gathered, fleet, told, yes=yes)
    if go_through:
        lesson = loop(house, lesson, go_through, answers, fleet, told)
    to = use.Destination(folder, name, min_python, campaign, fleet, force, dry_run)
    written = use.write_learned(house, lesson, to)
    if as_json:
        show_json(
            show.document(lesson, written, asked, [*gathered.notes, *show.undone(lesson)], dry_run=dry_run)
        )
    else:
        show.show_lesson(lesson, written)
        show.show_written(written, dry_run=dry_run)
    if not any(path for path, _ in written.rules):
        err.print(
            "nothing was learned that could be written; show another file of the change, or a larger one"
        )
        raise typer.Exit(1)
