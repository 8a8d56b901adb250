"""Shapes of many edits: counted over files and repositories, with samples that differ from each other."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from softwright.rewrite.shapes.shaped import Form, ShapedEdit

LARGE = 3
"""Edits from which a shape is reviewed as one. Fewer are exceptions, each looked at by itself: below
three, reading the pattern and its samples takes as long as reading the edits."""
SAMPLES = 3


@dataclass(frozen=True, slots=True)
class PlacedEdit:
    """An edit with the place it is at."""

    repo: str
    path: str
    edit: ShapedEdit

    @property
    def digest(self) -> str:
        """What decisions about this edit are bound to."""
        return self.edit.digest(self.repo, self.path)


@dataclass(frozen=True, slots=True)
class Shape:
    """The class of edits that one generalised before -> after describes; `edits` are all of them, in
    order."""

    form: Form
    edits: tuple[PlacedEdit, ...]

    @property
    def key(self) -> str:
        """Its name."""
        return self.form.key

    @property
    def count(self) -> int:
        """How many edits have it."""
        return len(self.edits)

    @property
    def repos(self) -> tuple[str, ...]:
        """The repositories they are in, by name."""
        return tuple(sorted({each.repo for each in self.edits}))

    @property
    def samples(self) -> tuple[PlacedEdit, ...]:
        """Up to three edits that are as different as can be had: other repositories, other contents of
        holes."""
        return diverse(self.edits, SAMPLES)


@dataclass(frozen=True, slots=True)
class Clustered:
    """Large shapes, the largest first, and the edits that are in none."""

    shapes: tuple[Shape, ...]
    exceptions: tuple[PlacedEdit, ...]


def cluster(edits: Iterable[PlacedEdit], *, large: int = LARGE) -> Clustered:
    """The edits by their shapes; shapes of fewer than `large` edits are taken apart into exceptions."""
    by_form: dict[Form, list[PlacedEdit]] = defaultdict(list)
    for each in edits:
        by_form[each.edit.form].append(each)
    shapes = [Shape(form, tuple(found)) for form, found in by_form.items()]
    shapes.sort(key=lambda shape: (-shape.count, shape.form.before, shape.form.after))
    small = [each for shape in shapes if shape.count < large for each in shape.edits]
    small.sort(key=lambda each: (each.repo, each.path, each.edit.old))
    return Clustered(tuple(shape for shape in shapes if shape.count >= large), tuple(small))


def diverse(edits: Sequence[PlacedEdit], count: int) -> tuple[PlacedEdit, ...]:
    """Up to `count` of the edits: each next one from a repository and with contents not yet seen, where
    there is one."""
    left = list(edits)
    chosen: list[PlacedEdit] = []
    repos: set[str] = set()
    texts: set[str] = set()
    while left and len(chosen) < count:
        best = max(range(len(left)), key=lambda at: (*_newness(left[at], repos, texts), -at))
        each = left.pop(best)
        chosen.append(each)
        repos.add(each.repo)
        texts |= {each.edit.was, *each.edit.holes}
    return tuple(chosen)


def _newness(each: PlacedEdit, repos: set[str], texts: set[str]) -> tuple[bool, int, bool]:
    new_holes = sum(hole not in texts for hole in each.edit.holes)
    return each.repo not in repos, new_holes, each.edit.was not in texts
