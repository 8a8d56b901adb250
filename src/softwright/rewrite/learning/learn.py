"""Learning rules from examples."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from softwright.core import digest
from softwright.facts.flags import is_test
from softwright.rewrite.imports import FIXED
from softwright.rewrite.learning.doubt import clues_of, kin_of
from softwright.rewrite.learning.example import Example
from softwright.rewrite.learning.family import lessons, written_for
from softwright.rewrite.learning.imports.packages import Named, Packages
from softwright.rewrite.learning.imports.requirements import Requirements, import_change
from softwright.rewrite.learning.imports.specifiers import specifier_steps
from softwright.rewrite.learning.learned import (
    Ambiguity,
    Evidence,
    Learned,
    LearnedRule,
    OneOff,
    confidence,
    is_safe,
)
from softwright.rewrite.learning.leftover import leftovers
from softwright.rewrite.learning.nearer import applied, distance, made_by, untangled
from softwright.rewrite.learning.patterns.anchors import NAMING
from softwright.rewrite.learning.patterns.exports import defined_anew, with_exports
from softwright.rewrite.learning.patterns.judge import Judge
from softwright.rewrite.learning.patterns.select import select
from softwright.rewrite.learning.patterns.specialise import Learnt
from softwright.rewrite.learning.patterns.widen import widened
from softwright.rewrite.learning.trees.diff import TreeDiff, diff_trees
from softwright.rewrite.learning.trees.tree import SyntaxTree
from softwright.rewrite.learning.wording.affixes import learn_affixes
from softwright.rewrite.learning.wording.quotes import learn_quotes
from softwright.rewrite.learning.wording.texts import learn_texts
from softwright.rewrite.learning.wording.unquoted import learn_unquoted
from softwright.rewrite.renames import taking_over
from softwright.rewrite.rule import Rule, Safety, Scope

_STAGES = 3
_MOST_QUESTIONS = 5
_ENOUGH_FOR_A_SCOPE = 3


def learn(examples: Sequence[Example]) -> Learned:
    """The rules that make of every file before what its author made of it."""
    rules: list[LearnedRule] = []
    clues: dict[str, float] = {}
    kin: set[str] = set()
    one_offs: list[OneOff] = []
    ambiguities: list[Ambiguity] = []
    for language, shown, written in lessons(examples):
        lesson = _Lesson(language, shown)
        rules += written_for(lesson.run(), written)
        clues.update(lesson.clues)
        kin |= lesson.kin
        one_offs += lesson.one_offs()
        ambiguities += lesson.ambiguities
    return Learned(tuple(rules), tuple(one_offs), tuple(ambiguities), clues, frozenset(kin))


class _Lesson:
    """Examples of one language, and what was learned of them so far."""

    def __init__(self, language: str, examples: list[Example]) -> None:
        self.language = language
        self.examples = examples
        self.after = [SyntaxTree(example.after, language) for example in examples]
        self.current = [example.before for example in examples]
        self.learned: list[LearnedRule] = []
        self.clues: dict[str, float] = {}
        self.kin: frozenset[str] = frozenset()
        self.defined: frozenset[str] = frozenset()
        self.ambiguities: list[Ambiguity] = []
        self._diffs: dict[int, TreeDiff] = {}
        self._original: dict[int, SyntaxTree] = {}
        self._packages: Packages | None = None
        self._begun = self.current
        self._together: list[Rule] = []

    def run(self) -> list[LearnedRule]:
        self._texts_and_names()
        for stage in range(_STAGES):
            is_last = stage == _STAGES - 1
            found = self._stage(support=1 if is_last else 2)
            if not found and not is_last and stage:
                found = self._stage(support=1)
                is_last = True
            state = self._state()
            self._begun, self._together = list(self.current), []
            for learnt in found:
                self._take(learnt, *state)
            if is_last:
                break
        if self.language in FIXED:
            self._imports()
        self.learned = untangled(self.learned, self.examples, self.current, self.language)
        self._mark_safe()
        return self.learned

    def _mark_safe(self) -> None:
        """Say which rules need no review. One that renames what another writes does, as it is right once."""
        taken = taking_over([each.rule for each in self.learned])
        for at, each in enumerate(self.learned):
            if is_safe(each.evidence, each.confidence) and not taken & {id(step) for step in each.rule.steps}:
                self.learned[at] = replace(each, rule=replace(each.rule, safety=Safety.SAFE))

    def _texts_and_names(self) -> None:
        """What is learned word by word and letter by letter, before code is compared."""
        diffs, _ = self._state()
        self.clues, self.kin, self.defined = clues_of(diffs), kin_of(diffs), defined_anew(diffs)
        for learn_more in (learn_affixes, learn_quotes, learn_unquoted, learn_texts):
            for each in learn_more(self._state()[0], self.examples):
                self._keep(each)

    def _imports(self) -> None:
        changes = [
            import_change(self._original[place], self._diff(place).before, after, self._named(place))
            for place, after in enumerate(self.after)
        ]
        wanted = Requirements(changes, self.language)
        rules = wanted.attached([each.rule for each in self.learned])
        self.learned = [replace(each, rule=rule) for each, rule in zip(self.learned, rules, strict=True)]
        moves = wanted.replaced()
        steps = specifier_steps(wanted.relative, {each.module for each in wanted.kept}, self.language)
        if moves or steps:
            count = sum(goals.total() for goals in wanted.moves.values())
            rule = Rule(
                "imports-moved",
                self.language,
                "imports moved",
                steps=tuple(steps),
                imports_replace=tuple(moves.items()),
            )
            self.learned.append(LearnedRule(rule, Evidence(count, len(changes), 1), 0.5))

    def _named(self, place: int) -> Named:
        """What the imports of an example are called in all examples."""
        self._packages = self._packages or Packages([*self._original.values(), *self.after])
        return self._packages.named(self.examples[place].path, self.language)

    def _stage(self, *, support: int) -> list[Learnt]:
        diffs, judge = self._state()
        return select(diffs, judge, support=support)

    def _state(self) -> tuple[list[TreeDiff], Judge]:
        diffs = [self._diff(place) for place in range(len(self.examples))]
        paths = [example.path for example in self.examples]
        untouched = [example.is_left_alone for example in self.examples]
        return diffs, Judge(diffs, paths, untouched)

    def _diff(self, place: int) -> TreeDiff:
        """What is left to be done in an example."""
        text = self.current[place]
        known = self._diffs.get(place)
        if known is None or known.before.text != text:
            before = SyntaxTree(text, self.language)
            self._original.setdefault(place, before)
            known = self._diffs[place] = diff_trees(before, self.after[place])
        return known

    def _take(self, learnt: Learnt, diffs: list[TreeDiff], judge: Judge) -> None:
        """Keep the rule when the examples are nearer to what the author made with it than without."""
        rule, evidence = self._rule(learnt), self._evidence(learnt)
        kept = LearnedRule(rule, evidence, confidence(evidence, learnt.anchor))
        if not self._keep(kept):
            return
        wide = widened(learnt, diffs, judge) if len(self.ambiguities) < _MOST_QUESTIONS else None
        if wide is not None:
            self._ask(kept, wide)

    def _keep(self, learned: LearnedRule) -> bool:
        """Apply a rule to the examples and keep it; False for one that is refused, does nothing or harm."""
        texts = self._after([learned.rule], self.current)
        if texts == self.current and self._together:  # what it is known by may just have gone
            texts = self._after([*self._together, learned.rule], self._begun)
        if texts is None or texts == self.current:
            return False
        nearer = sum(
            distance(text, example.after) - distance(made, example.after)
            for example, text, made in zip(self.examples, self.current, texts, strict=True)
            if not example.is_left_alone
        )
        if nearer < 0:
            return False
        self.current = texts
        self.learned.append(learned)
        self._together.append(learned.rule)
        return True

    def _after(self, rules: list[Rule], texts: list[str]) -> list[str] | None:
        """The examples after rules; None where they are refused."""
        outcomes = [
            applied(rules, text, example.path, self.language)
            for example, text in zip(self.examples, texts, strict=True)
        ]
        if any(outcome.refused for outcome in outcomes):
            return None
        return [outcome.content.decode("utf-8", "surrogatepass") for outcome in outcomes]

    def _ask(self, narrow: LearnedRule, wide: Learnt) -> None:
        """Remember that the examples can be read in a wider way."""
        rule = replace(self._rule(wide), id=f"{narrow.rule.id}-wide")
        evidence = self._evidence(wide)
        reading = LearnedRule(rule, evidence, confidence(evidence, wide.anchor) / 2)
        said = _shown(narrow.rule), _shown(rule)
        self.ambiguities.append(Ambiguity(narrow, reading, f"only `{said[0]}`, or any `{said[1]}`?"))

    def one_offs(self) -> list[OneOff]:
        """What the rules leave to be done in the examples."""
        rules = [each.rule for each in self.learned]
        found: list[OneOff] = []
        for example in self.examples:
            found += leftovers(example, made_by(rules, example.before, example.path, self.language))
        return found

    def _rule(self, learnt: Learnt) -> Rule:
        name = _slug(learnt)
        return Rule(
            id=f"{name}-{digest([name, len(self.learned)])[:4]}",
            language=self.language,
            message=name,
            safety=Safety.REVIEW,
            steps=with_exports(learnt.step, self.defined, self.language),
            scope=self._scope(learnt.scope),
        )

    def _scope(self, scope: Scope) -> Scope:
        """A scope that says nothing yet holds for tests only, where only tests were changed, and several."""
        changed = [each.path for each in self.examples if not each.is_left_alone]
        is_batch = len(changed) >= _ENOUGH_FOR_A_SCOPE and all(map(is_test, changed))
        return Scope(tests="only") if scope == Scope() and is_batch else scope

    def _evidence(self, learnt: Learnt) -> Evidence:
        right = learnt.judgement.right
        repos = {self.examples[hit.file].repo for hit in right}
        return Evidence(len(right), learnt.judgement.files, len(repos), learnt.left_alone, learnt.conflicts)


def _shown(rule: Rule) -> str:
    """The pattern of a rule's first step, for people."""
    given: object = rule.steps[0].pattern.rule
    while isinstance(given, Mapping):
        given = next(
            (given[key] for key in ("pattern", "context", "all", "any", "regex") if key in given), ""
        )
        given = given[0] if isinstance(given, list) else given
    return str(given)


def _slug(learnt: Learnt) -> str:
    """A name from the words that the rule replaces, what it puts there, and what names its place."""
    key = learnt.candidate.first.template.key
    words = [token for part in key[1:] if isinstance(part, tuple) for token in part if isinstance(token, str)]
    words += [value[-1] for name in NAMING for value in sorted(learnt.candidate.places.get(name, ()))]
    plain = [re.sub(r"[^a-z0-9]+", "-", word.lower()).strip("-") for word in words]
    kept = list(dict.fromkeys(word for word in plain if word))[:4]
    return "-".join(kept) or "edit"
