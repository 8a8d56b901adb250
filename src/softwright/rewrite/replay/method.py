"""What is replayed: the Protocol of something that learns from files and predicts others."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from softwright.rewrite.learning import Example


@dataclass(frozen=True, slots=True)
class Origin:
    """The rules that wrote bytes `start` to `end` of the file before."""

    start: int
    end: int
    rules: frozenset[str]


@dataclass(frozen=True, slots=True)
class Prediction:
    """A file as the rules would leave it.

    `parsed` is False when no rule could have matched, so that the file cost next to nothing; `origins` tell
    which rule wrote what; `refused` says why the file was left as it was although rules matched.
    """

    after: str
    parsed: bool
    origins: tuple[Origin, ...] = ()
    fired: frozenset[str] = frozenset()
    refused: str = ""


class Trained(Protocol):
    """What was learned from some files."""

    @property
    def safe(self) -> frozenset[str]:
        """Names of the rules marked `safe`."""
        ...

    def predict(self, path: str, before: str) -> Prediction:
        """The file after the learned rules."""
        ...

    def next_file(self, files: Mapping[str, str], shown: Collection[str]) -> str | None:
        """The file (path -> text before) whose outcome is most in doubt; None when nothing is."""
        ...

    def described(self) -> str:
        """The rules for people to read."""
        ...


class Method(Protocol):
    """A way to learn."""

    def learn(self, shown: Sequence[Example]) -> Trained:
        """What the files teach; files with equal texts were left alone by their author."""
        ...
