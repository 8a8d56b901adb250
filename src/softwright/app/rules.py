"""Rules: make one, test them by their samples, try one on a folder, list and show them."""

import difflib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from softwright.app.wiring import House
from softwright.core import InvalidInput, OutsideFault, language_of
from softwright.rewrite import (
    FileFacts,
    Rewrite,
    Rule,
    all_rules,
    check_samples,
    find_rule,
    load_rule,
    rewrite,
    rule_files,
)
from softwright.rewrite.draft import draft_rule

_SKIPPED_FOLDERS = frozenset(
    {".git", ".hg", ".venv", "venv", "node_modules", "__pycache__", ".tox", ".mypy_cache"}
)

_UNNAMED = "not run: its Python function runs only when the rule is named"


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One known rule; `problem` says why its file cannot be used."""

    id: str
    language: str
    safety: str
    message: str
    samples: int
    path: str
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
            rows.append(RuleRow(name, "", "", "", 0, str(path), str(error)))
            continue
        count = len(rule.samples)
        rows.append(RuleRow(rule.id, rule.language, rule.safety, rule.message, count, str(path)))
    return rows


def show_rule(house: House, name: str) -> tuple[RuleRow, str]:
    """A rule and the text of its file. Raises InvalidInput naming the nearest rules."""
    rule = find_rule(name, house.settings.rules)
    row = RuleRow(rule.id, rule.language, rule.safety, rule.message, len(rule.samples), rule.path)
    return row, Path(rule.path).read_text(encoding="utf-8")


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
    house: House, rules: Sequence[str], paths: Sequence[Path], *, write: bool = False
) -> Iterator[Tried]:
    """What the rules do to the files below `paths`; only files with a site or a refusal are told.

    Nothing is changed unless `write` is given. Links are not followed.
    """
    chosen = find_rules(house, rules)
    missing = [path for path in paths if not path.exists()]
    if missing:
        raise InvalidInput(f"there is no {missing[0]}", hint="give files or folders that exist")
    for root in paths:
        for path in _files(root):
            tried = _try(chosen, path, root, write=write)
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


def _files(root: Path) -> Iterator[Path]:
    if root.is_file():
        yield root
        return
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED_FOLDERS)
        for name in sorted(names):
            path = Path(folder) / name
            if language_of(name) and not path.is_symlink():
                yield path


def _try(rules: Sequence[Rule], path: Path, root: Path, *, write: bool) -> Tried | None:
    try:
        source = path.read_bytes()
    except OSError as error:
        return Tried(str(path), 0, "", str(error), (), (), 0, False)
    inside = path.relative_to(root).as_posix() if root.is_dir() else path.as_posix()
    outcome = rewrite(rules, source, _facts(inside, rules))
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


def _facts(path: str, rules: Sequence[Rule]) -> FileFacts:
    """Facts of a file outside of any fleet: every rule's least Python is taken for granted."""
    name = path.rsplit("/", 1)[-1]
    is_test = name.startswith("test_") or "_test." in name or ".test." in name or "/tests/" in f"/{path}"
    least = max((version for rule in rules if (version := rule.wants_python())), default=None)
    return FileFacts(path, language_of(path), least, is_test)


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
