"""Shapes of text that no grammar reads: changed words with their neighbours, all else in holes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_TOKEN = re.compile(r"\d+(?:\.\w+)+|\w+|\s+|[^\w\s]")
_NEIGHBOURS = 4
"""Words and signs that are kept on each side of a change."""
_MANY = 2_000  # tokens from which no finer comparison is made
_MARK = "\0"


@dataclass(frozen=True, slots=True)
class Worded:
    """A text before and after, with holes; `holes` are what these stand for."""

    before: str
    after: str
    holes: tuple[str, ...] = ()


def worded(before: str, after: str) -> Worded:
    """What changed between two texts: long runs of unchanged words become holes."""
    old, new = _TOKEN.findall(before.strip()), _TOKEN.findall(after.strip())
    if not old or not new or len(old) + len(new) > _MANY:
        return Worded(_plain(old), _plain(new))
    holes: list[str] = []
    sides: tuple[list[str], list[str]] = ([], [])
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for at, (tag, i1, i2, j1, j2) in enumerate(blocks):
        if tag != "equal":
            sides[0].extend(old[i1:i2])
            sides[1].extend(new[j1:j2])
            continue
        kept = _kept(old[i1:i2], is_first=at == 0, is_last=at == len(blocks) - 1)
        for part in kept:
            if part.startswith(_MARK):
                holes.append(part[1:].strip())
                part = _name(len(holes) - 1)
            sides[0].append(part)
            sides[1].append(part)
    return Worded(_plain(sides[0]), _plain(sides[1]), tuple(holes))


def _kept(run: Sequence[str], *, is_first: bool, is_last: bool) -> list[str]:
    """The tokens of an unchanged run that are kept, the others as one marked token for a hole."""
    head = 0 if is_first else _length(run)
    tail = 0 if is_last else _length(run[::-1])
    middle = run[head : len(run) - tail]
    if head + tail >= len(run) or not "".join(middle).strip():
        return list(run)
    return [*run[:head], _MARK + "".join(middle), *run[len(run) - tail :]]


def _length(run: Sequence[str]) -> int:
    """How many tokens from the start hold as many words as are kept."""
    words = 0
    for at, token in enumerate(run):
        words += not token.isspace()
        if words > _NEIGHBOURS:
            return at
    return len(run)


def _name(number: int) -> str:
    turn, letter = divmod(number, 26)
    return f"${chr(ord('A') + letter)}{turn or ''}"


def _plain(tokens: Sequence[str]) -> str:
    """The tokens in one text: blanks in a line are one blank, lines keep their indentation."""
    return "".join(
        "\n" + token.rpartition("\n")[2] if "\n" in token else " " if token.isspace() else token
        for token in tokens
    )
