"""Which groups of edits become rules: for each edit the smallest surroundings that tell it from what
was left alone."""

from collections import defaultdict
from collections.abc import Sequence

from softwright.rewrite.learning.patterns.anchors import anchor, is_distinctive
from softwright.rewrite.learning.patterns.judge import Judge
from softwright.rewrite.learning.patterns.specialise import Learnt, specialise
from softwright.rewrite.learning.trees.diff import TreeDiff, TreeEdit
from softwright.rewrite.learning.trees.strings import is_text_edit
from softwright.rewrite.learning.trees.template import Instance, generalise, is_bases

_LEVELS = 5
_MOST_LITERAL = 3
"""Tokens that code without any hole may have to count as a shape although it was seen once."""
_MANY = 3
"""Texts that must have been replaced alike before any text is."""
_Key = tuple[object, ...]


def select(diffs: Sequence[TreeDiff], judge: Judge, *, support: int) -> list[Learnt]:
    """Rules with at least `support` places, those with the most surroundings first.

    Level by level: only edits that no rule explains yet are looked at with more of their surroundings. A
    rule that lists values, or disagrees with the author somewhere, gives way to one with more surroundings
    that need not.
    """
    chosen: list[Learnt] = []
    listing: list[Learnt] = []
    waiting = {(file, edit.number): edit for file, diff in enumerate(diffs) for edit in diff.edits}
    for level in range(_LEVELS + 1):
        if not waiting:
            break
        groups = _groups(diffs, waiting, level)
        for instances in sorted(groups.values(), key=_order):
            if (len(instances) < support and level) or not any(_name(each) in waiting for each in instances):
                continue
            if instances[0].template.unread and len({each.template.unread for each in instances}) < _MANY:
                continue
            if len(instances) == 1 and _says_little(instances[0]):
                continue
            learnt = specialise(instances, judge)
            if learnt is None or not _is_worth_it(learnt, support):
                continue
            if (learnt.candidate.lists_values or learnt.conflicts) and level < _LEVELS:
                listing.append(learnt)
                continue
            chosen.append(learnt)
            _strike(waiting, learnt)
    for learnt in sorted(listing, key=lambda each: each.conflicts > 0):
        if any(_name(each) in waiting for each in learnt.made_by()):
            chosen.append(learnt)
            _strike(waiting, learnt)
    return sorted(chosen, key=_precedence)


def _order(instances: list[Instance]) -> tuple[int, int]:
    """Most edits first, then the shortest template: what is nested in another edit is found by it as well."""
    tokens = instances[0].template.key[1]
    return -len(instances), len(tokens) if isinstance(tokens, tuple) else 0


def _name(instance: Instance) -> tuple[int, int]:
    return instance.file, instance.edit.number


def _strike(waiting: dict[tuple[int, int], TreeEdit], learnt: Learnt) -> None:
    """Take off the edits that the rule makes, and those it begins: what lies in them is seen later."""
    right = {(hit.file, hit.start, hit.end) for hit in learnt.judgement.right}
    for instance in learnt.made_by():
        waiting.pop(_name(instance), None)
    for name, edit in list(waiting.items()):
        if (name[0], *edit.before.inner) in right and learnt.candidate.first.level == 0:
            del waiting[name]


def _groups(
    diffs: Sequence[TreeDiff], waiting: dict[tuple[int, int], TreeEdit], level: int
) -> dict[_Key, list[Instance]]:
    groups: dict[_Key, list[Instance]] = defaultdict(list)
    for (file, _), edit in waiting.items():
        if _ends_below(edit, level, diffs[file]) or is_text_edit(edit, level, diffs[file].before.grammar):
            continue
        seen: set[_Key] = set()
        for joint, unread in ((False, False), (True, False), (True, True)):
            template = generalise(diffs[file], edit, level, joint=joint, unread=unread)
            if template is not None and template.key not in seen:
                seen.add(template.key)
                groups[template.key].append(Instance(file, edit, template, level))
    return {key: group for key, group in groups.items() if not _is_one_value(group)}


def _is_one_value(instances: list[Instance]) -> bool:
    """True for what went whatever its value was, when the value always was the same.

    A base of a class is known by what its name stands for.
    """
    template = instances[0].template
    if template.after is not None or not template.holes or is_bases(template.before):
        return False
    return len({instance.template.holes[0].nodes[0].hash for instance in instances}) == 1


def _ends_below(edit: TreeEdit, level: int, diff: TreeDiff) -> bool:
    """True when a level would reach beyond the statement."""
    if level > len(edit.above):
        return True
    bodies = diff.before.grammar.bodies
    return any(edit.above[-up].before.raw in bodies for up in range(1, level + 1))


def _says_little(instance: Instance) -> bool:
    """True for one edit that is no shape: a deletion, or a long text without holes."""
    template, tokens = instance.template, instance.template.key[1]
    if template.after is None:
        return True
    return not template.holes and isinstance(tokens, tuple) and len(tokens) > _MOST_LITERAL


def _is_worth_it(learnt: Learnt, support: int) -> bool:
    """False for what rests on one edit and says little: deletions, long literal code, names of many
    meanings."""
    count = len(learnt.judgement.right)
    if count < support:
        return False
    candidate = learnt.candidate
    template = candidate.first.template
    if count > 1:
        is_part = template.before.parent is not None and not template.before.parent.has_body
        return not candidate.is_deletion or count > 2 or learnt.judgement.files > 1 or is_part
    if candidate.is_narrowed:
        return False
    if candidate.is_name:
        return template.after is not None and template.after.is_leaf and is_distinctive(template.before.text)
    return True


def _precedence(learnt: Learnt) -> tuple[int, float, int]:
    return (-learnt.candidate.first.level, -anchor(learnt.candidate), -len(learnt.judgement.right))
