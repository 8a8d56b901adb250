"""`softwright learn`: rules from a change that somebody made."""

from importlib import import_module
from typing import Any

import typer

from softwright.app import House
from softwright.app import learn as use
from softwright.app.learn_sources import Sources
from softwright.cli import learn_show as show
from softwright.cli.lazy import LazyGroup
from softwright.cli.learn_ask import ask_all, loop
from softwright.cli.learn_options import (
    AfterOption,
    AnswersOption,
    BeforeOption,
    CampaignOption,
    CommitOption,
    DiffOption,
    DryRunOption,
    FleetOption,
    FolderOption,
    ForceOption,
    JsonOption,
    LoopOption,
    OutOption,
    PrefixOption,
    PythonOption,
    YesOption,
)
from softwright.cli.show import show_json
from softwright.core import InvalidInput, SoftwrightError

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
    commit: CommitOption = None,
    diff: DiffOption = None,
    before: BeforeOption = None,
    after: AfterOption = None,
    repo: FolderOption = None,
    folder: OutOption = None,
    name: PrefixOption = "",
    min_python: PythonOption = "",
    campaign: CampaignOption = "",
    go_through: LoopOption = "",
    answers: AnswersOption = None,
    fleet: FleetOption = None,
    yes: YesOption = False,
    force: ForceOption = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
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
    told = show.Told(quiet=as_json)
    sources = Sources(tuple(commit or ()), tuple(diff or ()), before, after, repo, fleet)
    lesson, gathered = use.begin(house, sources)
    notes = [*gathered.notes, *show.undone(lesson)]
    told.notes(notes)
    lesson, asked = ask_all(house, lesson, gathered, fleet, told, yes=yes)
    if go_through:
        lesson = loop(house, lesson, go_through, answers, fleet, told)
    to = use.Destination(folder, name, min_python, campaign, fleet, force, dry_run)
    written = use.write_learned(house, lesson, to)
    if as_json:
        show_json(show.document(lesson, written, asked, notes, dry_run=dry_run))
    else:
        show.show_lesson(lesson, written)
        show.show_written(written, dry_run=dry_run)
    if not any(path for path, _ in written.rules):
        raise SoftwrightError(
            "nothing was learned that could be written",
            hint="show another file of the change, or a larger one",
        )
