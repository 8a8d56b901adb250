"""Learned rules made ready to be files: named, described, with samples that were tried."""

import re
from dataclasses import dataclass, replace

from softwright.core import InvalidInput
from softwright.rewrite.learning.learned import LearnedRule
from softwright.rewrite.learning.lesson import Lesson
from softwright.rewrite.learning.samples.fill import fill_samples
from softwright.rewrite.rule import Rule, Safety, Scope
from softwright.rewrite.rule_text import write_rule
from softwright.rewrite.samples import check_samples
from softwright.rewrite.words import in_words

_LONGEST = 100  # characters of a message or title
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A learned rule's file. `text` "": it must not be one; `reason` says why, or why it is for review."""

    id: str
    safety: str
    samples: int
    text: str
    reason: str = ""


def rule_files_of(lesson: Lesson, prefix: str = "", *, min_python: str = "") -> list[RuleFile]:
    """The files of a lesson's rules, in the order in which they are applied.

    `prefix` begins their names, "" keeps the learned ones; `min_python` is that of the Python rules, "" for
    none: examples do not tell on which versions the new code runs. A rule that does not do to its examples
    what their author did gets no file; one whose samples do not all hold asks for review. Raises InvalidInput
    for a bad prefix or version.
    """
    if min_python and not re.fullmatch(r"\d+\.\d+", min_python):
        raise InvalidInput(f"`{min_python}` is no version of Python", hint="write one such as `3.8`")
    if prefix and not _ID.fullmatch(prefix):
        raise InvalidInput(f"the name `{prefix}` is not kebab-case", hint="use a-z, 0-9 and single dashes")
    learned = lesson.learned.rules
    named = [
        replace(each.rule, id=_name(each.rule, prefix, at, len(learned))) for at, each in enumerate(learned)
    ]
    filled = [_at_least(rule, min_python) for rule in fill_samples(named, lesson.examples)]
    return [_file(each, rule, lesson.origin) for each, rule in zip(learned, filled, strict=True)]


def headline(rule: Rule) -> str:
    """What the rule does, in a line for message and title: imports and scope stand elsewhere in the file."""
    bare = replace(rule, scope=Scope(), min_python="")
    if rule.steps:
        bare = replace(bare, imports_add=(), imports_remove=(), imports_replace=())
    words = in_words(bare).removesuffix(".")
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1].rstrip()}…"


def _name(rule: Rule, prefix: str, at: int, count: int) -> str:
    if not prefix:
        return rule.id
    return prefix if count == 1 else f"{prefix}-{at + 1}"


def _at_least(rule: Rule, min_python: str) -> Rule:
    return replace(rule, min_python=min_python) if min_python and rule.language == "python" else rule


def _file(learned: LearnedRule, rule: Rule, origin: str) -> RuleFile:
    if not rule.samples:
        return RuleFile(rule.id, rule.safety.value, 0, "", "it does not reproduce its examples by itself")
    why = f"{in_words(rule, learned.evidence)}\n\nLearned from {origin or 'examples'}; "
    why += f"confidence {learned.confidence:.2f} of 1."
    rule = replace(rule, message=headline(rule), title=headline(rule).rstrip("# "), why=why)
    report = check_samples(rule)
    wrong = [f"“{each.sample.title}”: {each.problem}" for each in report.results if not each.ok]
    reason = "; ".join((*report.problems, *wrong))
    if reason:
        rule = replace(rule, safety=Safety.REVIEW, why=f"{why}\n\nFor review, because {reason}.")
    try:
        return RuleFile(rule.id, rule.safety.value, len(rule.samples), write_rule(rule), reason)
    except InvalidInput as error:
        return RuleFile(rule.id, rule.safety.value, len(rule.samples), "", error.message)
