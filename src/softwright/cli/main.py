"""The root command. Nouns are loaded when they are used, so `softwright --help` stays quick."""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand
from typer.exceptions import TyperException

import softwright
from softwright.cli.failure import fail, misuse, wants_json
from softwright.cli.lazy import LazyGroup
from softwright.core import SoftwrightError, Stopped

NOUNS: dict[str, tuple[str, str]] = {
    "fleet": ("softwright.cli.fleet", "The repositories to work on: their file and their mirrors."),
    "query": ("softwright.cli.query", "Ask the fleet a question in SQL."),
    "facts": ("softwright.cli.facts", "What is known of the fleet's code: tables for queries."),
    "campaign": ("softwright.cli.campaign", "One change over many repositories, from plan to delivery."),
    "rule": ("softwright.cli.rule", "Rules: make, test, try, list, show and export them."),
    "learn": (
        "softwright.cli.learn",
        "Rules from a change that somebody made; asks where it can be read two ways.",
    ),
    "worker": ("softwright.cli.worker", "Processes that run runs: on one machine or on many."),
    "runs": ("softwright.cli.runs", "Durable runs: list, show, cancel, retry, fork, move."),
    "gc": ("softwright.cli.gc", "Forget runs that ended long ago and free what only they needed."),
    "migrate": ("softwright.cli.migrate", "Make tables, or bring them up to date."),
    "doctor": ("softwright.cli.doctor", "What works on this machine, and what would improve it."),
}
"""Command name -> (module with a typer `app`, one line of help)."""


class LazyNouns(LazyGroup):
    """The nouns, each in a module of its own."""

    names = NOUNS
    _listing = False

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The help, for which no noun's module is imported: the table has what is shown of them."""
        self._listing = True
        try:
            super().format_help(ctx, formatter)
        finally:
            self._listing = False

    def invoke(self, ctx: Any) -> Any:
        """Run a command; that it was interrupted is said."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise Stopped("interrupted") from None

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The noun's command, imported now."""
        if cmd_name not in NOUNS:
            return super().get_command(ctx, cmd_name)
        module, help_line = NOUNS[cmd_name]
        if self._listing:
            return TyperCommand(cmd_name, help=help_line)
        command = typer.main.get_command(import_module(module).app)
        command.name = cmd_name
        command.short_help = help_line
        return command


root = typer.Typer(
    cls=LazyNouns,
    name="softwright",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"softwright {softwright.__version__}")
        raise typer.Exit


@root.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version."
    ),
) -> None:
    """Carry one change through many repositories: find, change, check, review, deliver."""


def main(argv: Sequence[str] | None = None) -> Any:
    """Run the command line; errors raised on purpose become one message and an exit code."""
    words = sys.argv[1:] if argv is None else [*argv]
    as_json = wants_json(words)
    try:
        # Without JSON wrong words are told by typer, with the usage.
        code = root(args=words, prog_name="softwright", standalone_mode=not as_json)
    except SoftwrightError as error:
        code = fail(error, as_json=as_json)
    except TyperException as error:
        code = fail(misuse(error), as_json=as_json)
    except BrokenPipeError:
        sys.stderr.close()
        code = 0
    sys.exit(code)
