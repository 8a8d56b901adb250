"""Diagnostics of a tool as values, and which of them are new. Lines never decide: edits move them."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from softwright.core import Evidence

_FIRST_NAME = re.compile(r"`[^`]*`")
_NEAR = 3  # lines an edit may have moved a finding by
_UNUSED_IMPORT = re.compile(r"`(?P<name>[\w.]+)(?: as (?P<alias>\w+))?` imported but unused")
_LINES = re.compile(r"\b(lines?|columns?|Ln|L)(\s+|:)\d+(\s*(-|to|and)\s*\d+)?", re.IGNORECASE)
_PLACES = re.compile(r"(\.pyi?):\d+(:\d+)?")
_COUNTS = re.compile(r"\(([^()]*\d[^()]*)\)")
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One remark of a checker about a file of the repository; `severity` is "error" or "warning"."""

    path: str
    line: int
    rule: str
    message: str
    severity: str = "error"

    def to_evidence(self) -> Evidence:
        """The same as a finding."""
        return Evidence(self.message, path=self.path, line=self.line, code=self.rule)


def sameness(rule: str, message: str) -> str:
    """What two findings of a rule share when they are the same trouble.

    An import that was unused before stays the same trouble when it is rewritten to come from elsewhere:
    ruff's F401 counts by the name it binds.
    """
    unused = _UNUSED_IMPORT.search(message) if rule == "F401" else None
    if unused:
        return unused["alias"] or unused["name"].rpartition(".")[2]
    return normal_message(message)


def normal_message(message: str) -> str:
    """The message without what an edit elsewhere in the file may change: line numbers and measured counts.

    `(120 > 88)` becomes `(# > #)`, `line 12` becomes `line #`.
    """
    message = _LINES.sub(lambda m: f"{m[1]} #", message)
    message = _PLACES.sub(r"\1:#", message)
    return _COUNTS.sub(lambda m: f"({_NUMBER.sub('#', m[1])})", message).strip()


def split_new(
    base: Iterable[Diagnostic], found: Sequence[Diagnostic], *, moved: Mapping[str, str] | None = None
) -> tuple[list[Diagnostic], list[Diagnostic]]:
    """`found` as (new, known): known are as many of each (file, rule, message) as the base has.

    Where a file has more of one kind than before, the ones nearest to an old line count as known. So does
    old trouble under a new name: a finding gone from nearly the same line, of the same rule, whose words
    differ only in what they name first (a call was renamed, its wrong argument stayed).
    `moved` maps new paths to the paths they had in the base.
    """
    base = list(base)
    renamed = moved or {}
    identity: Callable[[Diagnostic], tuple[str, str, str]] = lambda d: (  # noqa: E731
        renamed.get(d.path, d.path),
        d.rule,
        sameness(d.rule, d.message),
    )
    old_lines: dict[tuple[str, str, str], list[int]] = {}
    for d in base:
        old_lines.setdefault((d.path, d.rule, sameness(d.rule, d.message)), []).append(d.line)
    surplus = Counter(identity(d) for d in found)
    for kind, lines in old_lines.items():
        surplus[kind] -= len(lines)
    fresh: set[int] = set()
    order = sorted(
        range(len(found)),
        key=lambda i: (
            -min((abs(found[i].line - line) for line in old_lines.get(identity(found[i]), [])), default=0)
        ),
    )
    for i in order:
        kind = identity(found[i])
        if surplus[kind] > 0:
            surplus[kind] -= 1
            fresh.add(i)
    gone = Counter((d.path, d.rule, sameness(d.rule, d.message)) for d in base)
    gone.subtract(identity(d) for d in found)
    for i in sorted(fresh):
        path = renamed.get(found[i].path, found[i].path)
        for old in base:
            kind = (old.path, old.rule, sameness(old.rule, old.message))
            if gone[kind] > 0 and old.path == path and _renamed_trouble(old, found[i]):
                gone[kind] -= 1
                fresh.discard(i)
                break
    new = [d for i, d in enumerate(found) if i in fresh]
    return new, [d for i, d in enumerate(found) if i not in fresh]


def _renamed_trouble(old: Diagnostic, new: Diagnostic) -> bool:
    if old.rule != new.rule or abs(old.line - new.line) > _NEAR:
        return False
    # With one name in all, another name is other trouble: a module that is not there, an unused import.
    names = len(_FIRST_NAME.findall(new.message))
    return names > 1 and _FIRST_NAME.sub("#", old.message, count=1) == _FIRST_NAME.sub(
        "#", new.message, count=1
    )
