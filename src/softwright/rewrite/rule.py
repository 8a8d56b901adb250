"""A rule: what to find, what to put there, where, and the samples that prove it."""

from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import NamedTuple

from softwright.facts.structure import Content, Pattern
from softwright.rewrite.imports import may_move
from softwright.rewrite.template import Template


class Safety(StrEnum):
    """`safe` keeps behaviour by itself; `review` needs a person's look at each shape."""

    SAFE = "safe"
    REVIEW = "review"


@dataclass(frozen=True)
class Step:
    """One pattern and what replaces its matches; without a `fix` the step only finds."""

    pattern: Pattern
    fix: Template | None


@dataclass(frozen=True)
class Scope:
    """Files a rule may touch: path globs (`**` crosses folders) and what it thinks of tests.

    `tests` is True (tests too), False (no tests) or "only".
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    tests: bool | str = True

    def holds(self, path: str, *, is_test: bool) -> bool:
        """True when the rule may touch the file."""
        if (self.tests is False and is_test) or (self.tests == "only" and not is_test):
            return False
        if self.include and not any(glob_matches(path, glob) for glob in self.include):
            return False
        return not any(glob_matches(path, glob) for glob in self.exclude)


@dataclass(frozen=True)
class Sample:
    """Code before and after; `after` None means that the rule must leave `before` alone.

    `path` is the file the code pretends to be, "" for an ordinary one; `line` is its place in the rule file.
    """

    title: str
    before: str
    after: str | None
    path: str = ""
    line: int = 0


@dataclass(frozen=True)
class Rule:
    """A rule as written in its Markdown file.

    `imports_replace` holds pairs of an old and a new dotted name; `python` names the function of an
    escape-hatch rule.
    """

    id: str
    language: str
    message: str
    safety: Safety = Safety.REVIEW
    title: str = ""
    why: str = ""
    steps: tuple[Step, ...] = ()
    imports_add: tuple[str, ...] = ()
    imports_remove: tuple[str, ...] = ()
    imports_replace: tuple[tuple[str, str], ...] = ()
    scope: Scope = field(default_factory=Scope)
    min_python: str = ""
    samples: tuple[Sample, ...] = ()
    path: str = ""
    python: str = ""

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        """The patterns of the steps, in order."""
        return tuple(step.pattern for step in self.steps)

    def may_match(self, source: bytes | Content) -> bool:
        """False only when the rule cannot change `source`; microseconds."""
        content = source if isinstance(source, Content) else Content(source)
        return bool(self.python) or self.may_step(content) or may_move(self.imports_replace, content.source)

    def may_step(self, content: Content) -> bool:
        """False only when no step can match."""
        return any(step.pattern.may_match(content) for step in self.steps)

    def wants_python(self) -> tuple[int, int] | None:
        """`min_python` as a pair of numbers."""
        if not self.min_python:
            return None
        major, minor = self.min_python.split(".")
        return int(major), int(minor)


class RuleStep(NamedTuple):
    """A step with the rule it belongs to."""

    rule: Rule
    step: Step


def glob_matches(path: str, glob: str) -> bool:
    """Whether a path with "/" matches a glob; `**/` also matches no folder at all."""
    if fnmatchcase(path, glob):
        return True
    return "**/" in glob and glob_matches(path, glob.replace("**/", "", 1))
