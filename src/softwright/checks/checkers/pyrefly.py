"""pyrefly: a stable alternative, scoped to the given files."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import tomlkit

from softwright.checks.checkers.checker import Setting
from softwright.checks.checkers.program import ProgramChecker
from softwright.checks.diagnostics import Diagnostic
from softwright.workspaces import Fork


class Pyrefly(ProgramChecker):
    """Runs `pyrefly check` with a configuration of ours only.

    The repository's own file is not read: it may name an interpreter, which pyrefly would run.
    """

    name = "pyrefly"
    distribution = "pyrefly"
    missing = re.compile(r"Cannot find module `\.*([^`]+)`")

    def arguments(self, fork: Fork, files: Sequence[str], setting: Setting, folder: Path) -> list[str]:
        """See `ProgramChecker.arguments`."""
        config = folder / "pyrefly.toml"
        config.write_text(tomlkit.dumps(_config(setting)))
        argv = ["check", "--config", str(config), "--output-format", "json"]
        for place in (".", "src") if (fork.base.path / "src").is_dir() else (".",):
            argv += ["--search-path", place]
        return [*argv, "--summary", "none", "--progress-bar", "no", "--", *files]

    def rows(self, document: Any) -> Iterable[Diagnostic]:
        """See `ProgramChecker.rows`."""
        for row in document["errors"]:
            severity = "error" if row["severity"] == "error" else "warning"
            path = row["path"].removeprefix("./")
            yield Diagnostic(path, row["line"], row["name"], row["concise_description"], severity)


def _config(setting: Setting) -> dict[str, object]:
    table: dict[str, object] = {"skip-interpreter-query": True, "project-excludes": []}
    if setting.python_text:
        table["python-version"] = setting.python_text
    if setting.environment is not None:
        table["site-package-path"] = [str(p) for p in setting.environment.glob("lib/python*/site-packages")]
    return table
