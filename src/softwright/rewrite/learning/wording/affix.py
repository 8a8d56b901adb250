"""Functions on names: an affix added, removed, changed or moved, a word inside replaced, another spelling.

The idea is that of FlashFill (Gulwani, 2011): functions of a small language that give the outputs shown.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile

_WORDS = re.compile(r"_+|[A-Z]+(?![a-z])|[A-Z]?[a-z]+\d*|\d+")
_CASES = {
    "snakeCase": re.compile(r"^[a-z][a-z0-9]*(?:[A-Z][a-z0-9]*)+$"),
    "camelCase": re.compile(r"^[a-z][a-z0-9]*(?:_[a-z][a-z0-9]*)+$"),
    "pascalCase": re.compile(r"^[a-z][a-z0-9]*(?:_[a-z][a-z0-9]*)+$"),
}
_BEGINNINGS = ("[A-Z]", "[a-z]", r"_+[^\W_]")


@dataclass(frozen=True, slots=True)
class Affix:
    """`before` + X + `behind` becomes `first` + X + `last`.

    `case` is a spelling instead; `inner` a word with X before and Y behind it that becomes `other`.
    """

    before: str = ""
    behind: str = ""
    first: str = ""
    last: str = ""
    inner: str = ""
    other: str = ""
    case: str = ""

    @property
    def is_added(self) -> bool:
        """True when nothing in the old name tells that the function is meant."""
        return not (self.before or self.behind or self.inner or self.case)

    @property
    def described(self) -> str:
        """The function in words."""
        if self.case:
            return f"spelled in {self.case}"
        if self.inner:
            return f"`X{self.inner}Y` becomes `X{self.other}Y`"
        return f"`{self.before}X{self.behind}` becomes `{self.first}X{self.last}`"

    @property
    def literals(self) -> int:
        """Letters of the old name that it asks for."""
        return len(self.before + self.behind + self.inner)

    def regex(self, stem: str = r"\w+") -> str:
        """The expression for old names; `stem` is the one for X."""
        if self.case:
            return _CASES[self.case].pattern
        if self.inner:
            left, right = (r"\w*[a-z0-9]", r"[A-Z]\w*") if self.inner[0].isupper() else (r"\w+_", r"_\w+")
            return f"^({left}){re.escape(self.inner)}({right})$"
        return f"^{re.escape(self.before)}({stem}){re.escape(self.behind)}$"

    @property
    def by(self) -> str:
        """The new name, with the groups of `regex`."""
        return f"${{1}}{self.other}${{2}}" if self.inner else f"{self.first}${{1}}{self.last}"

    @property
    def result(self) -> str:
        """The expression for names that look as if the function had made them, "" where all do."""
        if self.case or not (self.first or self.last):
            return ""
        return f"^{re.escape(self.first)}.*{re.escape(self.last)}$"

    def applied(self, name: str) -> str:
        """What becomes of a name, "" when the function does not apply."""
        if self.case:
            return _spelled(name, self.case)
        found = re.match(self.regex(), name)
        if found is None:
            return ""
        return found[1] + self.other + found[2] if self.inner else self.first + found[1] + self.last

    def stem_of(self, names: Iterable[str]) -> str:
        """The expression for X: it begins, and ends with an underscore, as that of all these names does."""
        if self.case or self.inner:
            return ""
        stems = [name[len(self.before) : len(name) - len(self.behind)] for name in names]
        begins = next((kind for kind in _BEGINNINGS if all(re.match(kind, stem) for stem in stems)), r"\w")
        return rf"{begins}\w*_" if all(stem.endswith("_") for stem in stems) else rf"{begins}\w*"


def affixes_of(old: str, new: str) -> Iterator[Affix]:
    """The functions that a rename may be an example of."""
    for case in _CASES:
        if _spelled(old, case) == new:
            yield Affix(case=case)
    a, b = _WORDS.findall(old), _WORDS.findall(new)
    if a == b or "".join(a) != old or "".join(b) != new:
        return
    first, last = _shared(a, b), _shared(a[::-1], b[::-1])
    if last and _is_name(a[len(a) - last :]):
        yield Affix(before="".join(a[: len(a) - last]), first="".join(b[: len(b) - last]))
    if first and _is_name(a[:first]):
        yield Affix(behind="".join(a[first:]), last="".join(b[first:]))
    if first and last and first + last < min(len(a), len(b)):
        yield from _inner(a, b, first, last)
    for count in range(1, min(len(a), len(b))):
        if a[:count] == b[len(b) - count :] and _is_name(a[:count]):
            yield Affix(behind="".join(a[count:]), first="".join(b[: len(b) - count]))
        if a[len(a) - count :] == b[:count] and _is_name(b[:count]):
            yield Affix(before="".join(a[: len(a) - count]), last="".join(b[count:]))


def _inner(a: list[str], b: list[str], first: int, last: int) -> Iterator[Affix]:
    old, new = a[first : len(a) - last], b[first : len(b) - last]
    is_snake = a[first - 1].endswith("_") and a[len(a) - last].startswith("_") and old[0].islower()
    is_camel = a[first - 1][-1].isalnum() and old[0][0].isupper() and a[len(a) - last][0].isupper()
    if is_snake or is_camel:
        yield Affix(inner="".join(old), other="".join(new))


def _shared(a: list[str], b: list[str]) -> int:
    return len(list(takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False))))


def _is_name(words: list[str]) -> bool:
    return len("".join(words).strip("_")) > 1


def _spelled(name: str, case: str) -> str:
    """The name in another spelling, "" when it is not one of those that are respelled."""
    if not _CASES[case].match(name):
        return ""
    if case == "snakeCase":
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
    words = [word.capitalize() for word in name.split("_")]
    return "".join(words) if case == "pascalCase" else words[0].lower() + "".join(words[1:])
