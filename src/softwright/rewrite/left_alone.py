"""Sites that stay as they are, while the rest of their file is rewritten."""

from collections.abc import Collection
from typing import NamedTuple

from softwright.core import InvalidInput


class LeftAlone(InvalidInput):
    """One match cannot be rewritten where it stands; the message says why."""


class Place(NamedTuple):
    """What a rule does at one place of the original; `start` -1: what it does besides its steps."""

    rule: str
    start: int
    end: int


class Unfit(InvalidInput):
    """What some sites become does not fit the file. Without them the rest may be rewritten.

    `culprits` are the sites that surely are to blame; none when that is not known.
    """

    def __init__(self, names: str, reason: str, *, culprits: Collection[Place] = (), hint: str = "") -> None:
        super().__init__(f"{names}: {reason}" if names else reason, hint=hint)
        self.reason = reason
        self.culprits = tuple(dict.fromkeys(culprits))
