"""The `check:` list of a campaign file as checks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from softwright.checks.check import Check
from softwright.checks.commands import CommandCheck
from softwright.checks.lint import LintCheck
from softwright.checks.parse import ParseCheck
from softwright.checks.secrets import SecretsCheck
from softwright.checks.types import TypesCheck
from softwright.core import InvalidInput, nearest
from softwright.workspaces import Limits

_PLAIN: dict[str, Callable[[], Check]] = {
    "parse": ParseCheck,
    "types": TypesCheck,
    "lint": LintCheck,
    "secrets": SecretsCheck,
}
CHECK_NAMES = (*_PLAIN, "command")
"""What an entry of `check:` may be called."""

_LIMITS = tuple(field.name for field in fields(Limits))
_TYPES = ("checker", "environment")
_COMMAND = ("command", "name", "env", "environment", *_LIMITS)


def ladder_from_spec(entries: Sequence[Any], *, limits: Limits | None = None) -> list[Check]:
    """The checks that `entries` name, in their order.

    An entry is a name (`parse`, `types`, `lint`, `secrets`), `{types: {checker: pyrefly}}`, or a command
    with its own bounds: `{command: "pytest -q", name: tests, wall_s: 300}`; what a command does not say
    is taken from `limits`. Raises InvalidInput naming the entry and what is allowed.
    """
    checks: list[Check] = []
    for number, entry in enumerate(entries, 1):
        where = f"check {number}"
        check = _check(entry, limits or Limits(), where)
        if any(check.name == other.name for other in checks):
            raise InvalidInput(
                f"two checks are called `{check.name}`", where=where, hint="give one of them another `name`"
            )
        checks.append(check)
    return checks


def _check(entry: Any, limits: Limits, where: str) -> Check:
    if isinstance(entry, str):
        if entry == "command":
            raise InvalidInput(
                "a command check needs its command", where=where, hint='write `{command: "pytest -q"}`'
            )
        if entry not in _PLAIN:
            raise InvalidInput(
                f"unknown check `{entry}`; {nearest(entry, CHECK_NAMES)}",
                where=where,
                hint=f"to run it as a command, write `{{command: {entry!r}}}`",
            )
        return _PLAIN[entry]()
    if isinstance(entry, Mapping) and "command" in entry:
        return _command(entry, limits, where)
    if isinstance(entry, Mapping) and len(entry) == 1:
        name, options = next(iter(entry.items()))
        if name == "types" and isinstance(options, Mapping):
            return _types(options, where)
        if name in _PLAIN and not options:
            return _PLAIN[name]()
        if name in _PLAIN:
            raise InvalidInput(f"check `{name}` has no options, given {options!r}", where=where)
        raise InvalidInput(f"unknown check `{name}`; {nearest(str(name), CHECK_NAMES)}", where=where)
    raise InvalidInput(
        f"{entry!r} is not a check; {nearest('', CHECK_NAMES)}",
        where=where,
        hint='write a name, or `{command: "pytest -q", name: tests}`',
    )


def _types(options: Mapping[str, Any], where: str) -> Check:
    _known(options, _TYPES, where)
    environment = _environment(options, where)
    try:
        return TypesCheck(str(options.get("checker", "ty")), environment=environment)
    except InvalidInput as error:
        raise InvalidInput(error.message, where=where, hint=error.hint) from error


def _environment(options: Mapping[str, Any], where: str) -> Path | None:
    place = options.get("environment")
    if place is None:
        return None
    folder = Path(str(place)).expanduser().absolute()
    if not (folder / "pyvenv.cfg").is_file():
        raise InvalidInput(
            f"`environment` is {place!r}, which is not a virtual environment",
            where=where,
            hint="give a folder that `python -m venv` has made",
        )
    return folder


def _command(entry: Mapping[str, Any], limits: Limits, where: str) -> Check:
    _known(entry, _COMMAND, where)
    command = entry["command"]
    if not isinstance(command, (str, list, tuple)):
        raise InvalidInput(
            f"`command` is {command!r}", where=where, hint="give a line or a list of arguments"
        )
    env = entry.get("env", {})
    if not isinstance(env, Mapping):
        raise InvalidInput(f"`env` is {env!r}", where=where, hint="give a mapping of names to values")
    try:
        bounds = Limits(**{name: _number(entry, name, getattr(limits, name)) for name in _LIMITS})
        return CommandCheck(
            str(entry.get("name") or _short(command)),
            command,
            limits=bounds,
            env={str(name): str(value) for name, value in env.items()},
            environment=_environment(entry, where),
        )
    except InvalidInput as error:
        raise InvalidInput(error.message, where=where, hint=error.hint) from error


def _number(entry: Mapping[str, Any], name: str, default: Any) -> Any:
    value = entry.get(name, default)
    right = isinstance(value, bool) if name == "net" else isinstance(value, int | float)
    if not right or (name != "net" and isinstance(value, bool)):
        allowed = "true or false" if name == "net" else "a number above 0"
        raise InvalidInput(f"limit `{name}` is {value!r}; allowed: {allowed}")
    return value


def _known(options: Mapping[str, Any], allowed: Sequence[str], where: str) -> None:
    for name in options:
        if name not in allowed:
            raise InvalidInput(f"unknown option `{name}`; {nearest(str(name), allowed)}", where=where)


def _short(command: str | Sequence[str]) -> str:
    words = command.split() if isinstance(command, str) else [str(part) for part in command]
    return " ".join(words)[:40]
