"""The orders in which Python files keep their imports: what isort and ruff's `I001` can be told."""

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

_PIECES = re.compile(r"\d+|\D")

WIDTH = 88
"""Columns beyond which a list is wrapped, unless the file shows another width."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a block of imports is ordered and laid out.

    `by_type`: CONSTANTS, then Classes, then the rest; `within_sections`: `import` and `from` lines mixed;
    `combine_as`: `a as b` in one list with plain names; `single_line`: one name a statement;
    `magic_comma`: a list that ends with a comma stays wrapped; `is_kept`: statements keep their layout and
    are only put in order, `sorts_lists` their lists too, and `joins` makes one of two of a module;
    `has_sections`: by origin, and `gap`: with a blank line between the origins.
    """

    width: int = WIDTH
    by_type: bool = True
    case_sensitive: bool = False
    within_sections: bool = False
    combine_as: bool = False
    single_line: bool = False
    magic_comma: bool = True
    is_kept: bool = False
    sorts_lists: bool = True
    joins: bool = True
    has_sections: bool = True
    gap: bool = True
    first_party: frozenset[str] = frozenset()

    def section(self, module: str) -> int:
        """0 `__future__`, 1 standard library, 2 other packages, 3 the project's own, 4 relative."""
        if not self.has_sections:
            return 0
        if module.startswith("."):
            return 4
        root = module.split(".", 1)[0]
        if root == "__future__":
            return 0
        if root in sys.stdlib_module_names:
            return 1
        return 3 if root in self.first_party else 2

    def member_key(self, name: str, alias: str = "") -> tuple[object, ...]:
        """By what the names of one list are ordered."""
        folded = () if self.case_sensitive else natural(name.lower())
        kind = member_type(name) if self.by_type else 0
        return name != "*", kind, folded, natural(name), natural(alias) if alias else ()

    def module_key(
        self, module: str, first: tuple[str, str] | None, alias: str = "", *, is_from: bool
    ) -> tuple[object, ...]:
        """By what the statements of one section are ordered; `first` is a list's first name."""
        bare = module.lstrip(".")
        level = len(module) - len(bare)
        folded = () if self.case_sensitive else natural(bare.lower())
        distance = (1, -level) if level else (0, 0)
        named = (1, self.member_key(*first)) if first else (0,)
        rank = 0 if self.within_sections else int(is_from)
        aliased = (1, natural(alias)) if alias else (0,)
        return rank, distance, bool(bare), folded, natural(bare), named, aliased


@lru_cache(16384)
def natural(text: str) -> tuple[tuple[object, ...], ...]:
    """The order of texts in which `a10` comes behind `a9`, and `a09` before both."""
    return tuple(_piece(piece) for piece in _PIECES.findall(text))


def _piece(piece: str) -> tuple[object, ...]:
    if not piece.isdigit():
        return (ord(piece),)
    return (ord("0"), 0, 0, piece) if piece.startswith("0") else (ord("0"), 1, len(piece), piece)


def member_type(name: str) -> int:
    """0 for a CONSTANT, 1 for a Class, 2 for anything else, by its spelling."""
    if len(name) > 1 and name.isupper():
        return 0
    return 1 if name[:1].isupper() else 2


def is_ordered(keys: Sequence[tuple[object, ...]]) -> bool:
    """True when nothing stands before what it should stand behind."""
    return list(keys) == sorted(keys)
