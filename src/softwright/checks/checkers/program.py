"""A type checker that is a program: run once for an answer, its JSON read, a crash never a clean bill."""

import json
import re
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from softwright.checks.check import CheckerFailed
from softwright.checks.checkers.checker import Diagnoses, PatchedTree, Setting
from softwright.checks.diagnostics import Diagnostic
from softwright.checks.tool import find_program, path_among, run_tool
from softwright.core import Evidence
from softwright.workspaces import Fork


class ProgramChecker(ABC):
    """One run of a program in a fork for each answer. A subclass knows the command line and the output.

    `missing` is found in the message of an import that leads nowhere, its first group the module.
    """

    name: str
    distribution: str
    missing: re.Pattern[str]

    def diagnose(self, tree: PatchedTree, files: Sequence[str], setting: Setting) -> Diagnoses:
        """See `TypeChecker.diagnose`."""
        return self.run(tree, files, setting)

    def run(self, tree: PatchedTree, files: Sequence[str], setting: Setting) -> Diagnoses:
        """The program from nothing, whatever is known already."""
        program = self.program()
        with tempfile.TemporaryDirectory(prefix=f"softwright-{self.name}-") as folder, tree.fork() as fork:
            argv = [program, *self.arguments(fork, files, setting, Path(folder))]
            result = run_tool(fork, argv, limits=setting.limits, allowed=frozenset({0, 1}))
        return Diagnoses(self.read(result.stdout, result.stderr, wanted=frozenset(files)), result.cost)

    def program(self) -> str:
        """Path of the program; raises PrerequisiteMissing."""
        return find_program(self.name, install=f"pip install {self.distribution}")

    @abstractmethod
    def arguments(self, fork: Fork, files: Sequence[str], setting: Setting, folder: Path) -> list[str]:
        """What follows the program's name; its configuration may be written to `folder`."""

    @abstractmethod
    def rows(self, document: Any) -> Iterable[Diagnostic]:
        """The diagnostics in the program's JSON, paths as it wrote them. May raise for another document."""

    def read(self, output: bytes, said: bytes, *, wanted: frozenset[str]) -> list[Diagnostic]:
        """The diagnostics about the `wanted` files.

        Raises CheckerFailed with what the program `said` when the output is no such list.
        """
        try:
            found = list(self.rows(json.loads(output)))
        except (ValueError, KeyError, TypeError) as error:
            words = (said or output).decode("utf-8", "replace")
            trouble = Evidence(f"{self.name} gave no list of diagnostics", code="crash", detail=words)
            raise CheckerFailed(trouble.message, evidence=(trouble,)) from error
        crash = self.crash_in(found, said)
        if crash is not None:
            raise crash
        named = ((path_among(d.path, wanted), d) for d in found)
        return [Diagnostic(path, d.line, d.rule, d.message, d.severity) for path, d in named if path]

    def crash_in(self, found: Sequence[Diagnostic], said: bytes) -> CheckerFailed | None:
        """The crash that the diagnostics, or what the program said, tell of; None when there was none."""
        del found, said
        return None

    def missing_module(self, diagnostic: Diagnostic) -> str:
        """See `TypeChecker.missing_module`."""
        match = self.missing.search(diagnostic.message)
        return match[1] if match else ""
