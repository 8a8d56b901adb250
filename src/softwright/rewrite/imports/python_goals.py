"""Where `imports.replace` sends an import of a Python file, relative ones included."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from softwright.facts.structure import Import
from softwright.rewrite.imports.moves import Move, lies_below, moves_of
from softwright.rewrite.imports.python_home import APART


class Goal(NamedTuple):
    """What is imported instead: `name` of `module`, or the module itself when `name` is ""."""

    module: str
    name: str

    @property
    def dotted(self) -> str:
        """What a local name stands for that is bound to it."""
        if not self.name:
            return self.module
        return f"{self.module}{self.name}" if self.module.endswith(".") else f"{self.module}.{self.name}"


class Goals:
    """The entries of a rule, asked import by import; `path` is the file's, for its relative imports."""

    def __init__(self, pairs: Sequence[tuple[str, str]], path: str) -> None:
        self._moves = moves_of(pairs)
        self._folders = path.split("/")[:-1]

    def of(self, entry: Import) -> Goal | None:
        """What the entry becomes, None when it stays."""
        first = Goal(entry.module, entry.name)
        goal = first
        for _ in range(len(self._moves) + 1):
            following = self._once(goal)
            if following is None:
                break
            goal = following
        return None if goal == first else goal

    def _once(self, goal: Goal) -> Goal | None:
        found = _sent(self._moves, goal)
        if found is not None or not goal.module.startswith("."):
            return found
        dots = len(goal.module) - len(goal.module.lstrip("."))
        for package in self._packages(dots):
            # what the entry names last must be written in the statement: `from .x` inside of a package
            # that moves as a whole stays right by itself
            moves = [move for move in self._moves if move.old.count(".") + 1 > len(package)]
            absolute = ".".join([*package, *(part for part in goal.module[dots:].split(".") if part)])
            found = _sent(moves, Goal(absolute, goal.name))
            if found is not None:
                return _relative(found, ".".join(package), "." * dots)
        return None

    def _packages(self, dots: int) -> Iterator[list[str]]:
        """The packages that so many dots may mean: folders of the path, the first of them being a root."""
        folders = self._folders[: len(self._folders) - dots + 1]
        for at in range(len(folders)):
            if not APART.isdisjoint(folders[:at]):
                return
            yield folders[at:]


def _sent(moves: Sequence[Move], goal: Goal) -> Goal | None:
    module, name = goal
    dotted = (
        module if name in ("", "*") else f"{module}{name}" if module.endswith(".") else f"{module}.{name}"
    )
    for move in moves:
        if dotted == move.old and not lies_below(dotted, move):
            return _split(move.new) if name not in ("", "*") else Goal(move.new, name)
        if lies_below(dotted, move):
            continue
        if module == move.old and name:
            return Goal(move.new, name)
        if move.is_prefix and module.startswith(f"{move.old}."):
            return Goal(move.new + module[len(move.old) :], name)
    return None


def _split(dotted: str) -> Goal:
    """Module and name; a top module has no module to be imported from."""
    bare = dotted.lstrip(".")
    dots = dotted[: len(dotted) - len(bare)]
    module, _, name = bare.rpartition(".")
    return Goal(dots + module, name) if dots or module else Goal(name, "")


def _relative(goal: Goal, package: str, dots: str) -> Goal:
    """The goal written with the dots that the statement had, absolute when it lies elsewhere."""
    if goal.module == package:
        return goal._replace(module=dots)
    if goal.module.startswith(f"{package}."):
        return goal._replace(module=dots + goal.module[len(package) + 1 :])
    return goal
