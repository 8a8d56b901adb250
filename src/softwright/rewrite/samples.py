"""Samples are a rule's tests: before gives after byte for byte, the rest stays, twice changes nothing."""

from dataclasses import dataclass

from softwright.core import LANGUAGES
from softwright.rewrite.result import FileFacts, Rewrite
from softwright.rewrite.rewriter import rewrite
from softwright.rewrite.rule import Rule, Sample
from softwright.rewrite.syntax import count_errors, parse


@dataclass(frozen=True, slots=True)
class SampleResult:
    """One sample: `problem` is "" when it holds; `got` is what the rule made of it."""

    sample: Sample
    got: str
    problem: str = ""

    @property
    def ok(self) -> bool:
        """True when the sample holds."""
        return not self.problem


@dataclass(frozen=True, slots=True)
class SampleReport:
    """All samples of a rule, and what is wrong with the set as a whole."""

    rule: Rule
    results: tuple[SampleResult, ...]
    problems: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """True when every sample holds and there are samples of both kinds."""
        return not self.problems and all(result.ok for result in self.results)


def check_samples(rule: Rule) -> SampleReport:
    """Run every sample of the rule; at least one that changes and one left alone are demanded."""
    problems: list[str] = []
    if not any(sample.after is not None for sample in rule.samples):
        problems.append("no sample under `## Changes`: a rule shows at least one change")
    if not any(sample.after is None for sample in rule.samples):
        problems.append(
            "no sample under `## Leaves alone`: a rule shows at least one place it must not touch"
        )
    return SampleReport(rule, tuple(_check(rule, sample) for sample in rule.samples), tuple(problems))


def sample_problem(rule: Rule, sample: Sample) -> str:
    """Why a sample of the rule does not hold, "" when it does."""
    return _check(rule, sample).problem


def _check(rule: Rule, sample: Sample) -> SampleResult:
    facts = sample_facts(rule, sample)
    outcome = rewrite([rule], sample.before.encode(), facts)
    got = outcome.content.decode()
    return SampleResult(sample, got, _problem(rule, sample, outcome, got))


def _problem(rule: Rule, sample: Sample, outcome: Rewrite, got: str) -> str:
    if outcome.refused and sample.after is not None:
        return f"the rule refuses it: {outcome.refused}"
    if sample.after is None:
        return "" if got == sample.before else "changed, but should be left alone"
    if got != sample.after:
        return "left alone, but should change" if got == sample.before else "differs from the wanted result"
    if sample.before == sample.after:
        return "before and after are the same"
    if count_errors(parse(got, rule.language)[0]) > count_errors(parse(sample.before, rule.language)[0]):
        return "the result does not parse"
    again = rewrite([rule], outcome.content, sample_facts(rule, sample))
    return "applied twice it changes the result again" if again.content != outcome.content else ""


def sample_facts(rule: Rule, sample: Sample) -> FileFacts:
    """The file a sample pretends to be: its `path=…`, else one inside the rule's scope."""
    path = sample.path or f"src/sample{LANGUAGES[rule.language].suffixes[0]}"
    is_test = rule.scope.tests == "only" or "test" in path.rsplit("/", 1)[-1] or "/tests/" in f"/{path}"
    return FileFacts(path, rule.language, rule.wants_python(), is_test)
