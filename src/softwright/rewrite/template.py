"""The `fix` of a step: literal text with holes.

`$NAME` and `$$$NAME` are holes for metavariables (or names that `transform` computes), and
`$import(package.module.name)` is the spelling of an importable name that is right in the file at hand, and
`$join($$$NAME, " | ")` are the elements of a sequence with another separator.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from softwright.core import InvalidInput, nearest

_HOLE = re.compile(
    r"\$join\(\s*\$\$\$(?P<joined>[A-Z_][A-Z0-9_]*)\s*,\s*(?P<quote>[\"'])(?P<separator>.*?)(?P=quote)\s*\)|"
    r"\$import\(\s*(?P<dotted>[^()\s]*)\s*\)|\$(?P<many>\$\$)?(?P<name>[A-Z_][A-Z0-9_]*)"
)
_DOTTED = re.compile(r"[\w.@/$-]*[\w$]")


@dataclass(frozen=True, slots=True)
class Hole:
    """Place of a metavariable; `many` for a sequence."""

    name: str
    many: bool


@dataclass(frozen=True, slots=True)
class Name:
    """Place of an importable name, given by its dotted path: everything before the last dot is the module."""

    dotted: str


@dataclass(frozen=True, slots=True)
class Join:
    """Place of the elements of a sequence, with `separator` between them instead of their commas."""

    name: str
    separator: str


Piece = str | Hole | Name | Join


@dataclass(frozen=True, slots=True)
class Template:
    """The pieces of a `fix`, in order. No pieces: the match is deleted."""

    text: str
    pieces: tuple[Piece, ...]

    @property
    def is_deletion(self) -> bool:
        """True when the match is to be removed together with its separator or line."""
        return not self.pieces

    @property
    def imported(self) -> frozenset[str]:
        """Dotted names that the template may import."""
        return frozenset(piece.dotted for piece in self.pieces if isinstance(piece, Name))


def parse_template(text: str, bound: dict[str, bool], computed: Iterable[str] = ()) -> Template:
    """The template of a `fix`; `bound` are the pattern's metavariables (True: a sequence).

    One trailing newline, as YAML block texts have it, is dropped. Raises InvalidInput for a hole that
    nothing fills.
    """
    text = text[:-1] if text.endswith("\n") else text
    computed = frozenset(computed)
    pieces: list[Piece] = []
    at = 0
    for hole in _HOLE.finditer(text):
        if hole.start() > at:
            pieces.append(text[at : hole.start()])
        pieces.append(_piece(hole, bound, computed))
        at = hole.end()
    if at < len(text):
        pieces.append(text[at:])
    return Template(text, tuple(pieces))


def _piece(hole: re.Match[str], bound: dict[str, bool], computed: frozenset[str]) -> Piece:
    if hole["dotted"] is not None:
        if not _DOTTED.fullmatch(hole["dotted"]):
            raise InvalidInput(
                f"`{hole[0]}` names nothing importable", hint="write `$import(package.module.name)`"
            )
        return Name(hole["dotted"])
    name, many = hole["name"] or hole["joined"], bool(hole["many"] or hole["joined"])
    if name in computed:
        return Hole(name, False)
    if name not in bound:
        allowed = [f"${name}" for name in (*bound, *computed)]
        raise InvalidInput(
            f"the fix uses `{hole[0]}`, which the pattern does not bind; {nearest(f'${name}', allowed)}"
        )
    if bound[name] != many:
        right = f"$$${name}" if bound[name] else f"${name}"
        raise InvalidInput(
            f"the fix uses `{hole[0]}`, but the pattern binds `{right}`", hint=f"write `{right}`"
        )
    return Join(name, hole["separator"]) if hole["joined"] else Hole(name, many)
