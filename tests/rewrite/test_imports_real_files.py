"""Imports on real Python files: what is replaced leaves no name undefined."""

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
from softwright.rewrite import Rule, parse_rule

FILES = 160
GROUPS = 8
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


def _undefined(folder: Path) -> dict[str, int]:
    """File -> undefined names in it, as ruff counts them."""
    ruff = Path(sys.executable).with_name("ruff")
    command = [ruff, "check", "--isolated", "--no-cache", "--select", "F821,F822", "--output-format", "json"]
    said = subprocess.run([*command, folder], capture_output=True, text=True, check=False).stdout
    counts: dict[str, int] = {}
    for found in json.loads(said):
        name = Path(found["filename"]).name
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
    before = _undefined(was)
    more = {name: count for name, count in _undefined(now).items() if count > before.get(name, 0)}
    assert not more
    assert changed >= FILES // GROUPS // 2
