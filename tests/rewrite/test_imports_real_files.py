"""Imports on real Python files: no name is left undefined, and what ruff found sorted stays sorted."""

import json
import random
import subprocess
import sys
import sysconfig
from functools import cache
from pathlib import Path

import pytest
from tests.rewrite.promises import broken_promises  # type: ignore[import-not-found]

from softwright.core import InvalidInput
from softwright.facts.structure import PythonNames, Tree, decode
from softwright.rewrite import FileFacts, Rule, parse_rule, rewrite

FILES = 240
GROUPS = 12
LARGEST = 40_000
_TYPES = ("typing", "typing_extensions")  # to ruff their names are more than names


@cache
def _sources() -> list[tuple[Path, bytes]]:
    folder = Path(sysconfig.get_paths()["purelib"])
    paths = sorted(path for path in folder.rglob("*.py") if 200 < path.stat().st_size < LARGEST)
    return [(path, path.read_bytes()) for path in random.Random(11).sample(paths, FILES)]


def _some_entry(source: bytes, chance: random.Random) -> dict[str, str]:
    """An entry for one of the file's imports: of a name, a module or a prefix."""
    try:
        names = Tree(decode(source, "python").text, "python").names
    except InvalidInput:
        return {}
    assert isinstance(names, PythonNames)
    entries = [e for e in names.imports if not e.module.startswith(".") and e.module not in _TYPES]
    if not entries:
        return {}
    entry = chance.choice(entries)
    top = entry.module.split(".", 1)[0]
    choices = [{entry.module: "zz.qq"}, {f"{top}.*": "zz.*"}]
    if entry.name and not entry.is_star:
        dotted = f"{entry.module}.{entry.name}"
        choices += [{dotted: "zz.qq.Renamed"}, {dotted: f"zz.{entry.name}"}, {dotted: "zz"}]
    return chance.choice(choices)


def _rule(replace: dict[str, str]) -> Rule:
    head = f"---\nid: moved\nlanguage: python\nmessage: m\nimports: {{replace: {json.dumps(replace)}}}\n"
    return parse_rule(f"{head}---\n# T\n", "moved.md")


def _found(folder: Path, rules: str) -> dict[str, int]:
    """File -> what ruff finds in it."""
    ruff = Path(sys.executable).with_name("ruff")
    command = [ruff, "check", "--isolated", "--no-cache", "--select", rules, "--output-format", "json"]
    said = subprocess.run([*command, folder], capture_output=True, text=True, check=False).stdout
    counts: dict[str, int] = {}
    for one in json.loads(said):
        name = Path(one["filename"]).name
        counts[name] = counts.get(name, 0) + 1
    return counts


@pytest.mark.parametrize("group", range(GROUPS))
def test_replaced_imports_keep_the_promises_and_every_name_defined(group: int, tmp_path: Path) -> None:
    """An import of each file is renamed: it compiles, a second run changes nothing, nothing is undefined."""
    chance = random.Random(group)
    was, now = tmp_path / "was", tmp_path / "now"
    was.mkdir()
    now.mkdir()
    changed = 0
    for number, (path, source) in enumerate(_sources()[group::GROUPS]):
        entry = _some_entry(source, chance)
        if not entry:
            continue
        outcome, broken = broken_promises([_rule(entry)], path.as_posix(), source)
        assert not broken, f"{path}: {entry}: {broken}"
        assert not outcome.refused, f"{path}: {entry}: {outcome.refused}"
        assert outcome.content != source or outcome.notes, f"{path}: {entry}: nothing happened"
        changed += outcome.content != source
        (was / f"{number}.py").write_bytes(source)
        (now / f"{number}.py").write_bytes(outcome.content)
    before = _found(was, "F821,F822")
    more = {name: count for name, count in _found(now, "F821,F822").items() if count > before.get(name, 0)}
    assert not more
    assert changed >= FILES // GROUPS // 2


_MODULES = (
    "os.path",
    "abc",
    "zlib",
    "requests",
    "attr",
    "typing",
    "six",
    "zope.interface",
    "..base",
    ".local",
)
_NAMES = ("Apple", "zebra", "CONSTANT", "_private", "item2", "item10")


def _some_rule(source: bytes, chance: random.Random) -> Rule | None:
    """A rule that renames, moves or adds an import of the file, or writes another one with `$import`."""
    names = Tree(decode(source, "python").text, "python").names
    assert isinstance(names, PythonNames)
    entries = [entry for entry in names.imports if entry.name and not entry.is_star]
    if not entries:
        return None
    entry = chance.choice(entries)
    module, name = chance.choice(_MODULES), chance.choice(_NAMES)
    owner = chance.choice([module, chance.choice(entries).module])
    target = f"{owner}{name}" if owner.endswith(".") else f"{owner}.{name}"
    if chance.random() < 0.5:
        return _rule({entry.dotted: target})
    step = f"rule: {{pattern: {entry.local}}}\nresolves: {{match: {entry.dotted}}}\nfix: "
    front = "imports: {}"
    if target.startswith(".") or chance.random() < 0.5:
        step += name
        front = f"imports: {{add: [from {owner} import {name}], remove: [{entry.dotted}]}}"
    else:
        step += f"$import({target})"
    head = f"---\nid: moved\nlanguage: python\nmessage: m\n{front}\n---\n# T\n"
    return parse_rule(f"{head}## Rule\n```yaml\n{step}\n```\n", "moved.md")


def test_what_ruff_finds_sorted_it_finds_sorted_again(tmp_path: Path) -> None:
    """Renamed, moved and added imports stand where `ruff check --select I --fix` would put them, in 95 %."""
    chance = random.Random(3)
    was, now = tmp_path / "was", tmp_path / "now"
    was.mkdir()
    now.mkdir()
    for number, (_, source) in enumerate(_sources()):
        (was / f"{number}.py").write_bytes(source)
    unsorted = _found(was, "I001")
    changed = 0
    for number, (path, source) in enumerate(_sources()):
        rule = _some_rule(source, chance) if f"{number}.py" not in unsorted else None
        if rule is None:
            continue
        outcome = rewrite([rule], source, FileFacts(f"project/{path.name}", "python", (3, 13)))
        if outcome.content != source:
            (now / f"{number}.py").write_bytes(outcome.content)
            changed += 1
    assert changed > FILES * 0.2
    assert len(_found(now, "I001")) <= changed * 0.05
