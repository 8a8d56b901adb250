"""pyrefly: a stable alternative, scoped to the given files."""

import json
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

import tomlkit

from softwright.checks.check import CheckerFailed
from softwright.checks.checkers.checker import Diagnoses, Setting
from softwright.checks.diagnostics import Diagnostic
from softwright.checks.tool import find_program, run_tool
from softwright.core import Evidence
from softwright.workspaces import Fork

_MISSING = re.compile(r"Cannot find module `\.*([^`]+)`")


class Pyrefly:
    """Runs `pyrefly check` with a configuration of ours only.

    The repository's own file is not read: it may name an interpreter, which pyrefly would run.
    """

    name = "pyrefly"
    distribution = "pyrefly"

    def diagnose(self, fork: Fork, files: Sequence[str], setting: Setting) -> Diagnoses:
        """See `TypeChecker.diagnose`."""
        program = find_program("pyrefly", install="pip install pyrefly")
        with tempfile.TemporaryDirectory(prefix="softwright-pyrefly-") as folder:
            config = Path(folder, "pyrefly.toml")
            config.write_text(tomlkit.dumps(_config(setting)))
            argv = [program, "check", "--config", str(config), "--output-format", "json"]
            for place in (".", "src") if (fork.base.path / "src").is_dir() else (".",):
                argv += ["--search-path", place]
            argv += ["--summary", "none", "--progress-bar", "no", "--"]
            result = run_tool(fork, [*argv, *files], limits=setting.limits, allowed=frozenset({0, 1}))
        found = read_pyrefly(result.stdout, result.stderr, wanted=frozenset(files))
        return Diagnoses(found, result.cost)

    def missing_module(self, diagnostic: Diagnostic) -> str:
        """See `TypeChecker.missing_module`."""
        match = _MISSING.search(diagnostic.message)
        return match[1] if match else ""


def _config(setting: Setting) -> dict[str, object]:
    table: dict[str, object] = {"skip-interpreter-query": True, "project-excludes": []}
    if setting.python_text:
        table["python-version"] = setting.python_text
    if setting.environment is not None:
        table["site-package-path"] = [str(p) for p in setting.environment.glob("lib/python*/site-packages")]
    return table


def read_pyrefly(output: bytes, said: bytes, *, wanted: frozenset[str]) -> list[Diagnostic]:
    """The diagnostics of pyrefly's JSON about the `wanted` files; raises CheckerFailed for anything else."""
    try:
        rows = json.loads(output)["errors"]
        found = [
            Diagnostic(
                path=row["path"].removeprefix("./"),
                line=row["line"],
                rule=row["name"],
                message=row["concise_description"],
                severity="error" if row["severity"] == "error" else "warning",
            )
            for row in rows
        ]
    except (ValueError, KeyError, TypeError) as error:
        words = (said or output).decode("utf-8", "replace")
        trouble = Evidence("pyrefly gave no list of diagnostics", code="crash", detail=words)
        raise CheckerFailed(trouble.message, evidence=(trouble,)) from error
    return [d for d in found if d.path in wanted]
