"""Who did which sites of a repository, and what it took."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

from softwright.campaigns.change import FunctionStep, ReadyStep, RuleGroup, origin_of
from softwright.campaigns.draft import Draft
from softwright.core import FileChange, Write
from softwright.rewrite.shapes import Kind, shape_edits

RULE, SHAPE, COMMAND, PYTHON = "rule", "shape", "command", "python"


@dataclass(frozen=True, slots=True)
class Work:
    """What one proposer did. `wall_s` are seconds; `kind` is rule, shape, command or python.

    `instead_of` names the step that rules of shapes were tried before. `skipped` is 1 for a step left out
    because nothing was left to do.
    """

    proposer: str
    kind: str
    sites: int
    files: int
    wall_s: float
    instead_of: str = ""
    skipped: int = 0


@contextmanager
def measured(work: list[Work], draft: Draft, step: ReadyStep, *, instead_of: str = "") -> Iterator[None]:
    """Notes what the step does to the draft inside the block, and how long it takes."""
    sites, files, began = dict(draft.sites), dict(draft.changes), monotonic()
    yield
    wall_s = monotonic() - began
    if isinstance(step, RuleGroup):
        kind = SHAPE if instead_of else RULE
        changed = {p: n - sites.get(p, 0) for p, n in draft.sites.items() if n != sites.get(p, 0)}
        name = ", ".join(rule.id for rule in step.rules)
        work.append(Work(name, kind, sum(changed.values()), len(changed), wall_s, instead_of))
    else:
        counts = _counts(draft, files)
        kind = PYTHON if isinstance(step, FunctionStep) else COMMAND
        work.append(Work(origin_of(step), kind, sum(counts), len(counts), wall_s))


def left_out(step: ReadyStep) -> Work:
    """A step that was not done, as nothing was left to do for it."""
    return Work(origin_of(step), COMMAND, 0, 0, 0.0, skipped=1)


def _counts(draft: Draft, before: dict[str, FileChange]) -> Sequence[int]:
    """How many places were changed in each file that is another now; imports are no places of their own."""
    counts = []
    for path in sorted(draft.changes.keys() | before.keys()):
        was, now = before.get(path), draft.changes.get(path)
        if was == now:
            continue
        old = was.content if isinstance(was, Write) else draft.base(path) if was is None else None
        new = now.content if isinstance(now, Write) else draft.base(path) if now is None else None
        edits = shape_edits(path, old, new)
        counts.append(sum(edit.form.kind is not Kind.IMPORT for edit in edits))
    return counts
