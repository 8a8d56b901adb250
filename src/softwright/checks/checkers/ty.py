"""ty: the default. Scoped runs take tenths of a second on large trees."""

import json
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

import tomlkit

from softwright.checks.check import CheckerFailed
from softwright.checks.checkers.checker import Diagnoses, Setting, no_packages
from softwright.checks.diagnostics import Diagnostic
from softwright.checks.tool import find_program, run_tool
from softwright.core import Evidence
from softwright.workspaces import Fork

_MISSING = re.compile(r"Cannot resolve imported module `\.*([^`]+)`")
_BROKEN = frozenset({"panic", "io", "internal-error"})
_WARNINGS = frozenset({"minor", "info"})


class Ty:
    """Runs `ty check` on the given files with a configuration of ours.

    The repository's own rules are kept; the environment is the setting's and never the one that
    Softwright runs in, so that the same tree gives the same answer on every machine.
    """

    name = "ty"
    distribution = "ty"

    def diagnose(self, fork: Fork, files: Sequence[str], setting: Setting) -> Diagnoses:
        """See `TypeChecker.diagnose`."""
        program = find_program("ty", install="pip install ty")
        with tempfile.TemporaryDirectory(prefix="softwright-ty-") as folder:
            config = Path(folder, "ty.toml")
            config.write_text(tomlkit.dumps(_config(setting)))
            argv = [program, "check", "--project", ".", "--config-file", str(config)]
            argv += ["--python", str(setting.environment or no_packages(Path(folder)))]
            argv += ["--output-format", "gitlab", "--no-progress", "--color", "never", "--"]
            result = run_tool(fork, [*argv, *files], limits=setting.limits, allowed=frozenset({0, 1}))
        found = read_gitlab(result.stdout, result.stderr, wanted=frozenset(files))
        return Diagnoses(found, result.cost)

    def missing_module(self, diagnostic: Diagnostic) -> str:
        """See `TypeChecker.missing_module`."""
        match = _MISSING.search(diagnostic.message)
        return match[1] if match else ""


def _config(setting: Setting) -> dict[str, object]:
    options = dict(setting.options)
    environment = dict(options.get("environment", {}))
    if setting.python_text:
        environment.setdefault("python-version", setting.python_text)
    return options | ({"environment": environment} if environment else {})


def read_gitlab(output: bytes, said: bytes, *, wanted: frozenset[str]) -> list[Diagnostic]:
    """The diagnostics of ty's `gitlab` format about the `wanted` files.

    Raises CheckerFailed when the output is no such list, or when it tells of a crash or an unread file.
    """
    try:
        rows = json.loads(output)
        found = [
            Diagnostic(
                path=row["location"]["path"],
                line=row["location"]["positions"]["begin"]["line"],
                rule=row["check_name"],
                message=row["description"].removeprefix(f"{row['check_name']}: "),
                severity="warning" if row["severity"] in _WARNINGS else "error",
            )
            for row in rows
        ]
    except (ValueError, KeyError, TypeError) as error:
        words = (said or output).decode("utf-8", "replace")
        trouble = Evidence("ty gave no list of diagnostics", code="crash", detail=words)
        raise CheckerFailed(trouble.message, evidence=(trouble,)) from error
    broken = [d for d in found if d.rule in _BROKEN]
    if broken or b"panicked at" in said:
        words = said.decode("utf-8", "replace")
        evidence = tuple(Evidence(d.message, path=d.path, code=d.rule, detail=words) for d in broken)
        raise CheckerFailed(
            f"ty crashed on {broken[0].path or 'a file'}" if broken else "ty crashed",
            evidence=evidence or (Evidence("ty crashed", code="crash", detail=words),),
        )
    return [d for d in found if d.path in wanted]
