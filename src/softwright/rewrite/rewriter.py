"""Rules applied to one file.

A file is rewritten in rounds. In every round all steps of all rules are matched, in order, on one tree.
Where two matches claim the same characters the earlier rule or step wins, within one step the outer match;
the other waits for the next round, which finds it again in the new text if it is still there. Rounds end
when nothing matches any more; then imports are replaced (`imports.replace`), and what matches by the new
names is looked for. What waited and was never seen again is reported as `dropped`.

Sites with which the result would not parse, cannot be encoded, or needs an import that no name is free for
are left alone. The file as a whole is refused, and left as it is, when that does not help, or when the rules
would not come to an end.
"""

from collections.abc import Sequence
from dataclasses import replace

from softwright.core import InvalidInput
from softwright.facts.structure import Content, Decoded, Tree, decode
from softwright.rewrite.left_alone import Place
from softwright.rewrite.result import FileFacts, Rewrite
from softwright.rewrite.rule import Rule
from softwright.rewrite.sparing import Failure, sparing
from softwright.rewrite.work import Trees, Work

UNDECLARED_PYTHON = (3, 6)
"""What a project that declares no lowest Python is taken to run on: older ones are out of use."""


def may_match(rules: Sequence[Rule], source: bytes | Content) -> bool:
    """False only when no rule can change `source`; microseconds per rule."""
    content = source if isinstance(source, Content) else Content(source)
    content.expect(len(rules))
    return any(rule.may_match(content) for rule in rules)


def applicable(rules: Sequence[Rule], facts: FileFacts) -> list[Rule]:
    """The rules whose language, scope and least Python version fit the file."""
    return [rule for rule in rules if _holds(rule, facts) and not _too_new(rule, facts)]


def needs_newer_python(rule: Rule, facts: FileFacts) -> str:
    """Why the project's Python keeps the rule from a file in its scope, "" if it does not."""
    if not _too_new(rule, facts) or not _holds(rule, facts):
        return ""
    declared = facts.min_python
    said = f"declares {declared[0]}.{declared[1]}" if declared else "declares none"
    return f"rule {rule.id} needs Python {rule.min_python}, this project {said}"


def _holds(rule: Rule, facts: FileFacts) -> bool:
    return rule.language == facts.language and rule.scope.holds(facts.path, is_test=facts.is_test)


def _too_new(rule: Rule, facts: FileFacts) -> bool:
    least = rule.wants_python()
    return least is not None and least > (facts.min_python or UNDECLARED_PYTHON)


def rewrite(rules: Sequence[Rule], source: bytes, facts: FileFacts, *, trees: Trees = Tree) -> Rewrite:
    """The file after all rules that apply to it, in order, until nothing matches any more.

    Never raises for what a file or a rule does: the file is then unchanged and `refused` says why.
    `trees` parses a text of a language; give one that keeps trees when a file is rewritten time and again.
    """
    rules = applicable(rules, facts)
    content = Content(source)
    if not may_match(rules, content):
        return Rewrite(source)
    try:
        decoded = decode(source, facts.language)
    except InvalidInput as error:
        return Rewrite(source, refused=error.message, notes=(error.message,))
    return _File(rules, decoded, content, facts, trees).rewritten()


class _File:
    """One file, to be rewritten by rules that apply to it."""

    def __init__(
        self, rules: Sequence[Rule], decoded: Decoded, content: Content, facts: FileFacts, trees: Trees
    ) -> None:
        self._given = (rules, decoded, content, facts, trees)
        self._decoded = decoded

    def rewritten(self) -> Rewrite:
        """The outcome, without the sites that would spoil it; the refusal when that does not help."""
        work = Work(*self._given)
        outcome = _tried(work)
        if isinstance(outcome, Rewrite):
            return outcome
        spared = sparing(lambda places: _tried(Work(*self._given, spared=places)), outcome)
        if spared is None:
            return work.refusal(outcome.error)
        notes = [self._note(place, reason) for place, reason in sorted(spared.places.items(), key=_by_place)]
        return replace(spared.outcome, notes=tuple(dict.fromkeys([*spared.outcome.notes, *notes])))

    def _note(self, place: Place, reason: str) -> str:
        if place.start < 0:
            return f"{place.rule}: what it does besides its steps left out: {reason}"
        line = self._decoded.text.count("\n", 0, place.start) + 1
        return f"{place.rule}: line {line} left alone: {reason}"


def _by_place(item: tuple[Place, str]) -> tuple[int, int, str]:
    return item[0].start, item[0].end, item[0].rule


def _tried(work: Work) -> Rewrite | Failure:
    try:
        work.run()
        return work.result()
    except InvalidInput as error:
        return Failure(error, work.places())
