"""How a command fails: in three parts for people, as one JSON line for programs, with the same exit code."""

import json
import sys
from collections.abc import Sequence

from rich.text import Text
from typer.exceptions import TyperException

from softwright.cli.show import err
from softwright.core import InvalidInput, SoftwrightError, Stopped

_ASKS_FOR_JSON = frozenset({"--json", "--events"})


def wants_json(words: Sequence[str]) -> bool:
    """True when a command line asks for JSON; asked of its words, as parsing them may fail as well."""
    end = words.index("--") if "--" in words else len(words)
    return not _ASKS_FOR_JSON.isdisjoint(words[:end])


def misuse(error: TyperException) -> InvalidInput:
    """A command line that cannot be parsed, as an error of ours."""
    context = getattr(error, "ctx", None)
    return InvalidInput(
        error.format_message(), hint=f"{context.command_path} --help" if context is not None else ""
    )


def fail(error: SoftwrightError, *, as_json: bool) -> int:
    """Print the error to stderr, as JSON for programs; give its exit code."""
    if as_json:
        sys.stderr.write(f"{json.dumps(error_json(error), ensure_ascii=False)}\n")
        return error.exit_code
    place = f"{error.where}: " if error.where else ""
    label = ("", "") if isinstance(error, Stopped) else ("error: ", "bold red")
    err.print(Text.assemble(label, place, error.message), soft_wrap=True)
    if error.hint:
        err.print(Text.assemble(("  → ", "bold"), error.hint), soft_wrap=True)
    return error.exit_code


def error_json(error: SoftwrightError) -> dict[str, dict[str, str | int]]:
    """An error as plain data."""
    return {
        "error": {
            "kind": error.kind,
            "message": error.message,
            "hint": error.hint,
            "where": error.where,
            "exit_code": error.exit_code,
        }
    }
