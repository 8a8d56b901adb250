"""No new type errors in the changed files and the files that import them."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from softwright.checks.check import CheckerFailed, bounded, guarded, nameable, skipped
from softwright.checks.checkers import (
    CHECKERS,
    Diagnoses,
    PatchedTree,
    Setting,
    TypeChecker,
    installed_version,
)
from softwright.checks.diagnostics import Diagnostic, split_new
from softwright.checks.project import declares, toml_of
from softwright.checks.subject import Subject
from softwright.core import (
    Cost,
    Evidence,
    InvalidInput,
    Outcome,
    Patch,
    Verdict,
    counted,
    digest,
    language_of,
    nearest,
)
from softwright.facts.requires_python import PythonFloors
from softwright.workspaces import Isolation

_MOST_KEPT = 5000
_MOST_FILES = 3000
_NOTE = "note"


class TypesCheck:
    """Type diagnostics of the changed Python files and their importers, compared with the unchanged tree.

    `checker` is one of `CHECKERS`; `environment` a virtual environment that holds the repository's
    dependencies, None for none. Without one an import of a third-party package is unknown before and
    after, and cancels out.
    """

    name = "types"

    def __init__(self, checker: str = "ty", *, environment: Path | None = None) -> None:
        if checker not in CHECKERS:
            raise InvalidInput(f"type checker `{checker}` is not known; {nearest(checker, CHECKERS)}")
        self.checker: TypeChecker = CHECKERS[checker]
        self.environment = environment
        self.config = digest([checker, str(environment or "")])

    @property
    def version(self) -> str:
        """Of this check and of the checker."""
        return f"2+{self.checker.name}-{installed_version(self.checker.distribution)}"

    def run(self, subject: Subject) -> Verdict:
        """FAIL with every new error; new warnings are shown and do not block."""
        edited = [path for path in subject.written if _is_python(path)]
        gone = [path for path in subject.deleted if _is_python(path)]
        if not edited and not gone:
            return skipped(self.name, "the change touches no Python file")
        checked, unread = nameable(_checked(subject, edited))
        files = [path for path in checked if _is_utf8(subject.after(path))]
        read = set(files)
        unread += [
            Evidence("not UTF-8: type checkers cannot read it", p, code=_NOTE)
            for p in checked
            if p not in read
        ]
        if not files:
            return replace(skipped(self.name, "no Python file is left to check"), known=bounded(unread))
        return guarded(self.name, lambda: self._compare(subject, files, unread))

    def _compare(self, subject: Subject, files: list[str], unread: Sequence[Evidence]) -> Verdict:
        options = _own_options(subject) if self.checker.name == "ty" else {}
        setting = Setting(
            PythonFloors(subject.after).of(),
            environment=self.environment,
            options=options,
            limits=subject.limits,
        )
        notes = list(unread)
        if len(files) > _MOST_FILES:
            left_out = counted(len(files) - _MOST_FILES, "importer")
            notes.append(Evidence(f"{left_out} not checked: at most {_MOST_FILES} files are", code=_NOTE))
            files = files[:_MOST_FILES]
        try:
            found, cost = self._diagnose(subject, files, setting, changed=True)
        except CheckerFailed:
            if not options:
                raise
            setting = replace(setting, options={})
            found, cost = self._diagnose(subject, files, setting, changed=True)
            notes.append(
                Evidence("the repository's own ty configuration was refused, and left out", code=_NOTE)
            )
        told = f"{counted(len(files), 'file')} checked with {self.checker.name}"
        if not found:
            return Verdict(self.name, Outcome.PASS, f"{told}: no error", known=tuple(notes), cost=cost)
        base, base_cost = self._base(subject, files, setting)
        cost += base_cost
        new, known = split_new(base, found, moved=_moved(subject))
        new, excused = self._excuse_absent_packages(subject, new, [*base, *known])
        errors = [d for d in new if d.severity == "error"]
        warnings = [d for d in new if d.severity != "error"]
        shown = bounded([*notes, *(d.to_evidence() for d in [*excused, *known])])
        evidence = bounded(d.to_evidence() for d in [*errors, *warnings])
        if errors:
            where = counted(len({d.path for d in errors}), "file")
            summary = f"{counted(len(errors), 'new type error')} in {where} ({self.checker.name})"
            return Verdict(self.name, Outcome.FAIL, summary, evidence, shown, cost)
        return Verdict(self.name, Outcome.PASS, f"{told}: no new error", evidence, shown, cost)

    def _diagnose(
        self, subject: Subject, files: Sequence[str], setting: Setting, *, changed: bool
    ) -> Diagnoses:
        isolation = subject.isolation or Isolation.choose(allow_unsandboxed=True)  # no repository code is run
        tree = PatchedTree(subject.base(), isolation, subject.patch if changed else Patch({}))
        return self.checker.diagnose(tree, files, setting)

    def _base(self, subject: Subject, files: Sequence[str], setting: Setting) -> Diagnoses:
        """Diagnostics of the same files in the unchanged tree, kept by tree, files and checker."""
        moved = _moved(subject)
        there = sorted({moved.get(path, path) for path in files if _in_base(subject, moved.get(path, path))})
        if not there:
            return Diagnoses([], Cost())
        python = list(setting.python or ())
        key = subject.base_key("types", self.version, self.config, there, python, setting.options)
        kept = subject.cache.get(key)
        if kept is not None:
            rows = kept.evidence
            return Diagnoses([Diagnostic(e.path, e.line, e.code, e.message, e.detail) for e in rows], Cost())
        found, cost = self._diagnose(subject, there, setting, changed=False)
        if len(found) <= _MOST_KEPT:
            rows = tuple(Evidence(d.message, d.path, d.line, d.rule, d.severity) for d in found)
            subject.cache.put(key, Verdict("types.baseline", Outcome.PASS, f"{len(rows)} diagnostics", rows))
        return Diagnoses(found, cost)

    def _excuse_absent_packages(
        self, subject: Subject, new: list[Diagnostic], known: list[Diagnostic]
    ) -> tuple[list[Diagnostic], list[Diagnostic]]:
        """`new` as (new, excused): excused are imports of packages that the repository depends on already.

        Such a package is only absent here. A module of the repository itself or of the standard library
        is never excused, nor a package that nothing declares or imports yet.
        """
        absent = {_top(self.checker.missing_module(d)) for d in known} - {""}
        excused = [d for d in new if self._is_absent_package(subject, d, absent)]
        return [d for d in new if d not in excused], excused

    def _is_absent_package(self, subject: Subject, diagnostic: Diagnostic, absent: set[str]) -> bool:
        top = _top(self.checker.missing_module(diagnostic))
        if not top or top in sys.stdlib_module_names or _is_own(subject, top):
            return False
        return top in absent or declares(subject.after, top)


def _is_utf8(content: bytes | None) -> bool:
    try:
        (content or b"").decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_python(path: str) -> bool:
    return language_of(path) == "python"


def _top(module: str) -> str:
    return module.split(".", 1)[0]


def _is_own(subject: Subject, top: str) -> bool:
    tree = subject.base().path
    names = [f"{place}{name}" for place in ("", "src/") for name in (top, f"{top}.py")]
    written = any(path == name or path.startswith(f"{name}/") for path in subject.written for name in names)
    return written or any((tree / name).exists() for name in names)


def _checked(subject: Subject, edited: Sequence[str]) -> list[str]:
    gone = set(subject.deleted)
    importers = [p for p in subject.importers if _is_python(p) and p not in gone]
    present = [p for p in importers if p in subject.patch.files or subject.read(p) is not None]
    return list(dict.fromkeys([*edited, *sorted(present)]))


def _in_base(subject: Subject, path: str) -> bool:
    return subject.read(path) is not None


def _moved(subject: Subject) -> dict[str, str]:
    """New paths by the removed path they came from: the same content, or the same file name."""
    fresh = [path for path in subject.written if _is_python(path) and subject.read(path) is None]
    left = [path for path in subject.deleted if _is_python(path)]
    moved: dict[str, str] = {}
    for path in fresh:
        content = subject.written[path].content
        same = [old for old in left if subject.read(old) == content]
        named = [old for old in left if PurePosixPath(old).name == PurePosixPath(path).name]
        for old in (same or named)[:1]:
            moved[path] = old
            left.remove(old)
    return moved


def _own_options(subject: Subject) -> dict[str, Any]:
    """The repository's configuration of ty without anything that points outside of the repository."""
    table = toml_of(subject.after, "ty.toml")
    if not table:
        table = toml_of(subject.after, "pyproject.toml").get("tool", {}).get("ty", {})
    options = {name: table[name] for name in ("rules", "analysis", "overrides") if name in table}
    environment = {
        name: value
        for name, value in table.get("environment", {}).items()
        if name in ("python-version", "python-platform")
    }
    for name in ("root", "extra-paths"):
        inside = [p for p in table.get("environment", {}).get(name, ()) if _is_inside(p)]
        if inside:
            environment[name] = inside
    return options | ({"environment": environment} if environment else {})


def _is_inside(path: object) -> bool:
    return (
        isinstance(path, str)
        and not path.startswith(("/", "~", "$"))
        and ".." not in PurePosixPath(path).parts
    )
