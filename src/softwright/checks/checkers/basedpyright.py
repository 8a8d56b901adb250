"""basedpyright: the most widely used rules, slower to start."""

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from softwright.checks.checkers.checker import Setting, no_packages
from softwright.checks.checkers.program import ProgramChecker
from softwright.checks.diagnostics import Diagnostic
from softwright.checks.tool import run_tool
from softwright.workspaces import Fork


class BasedPyright(ProgramChecker):
    """Runs `basedpyright` with a configuration of ours only, in its `standard` mode.

    The repository's own file is not read: it may name an interpreter, which the checker would run.
    """

    name = "basedpyright"
    distribution = "basedpyright"
    missing = re.compile(r'Import "\.*([^"]+)" could not be resolved')

    def arguments(self, fork: Fork, files: Sequence[str], setting: Setting, folder: Path) -> list[str]:
        """See `ProgramChecker.arguments`."""
        config = folder / "pyrightconfig.json"
        config.write_text(json.dumps(_config(tree_of(fork, setting), files, setting, folder)))
        return ["--project", str(config), "--outputjson"]

    def rows(self, document: Any) -> Iterable[Diagnostic]:
        """See `ProgramChecker.rows`."""
        for row in document["generalDiagnostics"]:
            line = row["range"]["start"]["line"] + 1
            severity = "error" if row["severity"] == "error" else "warning"
            yield Diagnostic(row["file"], line, row.get("rule", "syntax"), row["message"], severity)


def tree_of(fork: Fork, setting: Setting) -> str:
    """Absolute path at which trusted tools see the fork's tree."""
    result = run_tool(fork, ["/bin/pwd", "-P"], limits=setting.limits, allowed=frozenset({0}))
    return result.stdout.decode("utf-8", "surrogateescape").strip()


def _config(place: str, files: Sequence[str], setting: Setting, folder: Path) -> dict[str, object]:
    environment = setting.environment or no_packages(folder)
    table: dict[str, object] = {
        "include": [f"{place}/{path}" for path in files],
        "exclude": [],
        "extraPaths": [place, f"{place}/src"],
        "typeCheckingMode": "standard",
        "reportMissingModuleSource": "error",
        "useLibraryCodeForTypes": setting.environment is not None,
        "venvPath": str(environment.parent),
        "venv": environment.name,
        "baselineFile": str(folder / "none.json"),
    }
    if setting.python_text:
        table["pythonVersion"] = setting.python_text
    return table
