"""Imports as rules name them: statements to add, names to remove."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from softwright.core import InvalidInput

Entry = TypeVar("Entry")

_FROM = re.compile(r"from\s+(\.*[\w.]*)\s+import\s+\(?([^()]+?),?\s*\)?")
_PLAIN = re.compile(r"import\s+([^()]+)")
_ITEM = re.compile(r"([\w.]+)(?:\s+as\s+(\w+))?")


class Wanted(NamedTuple):
    """One imported name: `name` of `module`, or the module itself when `name` is ""; `alias` or "".

    `bound` is the name it binds where neither says so (Go); `kind` is "static" for Java's static imports.
    """

    module: str
    name: str = ""
    alias: str = ""
    bound: str = ""
    kind: str = ""

    @property
    def local(self) -> str:
        """The name it binds."""
        return self.alias or self.bound or self.name or self.module.split(".", 1)[0]

    @property
    def dotted(self) -> str:
        """What the bound name stands for."""
        if not self.name:
            return self.module if self.alias else self.local
        return f"{self.module}{self.name}" if self.module.endswith(".") else f"{self.module}.{self.name}"

    @property
    def item(self) -> str:
        """The name as an item of an import statement."""
        what = self.name or self.module
        return f"{what} as {self.alias}" if self.alias else what

    @property
    def statement(self) -> str:
        """A statement that imports it."""
        return f"from {self.module} import {self.item}" if self.name else f"import {self.item}"


class Leaving(NamedTuple):
    """What a rule takes away: imports by their dotted names, and stretches of code (in characters)."""

    names: Sequence[str] = ()
    stretches: Sequence[tuple[int, int]] = ()

    def holds(self, place: int) -> bool:
        """True when the code at a place goes."""
        return any(start <= place < end for start, end in self.stretches)


NOTHING = Leaving()


def parse_python(statement: str) -> list[Wanted]:
    """The names of a Python import statement; InvalidInput when it is none."""
    text = " ".join(statement.split())
    source = _FROM.fullmatch(text)
    if source:
        return [Wanted(source[1], name, alias) for name, alias in _items(source[2], statement)]
    plain = _PLAIN.fullmatch(text)
    if plain:
        return [Wanted(name, "", alias) for name, alias in _items(plain[1], statement)]
    raise _refusal(statement)


def removal_names(given: str) -> list[str]:
    """Dotted names (`typing.Optional`, `six.*`) that an entry of `imports.remove` stands for."""
    if re.fullmatch(r"\.*\w+(\.\w+)*(\.\*)?", given.strip()):
        return [given.strip()]
    return [wanted.dotted if wanted.name else wanted.module for wanted in parse_python(given)]


def _items(text: str, statement: str) -> list[tuple[str, str]]:
    items = [_ITEM.fullmatch(part.strip()) for part in text.split(",")]
    if not all(items):
        raise _refusal(statement)
    return [(item[1], item[2] or "") for item in items if item]


def _refusal(statement: str) -> InvalidInput:
    return InvalidInput(
        f"`{statement}` is no import statement", hint="write `from module import name` or `import module`"
    )


def doubled(now: Sequence[Entry], before: Sequence[Entry], key: Callable[[Entry], object]) -> list[Entry]:
    """Those of the imports that are one too many: more are alike, by `key`, than there were before."""
    had, seen = Counter(map(key, before)), Counter[object]()
    extra = []
    for entry in now:
        seen[key(entry)] += 1
        if seen[key(entry)] > max(1, had[key(entry)]):
            extra.append(entry)
    return extra
