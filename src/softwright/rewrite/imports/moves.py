"""What `imports.replace` of a rule says: which names and modules are called otherwise now."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from softwright.core import InvalidInput
from softwright.rewrite.text_edit import TextEdit

Kept = Callable[[int, int], bool]
"""Whether a comment tells the rule to leave the stretch alone."""

_WORD = re.compile(rb"[\w$@-]+")
_DOTTED = re.compile(r"\.*\w+(\.\w+)*(\.\*)?")
_PATH = re.compile(r"[@\w./~$#-]*[\w$]([/.]\*)?")


class Move(NamedTuple):
    """One entry: `old` becomes `new`; with `is_prefix` everything below it as well (`old.*`)."""

    old: str
    new: str
    is_prefix: bool = False


@dataclass(frozen=True, slots=True)
class Replaced:
    """What replacing imports makes of one file: edits, the stretches that count as sites, what stays.

    `kept` are places that a comment protects, `notes` say what could not follow.
    """

    edits: tuple[TextEdit, ...] = ()
    sites: tuple[tuple[int, int], ...] = ()
    kept: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


def parse_moves(
    given: Mapping[object, object], language: str, where: str = ""
) -> tuple[tuple[str, str], ...]:
    """The entries of `imports.replace`, checked.

    Raises InvalidInput for what is no name, for `.*` on one side only, and for names that turn in a circle.
    """
    shape = _DOTTED if language in ("python", "java") else _PATH
    pairs: list[tuple[str, str]] = []
    for old, new in given.items():
        for name in (old, new):
            if not isinstance(name, str) or not shape.fullmatch(name):
                raise InvalidInput(
                    f"`imports.replace` names {name!r}",
                    hint="write `old.module.name: new.module.name`, or `old.*: new.*` for all below",
                    where=where,
                )
        assert isinstance(old, str) and isinstance(new, str)
        if old == new or _is_prefix(old) != _is_prefix(new):
            raise InvalidInput(
                f"`imports.replace` turns `{old}` into `{new}`",
                hint="give two names that differ, both with `.*` or both without",
                where=where,
            )
        pairs.append((old, new))
    _demand_end(pairs, where)
    return tuple(pairs)


def _demand_end(pairs: Sequence[tuple[str, str]], where: str) -> None:
    moves = moves_of(pairs)
    for old, _ in pairs:
        name: str | None = _bare(old)
        for _ in range(len(pairs) + 1):
            name = moved(moves, name) if name is not None else None
        if name is not None:
            raise InvalidInput(
                f"`imports.replace` never comes to an end for `{old}`",
                hint="what an entry makes must not be renamed back",
                where=where,
            )


def moves_of(pairs: Sequence[tuple[str, str]]) -> tuple[Move, ...]:
    """The entries, those with the longest old names first."""
    moves = [Move(_bare(old), _bare(new), _is_prefix(old)) for old, new in pairs]
    return tuple(sorted(moves, key=lambda move: (-len(move.old), move.is_prefix)))


def moved(moves: Sequence[Move], name: str, *, separators: str = ".") -> str | None:
    """The new name of exactly this one, None when it stays; the longest entry wins.

    What already lies below an entry's new name stays, so that `a.*: a.b.*` is done once.
    """
    for move in moves:
        if name == move.old and not lies_below(name, move, separators):
            return move.new
        below = move.is_prefix and name.startswith(move.old) and name[len(move.old)] in separators
        if below and not lies_below(name, move, separators):
            return move.new + name[len(move.old) :]
    return None


def may_move(pairs: Sequence[tuple[str, str]], source: bytes) -> bool:
    """False only when no entry can find an import in `source`.

    A statement spells the last part of the old name, and the parts before it unless it is relative; that an
    export is the default one need not be spelled.
    """
    for old, _ in pairs:
        *owners, last = _words(_bare(old).removesuffix(".default"))
        if last in source and (all(owner in source for owner in owners) or b"from ." in source):
            return True
    return False


def _words(name: str) -> Iterator[bytes]:
    return (found[0] for found in _WORD.finditer(name.encode()))


def lies_below(name: str, move: Move, separators: str = ".") -> bool:
    """True when the entry moves a name into what lies below it, and the name is there already."""
    if not move.new.startswith(move.old):
        return False
    return name == move.new or (name.startswith(move.new) and name[len(move.new)] in separators)


def _is_prefix(name: str) -> bool:
    return name.endswith((".*", "/*"))


def _bare(name: str) -> str:
    return name[:-2] if _is_prefix(name) else name
