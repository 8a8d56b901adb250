"""No new lint findings: ruff, with the repository's own configuration where it has one."""

import json
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from softwright.checks.check import CheckerFailed, LimitReached, bounded, guarded, nameable, skipped
from softwright.checks.checkers import installed_version
from softwright.checks.diagnostics import Diagnostic, split_new
from softwright.checks.project import toml_of
from softwright.checks.subject import Subject
from softwright.checks.tool import find_program, path_among, run_tool
from softwright.core import Evidence, Outcome, Verdict, counted, digest, language_of
from softwright.facts.requires_python import PythonFloors
from softwright.workspaces import Fork, Isolation, open_fork

SERIOUS = ("E9", "F63", "F7", "F82", "F401")
"""What counts in a repository that does not use ruff: code that cannot work, and imports left unused."""

_CONFIGS = (".ruff.toml", "ruff.toml", "pyproject.toml")


class LintCheck:
    """Findings of ruff in the written Python files, compared with the same files before.

    Without a configuration of ruff in the repository only `SERIOUS` findings count. A configuration that
    ruff refuses, or that reaches outside of the repository, is left out, and the verdict says so.
    """

    name = "lint"
    config = digest(list(SERIOUS))

    @property
    def version(self) -> str:
        """Of this check and of ruff."""
        return f"2+ruff-{installed_version('ruff')}"

    def run(self, subject: Subject) -> Verdict:
        """FAIL with every new finding; SKIP when the change writes no Python file."""
        files, unread = nameable(p for p in subject.written if language_of(p) == "python")
        if unread and not files:
            return replace(skipped(self.name, "no Python file is left to lint"), known=bounded(unread))
        if not files:
            return skipped(self.name, "the change writes no Python file")
        return guarded(self.name, lambda: self._compare(subject, files, unread))

    def _compare(self, subject: Subject, files: list[str], unread: Sequence[Evidence]) -> Verdict:
        own = [path for path in files if find_config(subject, path)]
        notes = list(unread)
        for place in sorted({find_config(subject, path) for path in own}):
            outside = reaches_outside(subject, place)
            if outside:
                own = []
                notes.append(_note(f"{place} extends `{outside}`, which is not in the repository: left out"))
        new: list[Diagnostic] = []
        known: list[Diagnostic] = []
        if own:
            try:
                new, known = self._with_own(subject, own)
            except CheckerFailed as fault:
                words = fault.evidence[0].detail if fault.evidence else ""
                notes.append(_note("ruff refused the repository's configuration: left out", words))
                own = []
        plain = [path for path in files if path not in own]
        if plain:
            fresh, old = self._plain(subject, plain)
            new, known = [*new, *fresh], [*known, *old]
        told = bounded([*notes, *(d.to_evidence() for d in known)])
        rules = "the repository's rules" if own else "serious rules only"
        if new:
            where = counted(len({d.path for d in new}), "file")
            summary = f"{counted(len(new), 'new lint finding')} in {where} ({rules})"
            return Verdict(self.name, Outcome.FAIL, summary, bounded(d.to_evidence() for d in new), told)
        summary = f"{counted(len(files), 'file')} linted, {rules}: nothing new"
        return Verdict(self.name, Outcome.PASS, summary, known=told)

    def _with_own(self, subject: Subject, files: list[str]) -> tuple[list[Diagnostic], list[Diagnostic]]:
        isolation = subject.isolation or Isolation.choose(allow_unsandboxed=True)  # no repository code is run
        with open_fork(subject.base(), isolation=isolation) as fork:
            fork.apply(subject.patch)
            found = _ruff(fork, ["--force-exclude"], files, subject)
        there = [path for path in files if subject.read(path) is not None]
        if not found or not there:
            return found, []
        with open_fork(subject.base(), isolation=isolation) as fork:
            base = _ruff(fork, ["--force-exclude"], there, subject)
        return split_new(base, found)

    def _plain(self, subject: Subject, files: list[str]) -> tuple[list[Diagnostic], list[Diagnostic]]:
        """Both versions of the files in one run of ruff, in a folder of their own: no tree is needed."""
        known = PythonFloors(subject.after)
        floors = {known.of(path) for path in files}
        low = min((floor for floor in floors if floor is not None), default=None)
        pairs = {path: (subject.read(path), subject.written[path].content) for path in files}
        found = _ruff_pairs(pairs, low, wall_s=subject.limits.wall_s)
        before = [_without(d, "before/") for d in found if d.path.startswith("before/")]
        after = [_without(d, "after/") for d in found if d.path.startswith("after/")]
        return split_new(before, after)


def _note(message: str, detail: str = "") -> Evidence:
    return Evidence(message, code="note", detail=detail)


def find_config(subject: Subject, path: str) -> str:
    """The file of the repository that configures ruff for `path`, "" when there is none."""
    for folder in PurePosixPath(path).parents:
        for name in _CONFIGS:
            place = str(folder / name)
            if name == "pyproject.toml":
                if "ruff" in toml_of(subject.after, place).get("tool", {}):
                    return place
            elif subject.after(place) is not None:
                return place
    return ""


def reaches_outside(subject: Subject, config: str) -> str:
    """The first `extend` on the way from `config` that leaves the repository, "" when none does."""
    seen: set[str] = set()
    while config and config not in seen:
        seen.add(config)
        table: Any = toml_of(subject.after, config)
        if PurePosixPath(config).name == "pyproject.toml":
            table = table.get("tool", {}).get("ruff", {})
        extend = table.get("extend")
        if not isinstance(extend, str):
            return ""
        config = _inside(PurePosixPath(config).parent, extend)
        if not config or subject.after(config) is None:
            return extend
    return ""


def _inside(folder: PurePosixPath, path: str) -> str:
    """`path`, as written in a file of `folder`, from the root of the tree; "" when it leaves the tree."""
    if path.startswith(("/", "~", "$")):
        return ""
    parts: list[str] = []
    for part in (folder / path).parts:
        if part != "..":
            parts.append(part)
        elif parts:
            parts.pop()
        else:
            return ""
    return "/".join(parts)


_RUFF = ["check", "--output-format", "json", "--no-cache", "--quiet", "--no-fix"]


def _ruff(fork: Fork, options: list[str], files: Sequence[str], subject: Subject) -> list[Diagnostic]:
    program = find_program("ruff", install="pip install ruff")
    argv = [program, *_RUFF, *options, "--", *files]
    result = run_tool(fork, argv, limits=subject.limits, allowed=frozenset({0, 1}))
    return list(_read(result.stdout, frozenset(files)))


def _ruff_pairs(
    pairs: dict[str, tuple[bytes | None, bytes]], low: tuple[int, int] | None, *, wall_s: float
) -> list[Diagnostic]:
    """Serious findings in both versions of each file, paths below `before/` and `after/`."""
    program = find_program("ruff", install="pip install ruff")
    with tempfile.TemporaryDirectory(prefix="softwright-lint-") as folder:
        files: list[str] = []
        for path, versions in pairs.items():
            for side, content in zip(("before", "after"), versions, strict=True):
                if content is not None:
                    place = Path(folder, side, path)
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.write_bytes(content)
                    files.append(f"{side}/{path}")
        argv = [program, *_RUFF, "--isolated", "--select", ",".join(SERIOUS), *_target(low)]
        argv += ["--per-file-ignores", "__init__.py:F401"]  # there an import may be meant for others
        try:
            done = subprocess.run(
                [*argv, "--", *files], cwd=folder, capture_output=True, timeout=wall_s, env={}, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise LimitReached("wall", f"`ruff` was stopped by the wall limit of {wall_s:g} s") from error
        if done.returncode not in (0, 1):
            words = done.stderr.decode("utf-8", "replace")
            message = f"`ruff` ended with exit code {done.returncode}"
            raise CheckerFailed(message, evidence=(Evidence(message, code="crash", detail=words),))
        root = str(Path(folder).resolve()) + "/"
        return [_without(d, root) for d in _read(done.stdout, None)]


def _target(low: tuple[int, int] | None) -> list[str]:
    if low is None:
        return []
    minor = min(max(low[1] if low[0] == 3 else 7, 7), 15)
    return ["--target-version", f"py3{minor}"]


def _without(diagnostic: Diagnostic, prefix: str) -> Diagnostic:
    path = diagnostic.path.removeprefix(prefix)
    return Diagnostic(path, diagnostic.line, diagnostic.rule, diagnostic.message)


def _read(output: bytes, wanted: frozenset[str] | None) -> Iterator[Diagnostic]:
    try:
        rows = json.loads(output or b"[]")
        for row in rows:
            path = str(row["filename"])  # absolute, and only ruff knows where the fork lies
            path = path_among(path, wanted or frozenset()) or path
            rule = row.get("code") or row.get("name") or "syntax"
            yield Diagnostic(path, row["location"]["row"], str(rule), row["message"])
    except (ValueError, KeyError, TypeError) as error:
        raise CheckerFailed("ruff gave no list of findings") from error
