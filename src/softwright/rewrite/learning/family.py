"""Languages that are learned together, since one change goes through files of all of them.

TypeScript with and without JSX (and JavaScript) have nearly one grammar: what was shown in a `.ts` file is
to be done in `.tsx` files too. Rules belong to one language each, so a rule of such a family is written
once per language.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from softwright.core import LANGUAGES, InvalidInput
from softwright.facts.structure import Pattern
from softwright.rewrite.learning.example import Example
from softwright.rewrite.learning.learned import LearnedRule
from softwright.rewrite.learning.trees.grammar import GRAMMARS
from softwright.rewrite.rule import Rule, Step
from softwright.rewrite.syntax import count_errors, parse

_ES = ("typescript", "tsx", "javascript")
_ALWAYS_BOTH = frozenset({"typescript", "tsx"})


def lessons(examples: Sequence[Example]) -> list[tuple[str, list[Example], tuple[str, ...]]]:
    """What is learned together: the language to parse it in, the examples, the languages of the rules."""
    found: list[tuple[str, list[Example], tuple[str, ...]]] = []
    for language in dict.fromkeys(example.language for example in examples):
        mine = [example for example in examples if example.language == language]
        if language in GRAMMARS and language not in _ES:
            found.append((language, mine, (language,)))
    family = [example for example in examples if example.language in _ES]
    return found + _family(family) if family else found


def _family(examples: list[Example]) -> list[tuple[str, list[Example], tuple[str, ...]]]:
    languages = {example.language for example in examples}
    if languages == {"javascript"}:
        return [("javascript", examples, ("javascript",))]
    written = tuple(language for language in _ES if language in languages | _ALWAYS_BOTH)
    if len(languages) == 1:
        return [(next(iter(languages)), examples, written)]
    if all(_reads_as_tsx(example) for example in examples):
        return [("tsx", examples, written)]
    return [
        (language, [example for example in examples if example.language == language], (language,))
        for language in _ES
        if language in languages
    ]


def seen_as(examples: Sequence[Example], language: str) -> list[Example]:
    """The examples as a rule of `language` sees them: those of a kin language stand in where it has none."""
    if language not in _ES or any(example.language == language for example in examples):
        return list(examples)
    suffix = LANGUAGES[language].suffixes[0]
    return [
        replace(example, path=f"{example.path.rpartition('.')[0]}{suffix}")
        if example.language in _ES and (language != "tsx" or _reads_as_tsx(example))
        else example
        for example in examples
    ]


def _reads_as_tsx(example: Example) -> bool:
    """False for what only plain TypeScript knows: type assertions in angle brackets."""
    if example.language == "tsx":
        return True
    return all(
        count_errors(parse(text, "tsx")[0]) <= count_errors(parse(text, example.language)[0])
        for text in (example.before, example.after)
    )


def written_for(learned: Iterable[LearnedRule], languages: Sequence[str]) -> list[LearnedRule]:
    """The rules, once for each language that can say them."""
    written: list[LearnedRule] = []
    for each in learned:
        for language in languages:
            rule = _in_language(each.rule, language)
            if rule is not None:
                written.append(replace(each, rule=rule))
    return written


def _in_language(rule: Rule, language: str) -> Rule | None:
    if rule.language == language:
        return rule
    try:
        steps = tuple(Step(_pattern(step.pattern, language), step.fix) for step in rule.steps)
    except InvalidInput:
        return None
    return replace(rule, id=f"{rule.id}-{language}", language=language, steps=steps)


def _pattern(pattern: Pattern, language: str) -> Pattern:
    given = {**pattern.config(), **({"resolves": pattern.resolves} if pattern.resolves else {})}
    return Pattern.parse(given, language)
