"""ty: the default. A running server answers in hundredths of a second, a run from nothing in tenths."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import tomlkit

from softwright.checks.check import CheckerFailed
from softwright.checks.checkers.checker import Diagnoses, PatchedTree, Setting, no_packages
from softwright.checks.checkers.program import ProgramChecker
from softwright.checks.checkers.ty_server import SERVERS, ServerFailed
from softwright.checks.diagnostics import Diagnostic
from softwright.core import Evidence
from softwright.workspaces import Fork

_BROKEN = frozenset({"panic", "io", "internal-error"})
_WARNINGS = frozenset({"minor", "info"})


class Ty(ProgramChecker):
    """Asks a `ty server` of the tree; where that cannot tell, `ty check` on the given files.

    The repository's own rules are kept; the environment is the setting's and never the one that
    Softwright runs in, so that the same tree gives the same answer on every machine.
    """

    name = "ty"
    distribution = "ty"
    missing = re.compile(r"Cannot resolve imported module `\.*([^`]+)`")

    def diagnose(self, tree: PatchedTree, files: Sequence[str], setting: Setting) -> Diagnoses:
        """See `TypeChecker.diagnose`."""
        program = self.program()
        try:
            return SERVERS.diagnose(
                tree,
                files,
                start=lambda folder: ([program, "server"], self.write_config(setting, folder)),
                limits=setting.limits,
                setting=(program, setting.python_text, setting.environment, repr(setting.options)),
            )
        except ServerFailed:  # `ty check` tells why, or knows better
            return self.run(tree, files, setting)

    def arguments(self, fork: Fork, files: Sequence[str], setting: Setting, folder: Path) -> list[str]:
        """See `ProgramChecker.arguments`."""
        del fork
        config = self.write_config(setting, folder)
        argv = ["check", "--project", ".", "--config-file", str(config), "--output-format", "gitlab"]
        return [*argv, "--no-progress", "--color", "never", "--", *files]

    def write_config(self, setting: Setting, folder: Path) -> Path:
        """The configuration file, written to `folder`: no file is passed over for where it lies."""
        environment = dict(setting.options.get("environment", {}))
        if setting.python_text:
            environment.setdefault("python-version", setting.python_text)
        environment["python"] = str(setting.environment or no_packages(folder))
        table = setting.options | {
            "environment": environment,
            "src": {"exclude": ["!**"], "respect-ignore-files": False},
        }
        config = folder / "ty.toml"
        config.write_text(tomlkit.dumps(table))
        return config

    def rows(self, document: Any) -> Iterable[Diagnostic]:
        """See `ProgramChecker.rows`."""
        for row in document:
            place, rule = row["location"], row["check_name"]
            severity = "warning" if row["severity"] in _WARNINGS else "error"
            message = row["description"].removeprefix(f"{rule}: ")
            yield Diagnostic(place["path"], place["positions"]["begin"]["line"], rule, message, severity)

    def crash_in(self, found: Sequence[Diagnostic], said: bytes) -> CheckerFailed | None:
        """Panics and unread files are listed among the diagnostics, or only told of."""
        broken = [d for d in found if d.rule in _BROKEN]
        if not broken and b"panicked at" not in said:
            return None
        words = said.decode("utf-8", "replace")
        evidence = tuple(Evidence(d.message, path=d.path, code=d.rule, detail=words) for d in broken)
        return CheckerFailed(
            f"ty crashed on {broken[0].path or 'a file'}" if broken else "ty crashed",
            evidence=evidence or (Evidence("ty crashed", code="crash", detail=words),),
        )
