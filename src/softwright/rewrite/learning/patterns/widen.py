"""The wider reading of a rule: what it would be if a name that is the same in all its places were any name.

Where narrow and wide differ on real files, the answer is a person's: `raise UsageError()` was changed;
`raise Other()`?
"""

from collections.abc import Sequence

from softwright.rewrite.learning.patterns.anchors import anchor, own_anchor
from softwright.rewrite.learning.patterns.candidate import Candidate, Demand, write_step
from softwright.rewrite.learning.patterns.judge import Judge
from softwright.rewrite.learning.patterns.specialise import Learnt, guard
from softwright.rewrite.learning.trees.diff import TreeDiff
from softwright.rewrite.learning.trees.template import Instance, generalise

_MORE_LEVELS = 2
_LEAST_ANCHOR = 0.45
_OWN = frozenset({"self", "cls", "this"})


def widened(learnt: Learnt, diffs: Sequence[TreeDiff], judge: Judge) -> Learnt | None:
    """A rule that takes more places, and none in the examples that the author did not change; None if
    there is none."""
    candidate = learnt.candidate
    if candidate.is_name or candidate.is_narrowed or candidate.lists_values or not _literals(candidate):
        return None
    for level in range(candidate.first.level, candidate.first.level + _MORE_LEVELS + 1):
        wide = _at(learnt, level, diffs, judge)
        if wide is not None:
            return wide
    return None


def _literals(candidate: Candidate) -> frozenset[str]:
    return frozenset(text for demand in candidate.demands.values() for text in demand.texts) - _OWN


def _at(learnt: Learnt, level: int, diffs: Sequence[TreeDiff], judge: Judge) -> Learnt | None:
    instances: list[Instance] = []
    for made in learnt.made_by():
        edit = made.edit
        if level > len(edit.above):
            return None
        template = generalise(diffs[made.file], edit, level, joint=False)
        if template is not None and (not instances or template.key == instances[0].template.key):
            instances.append(Instance(made.file, edit, template, level))
    if not instances:
        return None
    candidate = Candidate(instances, _kept(learnt, level))
    if own_anchor(candidate) < _LEAST_ANCHOR:
        return None
    trees = [(diff.before, diff.after) for diff in diffs]
    step = write_step(candidate, trees)
    if step is not None and guard(candidate, step, judge):
        step = write_step(candidate, trees)
    if step is None:
        return None
    judgement = judge.judge(candidate, step)
    if not judgement.right or judgement.wrong or judgement.outside:
        return None
    return Learnt(candidate, step, judgement, anchor(candidate), learnt.scope)


def _kept(learnt: Learnt, level: int) -> dict[int, Demand]:
    if level != learnt.candidate.first.level:
        return {}
    return {number: demand for number, demand in learnt.candidate.demands.items() if demand.texts <= _OWN}
