"""The samples of learned rules, cut out of the examples that they were learned from."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from softwright.core import InvalidInput, Span
from softwright.facts.flags import is_test
from softwright.facts.structure import Pattern, find
from softwright.rewrite.imports import parse_import
from softwright.rewrite.learning.bounds import NEWEST, outcome
from softwright.rewrite.learning.example import Example
from softwright.rewrite.learning.family import seen_as
from softwright.rewrite.learning.samples.cut import Cutter
from softwright.rewrite.result import FileFacts, Rewrite
from softwright.rewrite.rewriter import rewrite
from softwright.rewrite.rule import Rule, Sample, Scope, Step
from softwright.rewrite.samples import sample_problem

MOST = 3
"""Samples of each kind."""
_TRIED = 12
_WHOLE_LINES = 200
_IMPORT = ("import ", "from ")
_WORD = re.compile(r"[^\W\d]\w*")


def fill_samples(rules: Sequence[Rule], examples: Sequence[Example]) -> list[Rule]:
    """The rules, in the order they are applied in, with up to three samples of each kind; all of them hold.

    A sample that changes is code of an example in which the rule gives what the author wrote, alone or with
    the rules behind it; only where there is none, code on which the author also did something else. A rule
    without any has no samples at all: it does not do what was shown. Left alone are places that a wider
    pattern would take, others with the same words, files outside of the scope, and at least the code as it
    reads after the change.
    """
    filled: dict[str, Iterator[Rule]] = {}
    for language in dict.fromkeys(rule.language for rule in rules):
        mine = [rule for rule in rules if rule.language == language]
        filled[language] = iter(_filled(mine, seen_as(examples, language)))
    return [next(filled[rule.language]) for rule in rules]


def _filled(rules: Sequence[Rule], examples: Sequence[Example]) -> list[Rule]:
    texts = [example.before for example in examples]
    filled: list[Rule] = []
    for number, rule in enumerate(rules):
        work = _Work(rule, examples, texts, rules[number + 1 :])
        changed = work.changed() or work.changed(in_part=True)
        filled.append(replace(rule, samples=(*changed, *work.alone(changed)) if changed else ()))
        texts = [
            _apply(rule, text, each.path).content.decode("utf-8", "surrogatepass")
            if each.language == rule.language
            else text
            for each, text in zip(examples, texts, strict=True)
        ]
    return filled


class _Work:
    """One rule and the examples as the rules before it left them."""

    def __init__(
        self, rule: Rule, examples: Sequence[Example], texts: Sequence[str], later: Sequence[Rule]
    ) -> None:
        self.rule = rule
        self.later = later
        self.imports = bool(rule.imports_add or rule.imports_remove or rule.imports_replace) or any(
            step.pattern.resolves or (step.fix and step.fix.imported) for step in rule.steps
        )
        self.packages = _packages(rule)
        self.files = [
            (example, text)
            for example, text in zip(examples, texts, strict=True)
            if example.language == rule.language
        ]

    def changed(self, *, in_part: bool = False) -> list[Sample]:
        """The shortest samples that change, of different code; `in_part`: the author did more there."""
        found: list[Sample] = []
        for example, text in self.files:
            if example.is_left_alone or not self.rule.may_match(text.encode("utf-8", "surrogatepass")):
                continue
            spans = [site.span for site in _apply(self.rule, text, example.path).sites]
            found += self._shortest(list(self._changes(example, text, spans, in_part=in_part)))
        return sorted(found, key=lambda sample: len(sample.before))[:MOST]

    def _changes(
        self, example: Example, text: str, spans: Sequence[Span], *, in_part: bool
    ) -> Iterator[Sample]:
        cutter = Cutter(text, self.rule.language)
        is_cut = False
        for span in spans[:_TRIED]:
            for piece in cutter.pieces(span, imports_first=self.imports):
                sample = self._sample(example, piece.text, f"line {_line(example, text, piece.line)}")
                if sample and self._is_right(sample, example, in_part=in_part):
                    yield sample
                    is_cut = True
                    break
        if not is_cut and text.count("\n") <= _WHOLE_LINES and "\r" not in text and text.endswith("\n"):
            sample = self._sample(example, text, "the whole file")
            if sample and self._is_right(sample, example, in_part=in_part):
                yield sample

    def _sample(self, example: Example, before: str, place: str) -> Sample | None:
        path = self._path(example.path)
        after = _apply(self.rule, before, path or example.path).content.decode("utf-8", "surrogatepass")
        sample = Sample(f"{_named(example.path)}, {place}", before, after, path)
        return None if after == before or sample_problem(self.rule, sample) else sample

    def _is_right(self, sample: Sample, example: Example, *, in_part: bool) -> bool:
        """True when what the rule made is the author's, by itself or after the rules that follow."""
        if in_part:
            return _is_part(sample, example.after)
        if _is_as_written(sample, example.after):
            return True
        done = outcome(self.later, sample.after or "", example.path)
        return done != sample.after and _is_as_written(replace(sample, after=done), example.after)

    def _path(self, path: str) -> str:
        """The path that a sample must name: for a scope, and for imports from the file's own package."""
        asks = self.rule.scope != Scope() or not self.packages.isdisjoint(path.split("/")[:-1])
        return path if asks and re.fullmatch(r"[^\s`]+", path) else ""

    def _shortest(self, samples: list[Sample]) -> list[Sample]:
        by_code = {"".join(_squeezed(sample.before)): sample for sample in reversed(samples)}
        return sorted(by_code.values(), key=lambda sample: len(sample.before))[:MOST]

    def alone(self, changed: Sequence[Sample]) -> list[Sample]:
        """What the rule must not touch: never empty."""
        found = self._shortest(list(self._near(self._wider))) or self._shortest(list(self._near(self._words)))
        found = [*self._outside(changed), *found][:MOST]
        return found or [
            Sample("As it reads after the change", changed[0].after or "", None, changed[0].path)
        ]

    def _near(self, places: Callable[[bytes], list[Span]]) -> Iterator[Sample]:
        """Places that the rule and the author left alone, of those that are given for a file's content."""
        for example, text in self.files:
            source = text.encode("utf-8", "surrogatepass")
            spans = places(source) if self._is_in_scope(example) else []
            if not spans:
                continue
            taken = [site.span for site in _apply(self.rule, text, example.path).sites]
            cutter = Cutter(text, self.rule.language)
            kept = set(_squeezed(example.after))
            for span in spans[:_TRIED]:
                if not any(span.start < other.end and other.start < span.end for other in taken):
                    yield from self._left(example, cutter, span, kept)

    def _left(self, example: Example, cutter: Cutter, span: Span, kept: set[str]) -> Iterator[Sample]:
        for piece in cutter.pieces(span, imports_first=self.imports):
            title = f"{_named(example.path)}, line {piece.line}, left alone"
            sample = Sample(title, piece.text, None, self._path(example.path))
            if set(_squeezed(piece.text)) <= kept and not sample_problem(self.rule, sample):
                yield sample
                return

    def _wider(self, source: bytes) -> list[Span]:
        """What the pattern without its conditions takes."""
        wide = [pattern for step in self.rule.steps for pattern in _without_conditions(step)]
        return [found.span for pattern in wide for found in find(pattern, source)]

    def _words(self, source: bytes) -> list[Span]:
        """Where a word stands that the pattern demands."""
        groups = [group for step in self.rule.steps for group in step.pattern.words]
        words = {word for group in groups for word in group if word in source}
        if not words:
            return []
        found = re.finditer(rb"(?<!\w)(?:" + b"|".join(map(re.escape, sorted(words))) + rb")(?!\w)", source)
        return [Span(each.start(), each.end()) for each in found]

    def _outside(self, changed: Sequence[Sample]) -> Iterator[Sample]:
        """The same code in a file that the scope leaves out."""
        for example, _ in self.files:
            if example.is_left_alone and not self._is_in_scope(example) and self._path(example.path):
                sample = Sample(
                    f"Outside of its scope: {example.path}", changed[0].before, None, example.path
                )
                if not sample_problem(self.rule, sample):
                    yield sample
                    return

    def _is_in_scope(self, example: Example) -> bool:
        return self.rule.scope.holds(example.path, is_test=is_test(example.path))


def _packages(rule: Rule) -> set[str]:
    """The packages that a Python rule imports from, removes imports of or moves: files inside spell them."""
    if rule.language != "python":
        return set()
    added = [wanted.module for said in rule.imports_add for wanted in parse_import(said, rule.language)]
    written = [name for step in rule.steps if step.fix is not None for name in step.fix.imported]
    moved = [name for pair in rule.imports_replace for name in pair]
    return {name.partition(".")[0] for name in (*added, *written, *moved, *rule.imports_remove)}


def _line(example: Example, text: str, line: int) -> int:
    """The line in the example that a line of the text, which other rules have changed, was most likely."""
    wanted = text.split("\n")[line - 1]
    lines = example.before.split("\n")
    same = [at for at, each in enumerate(lines, 1) if each == wanted]
    return min(same, key=lambda at: abs(at - line), default=line)


def _apply(rule: Rule, text: str, path: str) -> Rewrite:
    facts = FileFacts(path, rule.language, NEWEST, is_test(path))
    return rewrite([rule], text.encode("utf-8", "surrogatepass"), facts)


def _without_conditions(step: Step) -> list[Pattern]:
    """The step's pattern on its own, when something is demanded beyond it."""
    rule: Any = dict(step.pattern.rule)
    parts = rule.get("all")
    base = parts[0] if isinstance(parts, list) and parts and isinstance(parts[0], dict) else rule
    base = {key: base[key] for key in ("pattern", "kind", "regex", "any") if key in base}
    if not base or (base == rule and not step.pattern.constraints and not step.pattern.resolves):
        return []
    try:
        return [Pattern.parse({"rule": base, "utils": step.pattern.utils}, step.pattern.language)]
    except InvalidInput:
        return []


def _is_as_written(sample: Sample, wanted: str) -> bool:
    """True when the code that the rule made is the author's, blanks and line ends aside.

    Of imports only the words must be the author's: which of them share a line is another matter.
    """
    before = {line.strip() for line in sample.before.split("\n")}
    lines = [line.strip() for line in (sample.after or "").split("\n")]
    imports = [line for line in lines if line.startswith(_IMPORT) and line not in before]
    if not {word for line in imports for word in _WORD.findall(line)} <= set(_WORD.findall(wanted)):
        return False
    code = [line for line in lines if line and not line.startswith(_IMPORT)]
    known = set(_squeezed(wanted))
    is_by_line = all(line in before or _squeezed(line)[0] in known for line in code)
    return is_by_line or _solid("\n".join(code)) in _solid(wanted)


def _is_part(sample: Sample, wanted: str) -> bool:
    """True when every line that the rule changed became, and maybe further, one of the author's."""
    before, after = (
        [line.strip() for line in text.split("\n") if line.strip()]
        for text in (sample.before, sample.after or "")
    )
    lines = [set(_WORD.findall(line)) for line in wanted.split("\n")]
    olds = [line for line in before if line not in after and not line.startswith(_IMPORT)]
    news = [line for line in after if line not in before and not line.startswith(_IMPORT)]
    if not news or len(olds) != len(news):
        return False
    pairs = [(set(_WORD.findall(old)), set(_WORD.findall(new))) for old, new in zip(olds, news, strict=True)]
    return all(
        any(new - old <= line and not (old - new) & line and 2 * len(new & line) > len(new) for line in lines)
        for old, new in pairs
    )


def _solid(text: str) -> str:
    """The text without blanks, line ends, and commas before a closing bracket."""
    return re.sub(r",(?=[)\]}])", "", re.sub(r"\s", "", text))


def _squeezed(text: str) -> list[str]:
    """The lines without blanks, and without a comma at their end."""
    return [line for line in (re.sub(r"\s", "", each).rstrip(",") for each in text.split("\n")) if line]


def _named(path: str) -> str:
    """A path as a heading may say it."""
    return re.sub(r"\s+", " ", path).rstrip("# ")
