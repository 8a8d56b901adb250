"""Where rules are found: the user's folders first, then the ones that ship with Softwright."""

from collections.abc import Sequence
from pathlib import Path

from softwright.core import InvalidInput, nearest
from softwright.rewrite.rule import Rule
from softwright.rewrite.rule_file import load_rule

SHIPPED = Path(__file__).parent / "library"
"""Folder of the rules that ship with Softwright."""


def find_rule(name_or_path: str, folders: Sequence[Path]) -> Rule:
    """The rule with an id, or in a file; the first folder that has it wins.

    Raises InvalidInput with the nearest ids when there is none.
    """
    path = Path(name_or_path)
    if path.suffix == ".md" or "/" in name_or_path:
        if not path.is_file():
            raise InvalidInput(
                f"there is no rule file {path}", hint="`softwright rule list` shows the known rules"
            )
        return load_rule(path)
    files = rule_files(folders)
    if name_or_path not in files:
        raise InvalidInput(
            f"there is no rule `{name_or_path}`; {nearest(name_or_path, files)}",
            hint=f"`softwright rule new {name_or_path}` makes one",
        )
    return load_rule(files[name_or_path])


def all_rules(folders: Sequence[Path]) -> list[Rule]:
    """Every rule of the folders and the library, by id; a user's rule hides a shipped one of the same id."""
    return [load_rule(path) for _, path in sorted(rule_files(folders).items())]


def rule_files(folders: Sequence[Path]) -> dict[str, Path]:
    """Rule id -> file."""
    files: dict[str, Path] = {}
    for folder in (*folders, SHIPPED):
        if folder.is_dir():
            for path in sorted(folder.glob("*.md")):
                if path.name.lower() != "readme.md":
                    files.setdefault(path.stem, path)
    return files
