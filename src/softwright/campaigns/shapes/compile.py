"""Accepted edits made into rules: learned from some of them, checked on all of them byte for byte."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from softwright.campaigns.shapes.protect import bound_names
from softwright.core import Edit, InvalidInput, apply_edits, digest, language_of
from softwright.facts.flags import is_test
from softwright.ledger.shapes import ShapeRule
from softwright.rewrite import FileFacts, Rule, Sample, parse_rule, rewrite
from softwright.rewrite.learning import Example, learn
from softwright.rewrite.learning.samples.fill import fill_samples
from softwright.rewrite.rule_text import write_rule
from softwright.rewrite.shapes import Form, Kind, ShapedEdit

METHOD = "1"
"""Names how rules are made: rules of another method are made anew."""

_TRAINED = 8  # files that a rule is learned from at most: more say little new and take longer
_THIRD = 3  # of the files, every third is held back
_ANY_PYTHON = (3, 99)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A file that one step alone changed and of which every edit was accepted."""

    repo: str
    path: str
    before: str
    after: str
    edits: tuple[ShapedEdit, ...]

    @property
    def name(self) -> str:
        """Names the file with exactly these edits."""
        return digest([self.repo, self.path, [edit.digest(self.repo, self.path) for edit in self.edits]])


def compile_shape(
    campaign: str, step: str, form: Form, files: Sequence[Accepted], refused: Sequence[Example], inputs: str
) -> ShapeRule:
    """The rule of one shape, or why there is none.

    It is learned from two thirds of the files that have the shape, and must then make exactly the accepted
    edits of this shape in every file, those held back included; in the other files, and where edits were
    rejected (`refused`), it must change nothing.
    """
    having = sorted((f for f in files if any(e.form == form for e in f.edits)), key=lambda f: f.name)
    wanted = {file.name: _only(form, file) for file in having}
    held_back = [file for at, file in enumerate(having) if at % _THIRD == _THIRD - 1]
    trained = [file for file in having if file not in held_back][:_TRAINED]
    examples = [Example(f.path, f.before, wanted[f.name], f.repo) for f in trained]
    made = ShapeRule(
        campaign,
        step,
        form.key,
        rule="",
        reason="",
        edits=_count(form, trained),
        held_back=_count(form, [file for file in having if file not in trained]),
        inputs=inputs,
    )
    learned = learn([*examples, *refused])
    rules = tuple(each.rule for each in learned.rules)
    if not rules:
        return replace(made, reason="nothing could be learned from its edits")
    fault = _fault(rules, [(f, wanted.get(f.name, f.before)) for f in files], refused)
    if fault:
        return replace(made, reason=fault)
    try:
        texts = [write_rule(rule) for rule in _complete(rules, form, examples)]
    except InvalidInput as error:
        return replace(made, reason=error.message)
    return replace(made, rule=json.dumps(texts))


def rules_of(made: ShapeRule) -> list[tuple[Rule, str]]:
    """The rules that a shape was made into with their texts, in order; none when it could not be."""
    texts = json.loads(made.rule) if made.rule else []
    return [(parse_rule(text, where=f"the rule of shape {made.shape}"), text) for text in texts]


def makes_all(rules: Sequence[Rule], files: Iterable[Accepted]) -> bool:
    """True when the rules make every file as it was accepted."""
    return all(_rewritten(rules, file.path, file.before) == file.after for file in files)


def _only(form: Form, file: Accepted) -> str:
    """The file with the edits of one shape, and with the imports that concern them."""
    own = [edit for edit in file.edits if edit.form == form]
    words = " ".join(f"{edit.lines[0]} {edit.lines[1]}" for edit in own)
    kept = [edit for edit in file.edits if edit.form == form or _serves(edit, words)]
    old, new = file.before.encode(), file.after.encode()
    edits = [Edit(edit.old, new[edit.new.start : edit.new.end]) for edit in kept]
    return apply_edits(old, edits).decode()


def _serves(edit: ShapedEdit, words: str) -> bool:
    names = bound_names(edit.form.before) | bound_names(edit.form.after)
    return edit.form.kind is Kind.IMPORT and any(name in words for name in names)


def _fault(rules: Sequence[Rule], files: Sequence[tuple[Accepted, str]], refused: Sequence[Example]) -> str:
    """Where the rules do other than people accepted, "" when nowhere."""
    for file, wanted in files:
        if _rewritten(rules, file.path, file.before) != wanted:
            return f"the rule learned would change {file.repo} {file.path} in another way than was accepted"
    for example in refused:
        found = _rewritten(rules, example.path, example.before)
        if found not in (example.before, example.after):
            return f"the rule learned would change {example.repo} {example.path}, where edits were rejected"
    return ""


def _rewritten(rules: Sequence[Rule], path: str, before: str) -> str:
    language = language_of(path)
    facts = FileFacts(path, language, _ANY_PYTHON, is_test(path))
    return rewrite(
        [rule for rule in rules if rule.language == language], before.encode(), facts
    ).content.decode()


def _complete(rules: Sequence[Rule], form: Form, examples: Sequence[Example]) -> list[Rule]:
    """The rules with names of their own, a reason, and samples cut out of the examples."""
    title = f"{_line(form.before)} → {_line(form.after)}"
    named = [
        replace(
            rule,
            id=f"shape-{form.key}-{number}",
            message=title,
            title=title,
            why="Made from edits that were accepted in review.",
        )
        for number, rule in enumerate(rules, 1)
    ]
    filled = fill_samples(named, examples)
    return [rule if rule.samples else replace(rule, samples=_whole(rule, examples)) for rule in filled]


def _whole(rule: Rule, examples: Sequence[Example]) -> tuple[Sample, ...]:
    """The smallest example as a sample, and its result as one that is left alone."""
    mine = (each for each in examples if each.language == rule.language)
    first = min(mine, key=lambda example: len(example.before))
    before, after = (text if text.endswith("\n") else f"{text}\n" for text in (first.before, first.after))
    return Sample("an accepted edit", before, after), Sample("its result", after, None)


def _line(text: str, most: int = 60) -> str:
    line = " ".join(text.split()) or "(nothing)"
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _count(form: Form, files: Iterable[Accepted]) -> int:
    return sum(edit.form == form for file in files for edit in file.edits)
