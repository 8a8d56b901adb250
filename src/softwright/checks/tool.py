"""Running our own checkers: programs that read the tree and run none of its code."""

import os
import shutil
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from softwright.checks.check import CheckerFailed, LimitReached
from softwright.core import Evidence, PrerequisiteMissing
from softwright.workspaces import ExecResult, Fork, Limits

_OUTPUT_KB = 64 * 1024


def find_program(name: str, *, install: str) -> str:
    """Path of a program of this Python environment, or else of the PATH.

    Raises PrerequisiteMissing with the command that installs it.
    """
    for folder in (sysconfig.get_path("scripts"), str(Path(sys.executable).parent)):
        path = Path(folder, name)
        if os.access(path, os.X_OK):
            return str(path)
    found = shutil.which(name)
    if found is None:
        raise PrerequisiteMissing(f"the program `{name}` was not found", hint=f"install it: {install}")
    return found


def path_among(said: str, wanted: frozenset[str]) -> str:
    """The one of the `wanted` paths that a tool means, which may name it from its own root; "" for none."""
    if said in wanted:
        return said
    parts = PurePosixPath(said).parts
    return next((p for i in range(1, len(parts)) if (p := "/".join(parts[i:])) in wanted), "")


def run_tool(
    fork: Fork, argv: Sequence[str], *, limits: Limits, allowed: frozenset[int], stdin: bytes = b""
) -> ExecResult:
    """The end of a checker that ran in the fork.

    Raises LimitReached when a limit ended it, CheckerFailed when it ended with any exit code but those
    `allowed`: a crash, a refused configuration.
    """
    limits = replace(limits, output_kb=max(limits.output_kb, _OUTPUT_KB))
    result = fork.exec(argv, limits=limits, trusted=True, stdin=stdin)
    name = Path(argv[0]).name
    if result.limit_hit:
        raise LimitReached(result.limit_hit, f"`{name}` was stopped by the {result.limit_hit} limit")
    if result.exit_code not in allowed:
        words = (result.stderr or result.stdout).decode("utf-8", "replace").strip()
        message = f"`{name}` ended with exit code {result.exit_code}"
        raise CheckerFailed(message, evidence=(Evidence(message, code="crash", detail=words),))
    return result
