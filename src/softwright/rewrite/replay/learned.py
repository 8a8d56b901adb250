"""The product's own method: rules learned from examples, applied by the rewriter."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import Any

import yaml

from softwright.core import language_of
from softwright.facts.flags import is_test
from softwright.rewrite.learning import Example, Learned, learn
from softwright.rewrite.replay.method import Origin, Prediction, Trained
from softwright.rewrite.result import FileFacts
from softwright.rewrite.rewriter import applicable, may_match, rewrite
from softwright.rewrite.rule import Rule, Safety

_LEARNING = "softwright.rewrite.learning"  # looked up late: the choice of files is its newest part
_ANY_PYTHON = (3, 99)  # what was learned holds for the files at hand, whatever their project declares


class Learning:
    """Learns with `softwright.rewrite.learning`; nothing is kept between calls."""

    def learn(self, shown: Sequence[Example]) -> Trained:
        """Rules from the files shown."""
        return LearnedRules(learn(shown))


@dataclass(frozen=True)
class LearnedRules:
    """Learned rules in the order in which they are applied."""

    learned: Learned

    @cached_property
    def rules(self) -> list[Rule]:
        """The ordinary rules."""
        return [each.rule for each in self.learned.rules]

    @property
    def safe(self) -> frozenset[str]:
        """Ids of the rules marked `safe`."""
        return frozenset(rule.id for rule in self.rules if rule.safety is Safety.SAFE)

    def predict(self, path: str, before: str) -> Prediction:
        """The file after the rules that apply to it."""
        facts = FileFacts(path, language_of(path), _ANY_PYTHON, is_test(path))
        source = before.encode("utf-8", "surrogatepass")
        if not may_match(applicable(self.rules, facts), source):
            return Prediction(before, False)
        outcome = rewrite(self.rules, source, facts)
        origins = tuple(
            Origin(edit.span.start, edit.span.end, frozenset(edit.origin.split(",")))
            for edit in outcome.edits
        )
        fired = frozenset(name for name, count in outcome.by_rule if count)
        after = outcome.content.decode("utf-8", "surrogatepass")
        return Prediction(after, True, origins, fired, outcome.refused)

    def next_file(self, files: Mapping[str, str], shown: Collection[str]) -> str | None:
        """The file whose outcome is most in doubt."""
        learning: Any = import_module(_LEARNING)
        path: str | None = learning.choose_next(self.learned, files, shown)
        return path

    def described(self) -> str:
        """Every rule with its steps and evidence, then the edits that no rule explains."""
        lines: list[str] = []
        for each in self.learned.rules:
            rule = each.rule
            lines.append(f"## {rule.id} ({rule.safety}, confidence {each.confidence:.2f}): {rule.message}")
            lines += [f"{each.evidence}", yaml.safe_dump(_as_data(rule), sort_keys=False, allow_unicode=True)]
        for edit in self.learned.one_offs:
            lines.append(f"one-off {edit.path}:{edit.line}: {edit.why}\n- {edit.before}\n+ {edit.after}")
        for doubt in self.learned.ambiguities:
            lines.append(f"ambiguity: {doubt.question}")
        return "\n".join(lines) + "\n"


def _as_data(rule: Rule) -> dict[str, object]:
    steps: list[dict[str, object]] = []
    for step in rule.steps:
        shown: dict[str, object] = dict(step.pattern.config())
        if step.pattern.resolves:
            shown["resolves"] = {name: list(names) for name, names in step.pattern.resolves.items()}
        steps.append({**shown, "fix": None if step.fix is None else step.fix.text})
    data: dict[str, object] = {"language": rule.language, "steps": steps}
    imports: dict[str, object] = {"add": list(rule.imports_add), "remove": list(rule.imports_remove)}
    imports["replace"] = dict(rule.imports_replace)
    if any(imports.values()):
        data["imports"] = {key: value for key, value in imports.items() if value}
    scope = rule.scope
    if scope.include or scope.exclude or scope.tests is not True:
        data["scope"] = {"include": [*scope.include], "exclude": [*scope.exclude], "tests": scope.tests}
    return data
