"""Rules learned again with what a review taught: rejected edits are negatives, corrected ones positives."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from softwright.campaigns.change import ready_change
from softwright.campaigns.known import known_campaign
from softwright.campaigns.load import named_rule
from softwright.campaigns.means import Means
from softwright.campaigns.shapes.compile import Accepted
from softwright.campaigns.shapes.tried import accepted_files
from softwright.campaigns.spec_file import load_campaign
from softwright.campaigns.view import campaign_view
from softwright.core import InvalidInput, OutsideFault
from softwright.facts.flags import is_test
from softwright.ledger.shapes import NEGATIVE, ShapeExample
from softwright.rewrite import SHIPPED, FileFacts, Rule, Sample, parse_rule, rewrite
from softwright.rewrite.learning import Example, learn
from softwright.rewrite.rule_text import write_rule
from softwright.rewrite.shapes import ShapedEdit, shape_edits

_ANY_PYTHON = (3, 99)
_ENDINGS = {"python": "py", "javascript": "js", "typescript": "ts", "tsx": "tsx", "go": "go", "java": "java"}
_MOST_SAMPLES = 3
_MOST_ACCEPTED = 12


@dataclass(frozen=True, slots=True)
class Relearned:
    """One rule: `text` is its new file, "" where it stays as it is, with the `reason`.

    `apart` are corrections that no rule makes together with the rest: they stay edits of a person.
    """

    rule: str
    path: str
    negatives: int
    positives: int
    text: str
    reason: str
    apart: int = 0


def relearn_rules(means: Means, name_or_path: str) -> list[Relearned]:
    """Each rule of the campaign that the review is about, learned again; nothing is written.

    A rule is learned from its samples, from the reviewed files that it changes, and from some that were
    accepted; it must then make of each what people want. Raises InvalidInput when the review taught nothing,
    or no rule can be learned again.
    """
    record, _ = known_campaign(means.ledger, name_or_path)
    examples = means.ledger.examples.of(record.name)
    if not examples:
        raise InvalidInput(
            f"no edit of campaign `{record.name}` was rejected or corrected, so there is nothing to learn",
            hint=f"softwright campaign review {record.name} --reject SITE --reason WHY",
        )
    path = Path(record.spec_path)
    change = ready_change(
        load_campaign(path),
        folder=path.parent,
        find_rule=lambda name: named_rule(means.settings.rules, path, name),
    )
    own = [rule for rule in change.rules if rule.steps and not _is_shipped(rule)]
    if not own:
        raise InvalidInput(
            f"campaign `{record.name}` has no rule of your own to be learned again",
            hint="rules that ship with Softwright stay as they are: copy one, or learn one",
            where=str(path),
        )
    view = campaign_view(means.ledger, means.mirrors, record.name)
    accepted = accepted_files(means, view, [rule.id for rule in own])
    return [_relearned(rule, examples, accepted[rule.id]) for rule in own]


def write_relearned(relearned: Sequence[Relearned]) -> tuple[str, ...]:
    """Put the new texts in place of the rules' files; gives the paths. Raises OutsideFault."""
    written = []
    for each in relearned:
        if not each.text:
            continue
        path = Path(each.path)
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            beside.write_text(each.text, encoding="utf-8")
            beside.replace(path)
        except OSError as error:
            raise OutsideFault(f"cannot write the rule: {error.strerror}", where=each.path) from error
        written.append(each.path)
    return tuple(written)


def _is_shipped(rule: Rule) -> bool:
    return not rule.path or Path(rule.path).resolve().is_relative_to(Path(SHIPPED).resolve())


def _relearned(rule: Rule, reviewed: Sequence[ShapeExample], accepted: Sequence[Accepted]) -> Relearned:
    about = [each for each in reviewed if _rewritten(rule, each.path, each.before) != each.before]
    kinds = [each.kind for each in about]
    found = Relearned(rule.id, rule.path, kinds.count("negative"), kinds.count("positive"), "", "")
    if not about:
        return replace(found, reason="the review is about none of its edits")
    if all(_rewritten(rule, each.path, each.before) == each.after for each in about):
        return replace(found, reason="it makes what people want already")
    own = [_as_example(rule, sample) for sample in rule.samples]
    shortest = sorted(accepted, key=lambda file: (len(file.before), file.name))[:_MOST_ACCEPTED]
    few = [_reviewed(each) for each in shortest]
    made = _learned(rule, [*own, *(_reviewed(each) for each in about), *few])
    if made is None and found.positives and found.negatives:
        found = replace(found, positives=0, apart=found.positives)
        about = [each for each in about if each.kind == NEGATIVE]
        made = _learned(rule, [*own, *(_reviewed(each) for each in about), *few])
    if made is None:
        return replace(found, reason="what people want could not be learned as one rule")
    made = replace(made, samples=(*rule.samples, *_taught(rule, made, about)))
    try:
        text = write_rule(made)
        parse_rule(text, where=rule.path)
    except InvalidInput as error:
        return replace(found, reason=error.message)
    return replace(found, text=text)


def _learned(rule: Rule, examples: Sequence[Example]) -> Rule | None:
    """The rule learned of the examples that does to each what people want, None when there is none.

    The second time the samples that are left alone are only looked at, not learned from: most of them are so
    unlike what is changed that nothing is to be learned of them.
    """
    without = [each for each in examples if each.repo or not each.is_left_alone]
    for taught in (examples, without):
        made = _combined(rule, [each.rule for each in learn(taught).rules])
        if made is not None and all(_rewritten(made, e.path, e.before) == e.after for e in examples):
            return made
    return None


def _reviewed(file: ShapeExample | Accepted) -> Example:
    return Example(file.path, file.before, file.after, file.repo)


def _as_example(rule: Rule, sample: Sample) -> Example:
    path = sample.path or f"sample.{_ENDINGS.get(rule.language, rule.language)}"
    return Example(path, sample.before, sample.before if sample.after is None else sample.after)


def _combined(rule: Rule, learned: Sequence[Rule]) -> Rule | None:
    """The rule with what was learned in it; None when that takes rules of different scopes."""
    mine = [each for each in learned if each.language == rule.language]
    if not mine or len({each.scope for each in mine}) > 1:
        return None
    scope = mine[0].scope if mine[0].scope != type(mine[0].scope)() else rule.scope
    return replace(
        rule,
        steps=tuple(step for each in mine for step in each.steps),
        imports_add=tuple(dict.fromkeys(name for each in mine for name in each.imports_add)),
        imports_remove=tuple(dict.fromkeys(name for each in mine for name in each.imports_remove)),
        imports_replace=tuple(dict.fromkeys(move for each in mine for move in each.imports_replace)),
        scope=scope,
    )


def _taught(before: Rule, after: Rule, about: Sequence[ShapeExample]) -> list[Sample]:
    """Short samples of what the review taught: lines that the rule changed and leaves alone now."""
    found: list[Sample] = []
    known = {sample.before for sample in before.samples}
    for each in about:
        was = _rewritten(before, each.path, each.before)
        wanted = {edit.digest("", each.path) for edit in _edits(each.path, each.before, each.after)}
        for edit in _edits(each.path, each.before, was):
            line = f"{edit.lines[0].strip()}\n"
            is_new = edit.digest("", each.path) not in wanted and line not in known
            if is_new and _rewritten(after, each.path, line) == line != _rewritten(before, each.path, line):
                found.append(Sample(f"left alone in review: {each.path} line {edit.line}", line, None))
                known.add(line)
    return found[:_MOST_SAMPLES]


def _edits(path: str, before: str, after: str) -> tuple[ShapedEdit, ...]:
    return shape_edits(path, before.encode(), after.encode())


def _rewritten(rule: Rule, path: str, before: str) -> str:
    facts = FileFacts(path, rule.language, _ANY_PYTHON, is_test(path))
    return rewrite([rule], before.encode("utf-8", "surrogatepass"), facts).content.decode(
        "utf-8", "surrogatepass"
    )
