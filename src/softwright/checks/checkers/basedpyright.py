"""basedpyright: the most widely used rules, slower to start."""

import json
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from softwright.checks.check import CheckerFailed
from softwright.checks.checkers.checker import Diagnoses, Setting, no_packages
from softwright.checks.diagnostics import Diagnostic
from softwright.checks.tool import find_program, run_tool
from softwright.core import Evidence
from softwright.workspaces import Fork

_MISSING = re.compile(r'Import "\.*([^"]+)" could not be resolved')


class BasedPyright:
    """Runs `basedpyright` with a configuration of ours only, in its `standard` mode.

    The repository's own file is not read: it may name an interpreter, which the checker would run.
    """

    name = "basedpyright"
    distribution = "basedpyright"

    def diagnose(self, fork: Fork, files: Sequence[str], setting: Setting) -> Diagnoses:
        """See `TypeChecker.diagnose`."""
        program = find_program("basedpyright", install="pip install basedpyright")
        with tempfile.TemporaryDirectory(prefix="softwright-pyright-") as folder:
            place = tree_of(fork, setting)
            config = Path(folder, "pyrightconfig.json")
            config.write_text(json.dumps(_config(place, files, setting, Path(folder))))
            argv = [program, "--project", str(config), "--outputjson"]
            result = run_tool(fork, argv, limits=setting.limits, allowed=frozenset({0, 1}))
        found = read_pyright(result.stdout, result.stderr, place=place, wanted=frozenset(files))
        return Diagnoses(found, result.cost)

    def missing_module(self, diagnostic: Diagnostic) -> str:
        """See `TypeChecker.missing_module`."""
        match = _MISSING.search(diagnostic.message)
        return match[1] if match else ""


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


def read_pyright(output: bytes, said: bytes, *, place: str, wanted: frozenset[str]) -> list[Diagnostic]:
    """The diagnostics of pyright's JSON about the `wanted` files below `place`.

    Raises CheckerFailed when the output is no such document.
    """
    try:
        rows = json.loads(output)["generalDiagnostics"]
        found = [
            Diagnostic(
                path=row["file"].removeprefix(f"{place}/"),
                line=row["range"]["start"]["line"] + 1,
                rule=row.get("rule", "syntax"),
                message=row["message"],
                severity="error" if row["severity"] == "error" else "warning",
            )
            for row in rows
        ]
    except (ValueError, KeyError, TypeError) as error:
        words = (said or output).decode("utf-8", "replace")
        trouble = Evidence("basedpyright gave no list of diagnostics", code="crash", detail=words)
        raise CheckerFailed(trouble.message, evidence=(trouble,)) from error
    return [d for d in found if d.path in wanted]
