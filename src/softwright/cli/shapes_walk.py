"""Walking through the shapes of a campaign at a terminal: one question for each shape, one for each
exception."""

import os
import shlex
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from rich.markup import escape

from softwright.app import House
from softwright.app import campaign_shapes as use
from softwright.cli.campaign_show import print_diff
from softwright.cli.shapes_show import show_decided, show_edit, show_head, show_shape
from softwright.cli.show import out
from softwright.core import InvalidInput

_SHAPE_HELP = (
    "a accept, r reject, e accept except some, l list all sites, d diffs of the samples, s skip, q quit"
)
_EDIT_HELP = "a accept, r reject, c correct in your editor, d diff of the file, s skip, q quit"


class Walk:
    """One walk. What is decided is recorded at once; `anew` are the repositories to be proposed again."""

    def __init__(
        self, house: House, review: use.Review, *, who: str, ask: Callable[[str], str] = input
    ) -> None:
        self.house = house
        self.review = review
        self.who = who
        self.anew: set[str] = set()
        self._ask = ask

    def go(self) -> None:
        """Ask about every shape with an open edit, then about every open exception, until the end or `q`."""
        show_head(self.review)
        shapes = [shape for shape in self.review.shapes if shape.standings["open"]]
        edits = [edit for edit in self.review.exceptions if edit.standing == "open"]
        try:
            for number, shape in enumerate(shapes, 1):
                out.print(f"\nshape {number} of {len(shapes)}", style="bold")
                if not self._shape(shape):
                    return
            for number, edit in enumerate(edits, 1):
                out.print(f"\nexception {number} of {len(edits)}", style="bold")
                if not self._edit(edit):
                    return
        except EOFError:
            out.print()

    def _shape(self, shape: use.ReviewedShape) -> bool:
        show_shape(shape)
        while True:
            answer = self._answer("[a]ccept [r]eject [e]xcept [l]ist [d]iff [s]kip [q]uit")
            if answer == "a":
                return self._decide(use.Order(accept=[f"{shape.key}@{shape.shown}"], who=self.who))
            if answer == "r":
                reason = self._ask("what is wrong? ")
                return self._decide(use.Order(reject=[shape.key], reason=reason, who=self.who))
            if answer == "e":
                but = self._ask("sites to leave open (the first letters will do): ").split()
                return self._decide(use.Order(accept=[shape.key], but=but, who=self.who))
            if answer == "l":
                show_shape(shape, sites=True)
            elif answer == "d":
                for edit in shape.samples:
                    self._diff(edit)
            elif answer in ("s", "q"):
                return answer == "s"
            else:
                out.print(_SHAPE_HELP)

    def _edit(self, edit: use.ReviewedEdit) -> bool:
        show_edit(edit)
        while True:
            answer = self._answer("[a]ccept [r]eject [c]orrect [d]iff [s]kip [q]uit")
            if answer == "a":
                return self._decide(use.Order(accept=[edit.id], who=self.who))
            if answer == "r":
                reason = self._ask("what is wrong? ")
                return self._decide(use.Order(reject=[edit.id], reason=reason, who=self.who))
            if answer == "c":
                text = edited(f"{edit.lines[1]}\n")
                if text is not None:
                    return self._decide(use.Order(corrections=[(edit.id, text)], who=self.who))
                out.print("nothing was changed")
            elif answer == "d":
                self._diff(edit)
            elif answer in ("s", "q"):
                return answer == "s"
            else:
                out.print(_EDIT_HELP)

    def _answer(self, question: str) -> str:
        out.print(f"{escape(question)} ", end="", style="bold")
        return self._ask("").strip().lower()[:1]

    def _decide(self, order: use.Order) -> bool:
        try:
            decided = use.decide(self.house, self.review, order)
        except InvalidInput as error:
            out.print(f"{error.message}", style="red", markup=False)
            return True
        self.anew |= set(decided.anew)
        show_decided(decided, self.review.view.name)
        return True

    def _diff(self, edit: use.ReviewedEdit) -> None:
        file = next(f for f in edit.repo.files if f.path == edit.placed.path)
        out.print(f"\n{edit.placed.repo}", style="bold", markup=False)
        print_diff(self.review.view.diff(edit.placed.repo, file))


def edited(text: str) -> str | None:
    """What a person makes of a text in their editor; None when it stays as it is."""
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "correction"
        path.write_text(text, encoding="utf-8")
        subprocess.run([*shlex.split(command), str(path)], check=False)
        found = path.read_text(encoding="utf-8")
    return None if found == text else found
