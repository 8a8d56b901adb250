"""Migrations to replay: a folder of them, or a small set made from installed packages."""

import gzip
import json
import random
import sysconfig
from dataclasses import dataclass, field
from pathlib import Path

from softwright.facts.flags import is_test
from softwright.rewrite import FileFacts, Rule, all_rules, may_match, rewrite
from softwright.rewrite.learning import Example
from softwright.rewrite.replay import Migration, migration

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parent.parent / "shared" / "data" / "migrations"
LARGEST = 200_000  # bytes; larger files are data in disguise
MOST_CHANGED, UNCHANGED = 40, 30


def names(folder: Path) -> list[str]:
    """The migrations of a folder by name, the largest first, so that none is waited for at the end."""
    files = sorted(folder.glob("*.json.gz"), key=lambda path: (-path.stat().st_size, path.name))
    return [path.name.removesuffix(".json.gz") for path in files]


def load(folder: Path, name: str) -> Migration:
    """One migration of a folder."""
    with gzip.open(folder / f"{name}.json.gz") as file:
        data = json.load(file)
    changed, unchanged = (
        [Example(each["path"], each["before"], each["after"]) for each in data[key]]
        for key in ("changed", "unchanged")
    )
    return migration(name, data["language"], changed, unchanged, data["title"])


def made_migrations() -> list[Migration]:
    """Shipped rules applied to the demo's packages, else to installed ones: what a team would have committed.

    One migration per rule that changes at least four files. Left alone are files that its prefilter lets
    through and others, half of each.
    """
    demo = HERE.parent / "demo-work"
    root = demo if demo.exists() else Path(sysconfig.get_paths()["purelib"])
    rules = [rule for rule in all_rules([]) if rule.language == "python" and rule.steps]
    made = {rule.id: _Made() for rule in rules}
    for path in sorted(root.rglob("*.py")):
        if path.is_file() and 0 < path.stat().st_size <= LARGEST:
            _offer(rules, made, path.relative_to(root).as_posix(), path.read_bytes())
    return [
        migration(f"python-made-{rule}", "python", each.changed, each.left_alone(), rule)
        for rule, each in made.items()
        if len(each.changed) >= 4
    ]


@dataclass
class _Made:
    """Files of a migration in the making: changed, tempting but left alone, and others."""

    changed: list[Example] = field(default_factory=list)
    tempting: list[Example] = field(default_factory=list)
    other: list[Example] = field(default_factory=list)

    def left_alone(self) -> list[Example]:
        """A sample."""
        chance = random.Random(7)
        halves = (self.tempting, self.other)
        return [p for half in halves for p in chance.sample(half, min(len(half), UNCHANGED // 2))]


def _offer(rules: list[Rule], made: dict[str, _Made], place: str, source: bytes) -> None:
    """The file becomes a part of every migration that still has room."""
    try:
        before = source.decode()
    except UnicodeDecodeError:
        return
    facts = FileFacts(place, "python", (3, 99), is_test(place))
    for rule in rules:
        mine = made[rule.id]
        if not may_match([rule], source):
            mine.other.append(Example(place, before, before))
        elif len(mine.changed) < MOST_CHANGED:
            after = rewrite([rule], source, facts).content.decode()
            (mine.changed if after != before else mine.tempting).append(Example(place, before, after))
