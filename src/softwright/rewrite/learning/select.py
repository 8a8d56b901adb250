"""Which groups of edits become rules: for each edit the smallest surroundings that tell it from what was left alone."""

from collections import defaultdict
from collections.abc import Sequence

from softwright.rewrite.learning.diff import TreeDiff, TreeEdit
from softwright.rewrite.learning.judge import Judge
from softwright.rewrite.learning.specialise import Learnt, anchor, is_distinctive, specialise
from softwright.rewrite.learning.template import Instance, generalise

_LEVELS = 5
_MOST_LITERAL = 8
"""Tokens that code without any hole may have to count as a shape although it was seen once."""
_Key = tuple[object, ...]


def select(diffs: Sequence[TreeDiff], judge: Judge, *, support: int) -> list[Learnt]:
    """Rules with at least `support` places, those with the most surroundings first."""
    groups, by_edit = _groups(diffs)
    tried: dict[_Key, Learnt | None] = {}
    chosen: dict[_Key, Learnt] = {}
    for file, diff in enumerate(diffs):
        for edit in diff.edits:
            keys = by_edit[file, edit.number]
            if any(key in chosen for key in keys):
                continue
            for key in sorted(keys, key=lambda k: (groups[k][0].level, -len(groups[k]))):
                if key not in tried:
                    tried[key] = specialise(groups[key], judge)
                learnt = tried[key]
                if learnt is not None and _is_worth_it(learnt, support):
                    chosen[key] = learnt
                    break
    return sorted(chosen.values(), key=_precedence)


def _groups(
    diffs: Sequence[TreeDiff],
) -> tuple[dict[_Key, list[Instance]], dict[tuple[int, int], list[_Key]]]:
    groups: dict[_Key, list[Instance]] = defaultdict(list)
    by_edit: dict[tuple[int, int], list[_Key]] = defaultdict(list)
    for file, diff in enumerate(diffs):
        for edit in diff.edits:
            for instance in _instances(file, diff, edit):
                key = (instance.level, *instance.template.key)
                if key in by_edit[file, edit.number]:
                    continue
                groups[key].append(instance)
                by_edit[file, edit.number].append(key)
    return groups, by_edit


def _instances(file: int, diff: TreeDiff, edit: TreeEdit) -> list[Instance]:
    found: list[Instance] = []
    for level in range(min(_LEVELS, len(edit.above) - (edit.pair is not None and False)) + 1):
        if level > len(edit.above) or (level and edit.above[-level].before.raw in diff.before.grammar.bodies):
            break
        for joint in (False, True):
            template = generalise(diff, edit, level, joint=joint)
            if template is not None:
                found.append(Instance(file, edit, template, level))
    return found


def _is_worth_it(learnt: Learnt, support: int) -> bool:
    """False for what rests on one edit and says little: deletions, long literal code, names of many meanings."""
    count = len(learnt.judgement.right)
    if count < support:
        return False
    candidate = learnt.candidate
    template = candidate.first.template
    if count > 1:
        return not candidate.is_deletion or count > 2 or learnt.anchor >= 1
    if candidate.is_deletion or candidate.is_narrowed:
        return False
    if candidate.is_name:
        return template.after is not None and template.after.is_leaf and is_distinctive(template.before.text)
    tokens = template.key[1]
    return bool(template.holes) or (isinstance(tokens, tuple) and len(tokens) <= _MOST_LITERAL)


def _precedence(learnt: Learnt) -> tuple[int, float, int]:
    return (-learnt.candidate.first.level, -anchor(learnt.candidate), -len(learnt.judgement.right))
