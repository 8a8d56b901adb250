"""One run of a repository's command in a fork, and what came of it."""

import json
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from softwright.checks.check import CheckerFailed, LimitReached, clip
from softwright.checks.junit import TestOutcome, read_junit
from softwright.checks.subject import Subject
from softwright.core import Cost, Evidence, InvalidInput, Patch, Write
from softwright.workspaces import WORK, ExecResult, Isolation, Limits, open_fork

_SHELL = re.compile(r"[|&;<>()$`*?~#\n!{}]|\w=")
_OPERATORS = frozenset({"&&", "||", "|", ";", "&", ">", ">>", "<", "2>&1"})
_REPORT = ".softwright-junit.xml"
_CACHE = ".softwright-cache"
_OUTPUT = 4000
_UNKNOWN_PYTEST = b"No module named pytest"
_COMPLAINT = re.compile(
    r"^\s*(?:[\w.]*(?:Error|Exception|Failure)\b:|error\b|fatal:).*\S", re.IGNORECASE | re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """The end of one run: exit code, the outcome of each test where they are known, last words."""

    exit_code: int
    tests: dict[str, TestOutcome] | None = None
    output: str = ""
    cost: Cost = field(default_factory=Cost)

    @property
    def bad(self) -> dict[str, TestOutcome]:
        """Tests that failed, by name."""
        return {name: test for name, test in (self.tests or {}).items() if test.bad}

    @property
    def complaint(self) -> str:
        """The last line of the output that names an error, or "" when none does."""
        found = _COMPLAINT.findall(self.output)
        return clip(found[-1].strip(), 160) if found else ""

    def count(self, state: str) -> int:
        """Number of tests in a state."""
        return sum(test.state == state for test in (self.tests or {}).values())


@dataclass(frozen=True, slots=True)
class Command:
    """A command of the repository: arguments, or a line for the shell.

    `env` is added to the environment that the sandbox gives; `environment` is a virtual environment whose
    programs come first.
    """

    argv: tuple[str, ...]
    limits: Limits
    env: Mapping[str, str] = field(default_factory=dict)
    environment: Path | None = None

    @property
    def is_pytest(self) -> bool:
        """True when the command is pytest itself, so that it can be asked about each test."""
        program = PurePosixPath(self.argv[0]).name
        if program in ("pytest", "py.test"):
            return True
        return program.startswith("python") and self.argv[1:3] == ("-m", "pytest")

    @property
    def words(self) -> str:
        """The command as one would type it."""
        if self.argv[:2] == ("/bin/sh", "-c"):
            return self.argv[2]
        return shlex.join(self.argv)

    def attempt(self, subject: Subject, *, changed: bool, only: Iterable[str] = ()) -> Attempt:
        """Run once, on the unchanged tree or on the changed one; `only` these tests, where pytest can.

        Raises LimitReached when a limit ended it, CheckerFailed when the program is not there.
        """
        isolation = subject.isolation or Isolation.choose()
        chosen = sorted(only)
        with open_fork(subject.base(), isolation=isolation) as fork:
            if changed:
                fork.apply(subject.patch)
            if chosen and self.is_pytest:
                last = json.dumps(dict.fromkeys(chosen, True)).encode()
                fork.apply(Patch({f"{_CACHE}/v/cache/lastfailed": Write(last)}))
            argv = self._argv(again=bool(chosen))
            result = fork.exec(argv, limits=self.limits, env=self._env(subject), binds=self._binds())
            report = fork.read(_REPORT) if self.is_pytest else None
        tests = read_junit(report)
        where = "the changed tree" if changed else "the unchanged tree"
        self._must_have_run(result, where, tests)
        return Attempt(result.exit_code, tests, last_words(result), result.cost)

    def _argv(self, *, again: bool) -> list[str]:
        if not self.is_pytest:
            return list(self.argv)
        line = [*self.argv, f"--junitxml={_REPORT}", "-o", "junit_family=xunit1"]
        if again:
            return [*line, "-o", f"cache_dir={_CACHE}", "--lf", "--lfnf=none"]
        return [*line, "-p", "no:cacheprovider"]

    def _env(self, subject: Subject) -> dict[str, str]:
        # The tree comes before installed packages, which may hold another version of the same project.
        src = (subject.base().path / "src").is_dir()
        places = [f"{WORK}/src", WORK] if src else [WORK]
        plain = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": ":".join(places), "CI": "1"}
        if self.environment is not None:
            plain["VIRTUAL_ENV"] = str(self.environment)
            plain["PATH"] = f"{self.environment}/bin:/usr/local/bin:/usr/bin:/bin"
        return plain | dict(self.env)

    def _binds(self) -> list[Path]:
        """Folders to show: the environment, and the Python it was made from."""
        if self.environment is None:
            return []
        python = (self.environment / "bin" / "python").resolve()
        outside = python.parent.name == "bin" and not python.is_relative_to("/usr")
        return [self.environment, *([python.parent.parent] if outside else [])]

    def _must_have_run(self, result: ExecResult, where: str, tests: dict[str, TestOutcome] | None) -> None:
        if result.limit_hit:
            bound = _bound(self.limits, result.limit_hit)
            raise LimitReached(
                result.limit_hit,
                f"`{clip(self.words, 80)}` reached the {result.limit_hit} limit{bound} on {where}",
                detail=last_words(result),
            )
        no_pytest = self.is_pytest and tests is None and _UNKNOWN_PYTEST in result.stderr
        if result.exit_code in (126, 127) or no_pytest:
            program = "pytest" if no_pytest else self.argv[0] if self.argv[0] != "/bin/sh" else self.words
            hint = (
                "commands see the system's programs and the Python environment that runs Softwright: install "
                "it there, or name a virtual environment that has it: `environment: path/to/venv`"
            )
            message = f"`{clip(program, 80)}` was not found in the sandbox, or may not be run"
            evidence = Evidence(
                message, code=f"exit {result.exit_code}", detail=f"{hint}\n\n{last_words(result)}"
            )
            raise CheckerFailed(message, evidence=(evidence,))


def parse_command(command: str | Sequence[str]) -> tuple[str, ...]:
    """Arguments of a command given as a list, or as a line; a line that needs a shell gets `/bin/sh -c`.

    Raises InvalidInput when there is none, or its quotes do not close.
    """
    if not isinstance(command, str):
        argv = tuple(str(part) for part in command)
        if not _OPERATORS.isdisjoint(argv):
            sign = next(part for part in argv if part in _OPERATORS)
            raise InvalidInput(
                f"command {list(argv)} holds `{sign}`, which only a shell understands",
                hint="write the command as one line of text",
            )
    elif _SHELL.search(command):
        argv = ("/bin/sh", "-c", command) if command.strip() else ()
    else:
        try:
            argv = tuple(shlex.split(command))
        except ValueError as error:
            raise InvalidInput(
                f"command {command!r} cannot be read: {error}", hint="close the quote"
            ) from error
    if not argv or not argv[0]:
        raise InvalidInput("a check's `command` is empty", hint='give one, such as "pytest -q"')
    return argv


def last_words(result: ExecResult) -> str:
    """The end of what a command wrote, standard output before standard error."""
    parts = [
        result.stdout.decode("utf-8", "replace").strip(),
        result.stderr.decode("utf-8", "replace").strip(),
    ]
    return clip("\n".join(part for part in parts if part), _OUTPUT, tail=True)


def _bound(limits: Limits, which: str) -> str:
    told = {
        "wall": f"{limits.wall_s:g} s",
        "cpu": f"{limits.cpu_s:g} s",
        "memory": f"{limits.memory_mb} MiB",
        "processes": str(limits.processes),
        "file": f"{limits.file_mb} MiB",
        "disk": f"{limits.disk_mb} MiB",
        "output": f"{limits.output_kb} KiB",
    }
    return f" ({told[which]})" if which in told else ""
