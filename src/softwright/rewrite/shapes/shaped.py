"""Values: an edit with its shape, and a shape with its edits."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from softwright.core import Span, digest

_KEY = 12


class Kind(StrEnum):
    """What a shape is about: code, an import, lines of text, the layout of code, or a file as a whole."""

    CODE = "code"
    IMPORT = "import"
    LINES = "lines"
    LAYOUT = "layout"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Form:
    """A change with holes, as text: `before` becomes `after`; `$A` is one part, `$$$A` any number of them.

    For imports `before` holds the statements that are no longer needed, `after` those that are needed now.
    """

    kind: Kind
    language: str
    before: str
    after: str

    @property
    def key(self) -> str:
        """Its name: equal forms have equal keys, in any process and at any time."""
        return digest([str(self.kind), self.language, self.before, self.after], length=_KEY)


@dataclass(frozen=True, slots=True)
class ShapedEdit:
    """One edit of one file, and its form.

    `old` and `new` are the spans before and after, `was` and `now` the texts there, `line` the line before
    (from 1). All edits of a file together are the whole change, and each may be left out by itself. `lines`
    are the lines around it before and after, as people see them. `holes` are the texts that the holes of the
    form stand for here. `turn` counts what reads the same above it in the file before: lines, and places in
    its own line.
    """

    form: Form
    old: Span
    new: Span
    was: str
    now: str
    line: int
    lines: tuple[str, str] = ("", "")
    holes: tuple[str, ...] = ()
    anchor: str = ""
    turn: tuple[int, int] = (0, 0)

    @property
    def shape(self) -> str:
        """The key of its shape."""
        return self.form.key

    def digest(self, repo: str, path: str) -> str:
        """Names this edit, wherever its lines have moved to: what decisions about edits are bound to."""
        place = [self.anchor, *self.turn]
        return digest([repo, path, self.was, self.now, self.shape, place], length=16)

    def to_json(self) -> dict[str, Any]:
        """The edit as JSON-like values."""
        return asdict(self)

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> "ShapedEdit":
        """The edit that `to_json` wrote."""
        form = given["form"]
        return cls(
            Form(Kind(form["kind"]), form["language"], form["before"], form["after"]),
            Span(**given["old"]),
            Span(**given["new"]),
            given["was"],
            given["now"],
            given["line"],
            (given["lines"][0], given["lines"][1]),
            tuple(given["holes"]),
            given["anchor"],
            (given["turn"][0], given["turn"][1]),
        )
