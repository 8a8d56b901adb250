"""Rules: make one, test them by their samples, try one on a folder, list and show them."""

import difflib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from softwright.app.wiring import House
from softwright.core import InvalidInput, OutsideFault, language_of, nearest
from softwright.facts.flags import is_test
from softwright.facts.requires_python import MANIFESTS, PythonFloors
from softwright.rewrite import (
    FileFacts,
    Rewrite,
    Rule,
    all_rules,
    check_samples,
    find_rule,
    load_rule,
    needs_newer_python,
    rewrite,
    rule_files,
)
from softwright.rewrite.draft import draft_rule
from softwright.rewrite.export import Exported as Exported
from softwright.rewrite.export import to_ast_grep
from softwright.rewrite.library import SHIPPED

_SKIPPED_FOLDERS = frozenset(
    {".git", ".hg", ".venv", "venv", "node_modules", "__pycache__", ".tox", ".mypy_cache"}
)

EXPORTS = {"ast-grep": to_ast_grep}
"""Forms that rules can be exported to."""

_UNNAMED = "not run: its Python function runs only when the rule is named"


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One known rule; `origin` is `own` or `shipped`, `problem` says why its file cannot be used."""

    id: str
    language: str
    safety: str
    message: str
    samples: int
    path: str
    origin: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class SampleRow:
    """How one sample ended; `diff` shows wanted against got, or before against after when it holds."""

    title: str
    line: int
    ok: bool
    problem: str
    diff: str


@dataclass(frozen=True, slots=True)
class RuleTest:
    """All samples of one rule file."""

    id: str
    path: str
    ok: bool
    problems: tuple[str, ...]
    samples: tuple[SampleRow, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """What a rule does to one file: sites found, the diff, why it was refused, notes, written or not."""

    path: str
    sites: int
    diff: str
    refused: str
    notes: tuple[str, ...]
    suppressed: tuple[int, ...]
    dropped: int
    written: bool


def list_rules(house: House) -> list[RuleRow]:
    """The rules of the settings' folders, then the shipped ones; files that do not parse are listed too."""
    rows: list[RuleRow] = []
    for name, path in sorted(rule_files(house.settings.rules).items()):
        try:
            rule = load_rule(path)
        except InvalidInput as error:
            rows.append(RuleRow(name, "", "", "", 0, str(path), _origin(path), str(error)))
            continue
        rows.append(_row(rule))
    return sorted(rows, key=lambda row: row.origin != "own")


def show_rule(house: House, name: str) -> tuple[RuleRow, str]:
    """A rule and the text of its file. Raises InvalidInput naming the nearest rules."""
    rule = find_rule(name, house.settings.rules)
    return _row(rule), Path(rule.path).read_text(encoding="utf-8")


def export_rule(house: House, name: str, form: str) -> Exported:
    """A rule in another tool's form, and what is lost in it.

    Raises InvalidInput for an unknown rule or form, and for a rule that the form has no words for.
    """
    if form not in EXPORTS:
        raise InvalidInput(f"rules are not exported to `{form}`; {nearest(form, EXPORTS)}")
    return EXPORTS[form](find_rule(name, house.settings.rules))


def _row(rule: Rule) -> RuleRow:
    count, origin = len(rule.samples), _origin(Path(rule.path))
    return RuleRow(rule.id, rule.language, rule.safety, rule.message, count, rule.path, origin)


def _origin(path: Path) -> str:
    return "shipped" if path.parent == SHIPPED else "own"


def new_rule(house: House, name: str, *, language: str = "python", folder: Path | None = None) -> Path:
    """Write a rule file to fill in, whose samples already hold; in `folder`, else the first of the settings.

    Raises InvalidInput for a bad name or language, or when the file is there already.
    """
    text = draft_rule(name, language)
    place = (folder or house.settings.rules[0]) / f"{name}.md"
    if place.exists():
        raise InvalidInput(f"{place} is there already", hint="choose another name, or edit that file")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutsideFault(f"{place} cannot be written: {error}") from error
    return place


def find_rules(house: House, names: Sequence[str]) -> list[Rule]:
    """The rules by id or file; all known ones when `names` is empty."""
    folders = house.settings.rules
    return [find_rule(name, folders) for name in names] if names else all_rules(folders)


def run_samples(house: House, names: Sequence[str]) -> list[RuleTest]:
    """Run the samples of the named rules (id or file), of all known ones when none is named.

    A rule that is a Python function is only run when it is named.
    """
    return [
        _tested(rule) if names or not rule.python else RuleTest(rule.id, rule.path, True, (_UNNAMED,), ())
        for rule in find_rules(house, names)
    ]


def try_rules(
    house: House, rules: Sequence[str], paths: Sequence[Path], *, write: bool = False, python: str = ""
) -> Iterator[Tried]:
    """What the rules do to the files below `paths`; only files with a site, a note or a refusal are told.

    Nothing is changed unless `write` is given. Links are not followed. `python` is the lowest Python to
    assume, "" for what the project of each file declares.
    """
    chosen = find_rules(house, rules)
    projects = _Projects(_version(python))
    missing = [path for path in paths if not path.exists()]
    if missing:
        raise InvalidInput(f"there is no {missing[0]}", hint="give files or folders that exist")
    for root in paths:
        for path in source_files(root):
            tried = _try(chosen, path, root, projects, write=write)
            if tried is not None:
                yield tried


def _tested(rule: Rule) -> RuleTest:
    report = check_samples(rule)
    rows = []
    for result in report.results:
        sample = result.sample
        wanted = sample.before if sample.after is None else sample.after
        diff = (
            _diff(sample.before, result.got, ("before", "after"))
            if result.ok
            else _diff(wanted, result.got, ("wanted", "got"))
        )
        rows.append(SampleRow(sample.title, sample.line, result.ok, result.problem, diff))
    return RuleTest(rule.id, rule.path, report.ok, report.problems, tuple(rows))


def source_files(root: Path) -> Iterator[Path]:
    """The files of a known language below a folder, without links and tools' own folders; or the one file."""
    if root.is_file():
        yield root
        return
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED_FOLDERS)
        for name in sorted(names):
            path = Path(folder) / name
            if language_of(name) and not path.is_symlink():
                yield path


def _try(
    rules: Sequence[Rule], path: Path, root: Path, projects: "_Projects", *, write: bool
) -> Tried | None:
    try:
        source = path.read_bytes()
    except OSError as error:
        return Tried(str(path), 0, "", str(error), (), (), 0, False)
    inside = path.relative_to(root).as_posix() if root.is_dir() else path.as_posix()
    facts = FileFacts(inside, language_of(inside), projects.floor(path), is_test(inside))
    passed_over = projects.passed_over([rule for rule in rules if rule.may_match(source)], facts)
    outcome = rewrite(rules, source, facts)
    outcome = replace(outcome, notes=(*passed_over, *outcome.notes))
    changed = outcome.content != source
    if not (changed or outcome.sites or outcome.refused or outcome.suppressed or outcome.notes):
        return None
    if changed and write:
        _replace(path, outcome.content)
    return _tried(str(path), source, outcome, written=changed and write)


def _replace(path: Path, content: bytes) -> None:
    """The file with new content and its old mode, whole or not at all."""
    new = path.with_name(f".{path.name}.softwright")
    try:
        new.write_bytes(content)
        new.chmod(path.stat().st_mode)
        new.replace(path)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise OutsideFault(f"{path} cannot be written: {error}", hint="it is as it was") from error


def _version(python: str) -> tuple[int, int] | None:
    if not python:
        return None
    said = re.fullmatch(r"(\d+)\.(\d+)(\.\d+)?", python)
    if not said:
        raise InvalidInput(f"`{python}` is no version of Python", hint="give one such as `--python 3.11`")
    return int(said[1]), int(said[2])


class _Projects:
    """The lowest Python of files, from the manifests of the projects that they belong to."""

    def __init__(self, assumed: tuple[int, int] | None) -> None:
        self._assumed = assumed
        self._floors: dict[Path, PythonFloors] = {}
        self._told: set[str] = set()

    def floor(self, path: Path) -> tuple[int, int] | None:
        """The version assumed, else what the file's project declares; None when it declares none."""
        if self._assumed:
            return self._assumed
        path = path.absolute()
        top = _top(path.parent)
        floors = self._floors.setdefault(top, PythonFloors(lambda name: _content(top / name)))
        return floors.of(path.relative_to(top).as_posix())

    def passed_over(self, rules: Sequence[Rule], facts: FileFacts) -> list[str]:
        """A note for every rule that the project is too old for, once a rule."""
        why = {rule.id: needs_newer_python(rule, facts) for rule in rules if rule.id not in self._told}
        found = {name: said for name, said in why.items() if said}
        self._told |= found.keys()
        return [f"{said}; `--python` assumes another" for said in found.values()]


@cache
def _top(folder: Path) -> Path:
    """Where the project around a folder begins: the repository, else the nearest folder with a manifest."""
    around = [folder, *folder.parents]
    repository = next((each for each in around if (each / ".git").exists()), None)
    manifest = (each for each in around if any((each / name).is_file() for name in MANIFESTS))
    return repository or next(manifest, folder)


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _tried(path: str, source: bytes, outcome: Rewrite, *, written: bool) -> Tried:
    before, after = (part.decode("utf-8", "replace") for part in (source, outcome.content))
    return Tried(
        path,
        len(outcome.sites),
        _diff(before, after, (f"a/{path.lstrip('/')}", f"b/{path.lstrip('/')}")),
        outcome.refused,
        outcome.notes,
        outcome.suppressed,
        len(outcome.dropped),
        written,
    )


def _diff(before: str, after: str, names: tuple[str, str]) -> str:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), *names, lineterm="")
    return "\n".join(lines)
