"""The change of a campaign, made ready: rules loaded, neighbouring rules grouped, named by a digest."""

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from softwright.campaigns.spec import CampaignSpec, CommandStep, PythonStep, RuleStep
from softwright.core import InvalidInput, digest
from softwright.rewrite import Rule, glob_matches

FileFunction = Callable[[str, bytes], bytes | None]
"""What a `python:` step calls: path and content in, new content or None for "leave it" out."""


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """Rules that are applied together, in order, to a fixed point."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class FunctionStep:
    """A function of the campaign's author, for the files that match one of the globs."""

    name: str
    function: FileFunction
    files: tuple[str, ...]

    def wants(self, path: str) -> bool:
        """True when the function is to be called for this file."""
        return any(glob_matches(path, pattern) for pattern in self.files)


ReadyStep = RuleGroup | CommandStep | FunctionStep


@dataclass(frozen=True, slots=True)
class Tried:
    """Rules made of accepted edits of a step, tried before it.

    `whole` when they make every edit of the step that was accepted so far: the step is then left out where
    they found what to do.
    """

    rules: tuple[Rule, ...]
    whole: bool


def origin_of(step: ReadyStep) -> str:
    """What edits of a command or function are signed with, "" for rules, which sign by themselves."""
    if isinstance(step, RuleGroup):
        return ""
    return step.name if isinstance(step, FunctionStep) else step.command[0]


@dataclass(frozen=True, slots=True)
class Change:
    """The steps, and the digest of everything that decides what they do.

    `tried` are rules by the number of the step they are tried before. They are not in the digest: they make
    what the step would have made.
    """

    steps: tuple[ReadyStep, ...]
    digest: str
    tried: Mapping[int, Tried] = field(default_factory=dict)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule, in order."""
        return tuple(rule for step in self.steps if isinstance(step, RuleGroup) for rule in step.rules)

    @property
    def by_rules_only(self) -> bool:
        """True when only files that rules match can be changed, so that other files need not be looked at."""
        return all(isinstance(step, RuleGroup) for step in self.steps)


def ready_change(spec: CampaignSpec, *, folder: Path, find_rule: Callable[[str], Rule]) -> Change:
    """The change with its rules and functions loaded; `folder` is where the campaign's file lies.

    Raises InvalidInput for a rule or function that cannot be found.
    """
    steps: list[ReadyStep] = []
    parts: list[Any] = []
    for step in spec.change:
        if isinstance(step, RuleStep):
            rule = find_rule(step.rule)
            parts.append(["rule", rule.id, rule_digest(rule)])
            if steps and isinstance(steps[-1], RuleGroup):
                steps[-1] = RuleGroup((*steps[-1].rules, rule))
            else:
                steps.append(RuleGroup((rule,)))
        elif isinstance(step, PythonStep):
            function, source = _load_function(step.python, folder)
            parts.append(["python", step.model_dump(mode="json"), digest(source)])
            steps.append(FunctionStep(step.python, function, step.files))
        else:
            parts.append(["command", step.model_dump(mode="json")])
            steps.append(step)
    return Change(tuple(steps), digest(parts))


def rule_digest(rule: Rule) -> str:
    """Name of exactly this rule: its file's bytes, and those of the Python file it calls."""
    if not rule.path:
        return digest(repr(rule).encode("utf-8", "surrogateescape"))
    file = Path(rule.path)
    parts = [digest(file.read_bytes())]
    code = rule.python.rpartition(":")[0]
    if code.endswith(".py") and (file.parent / code).is_file():
        parts.append(digest((file.parent / code).read_bytes()))
    return digest(parts)


def _load_function(reference: str, folder: Path) -> tuple[FileFunction, bytes]:
    file, _, name = reference.rpartition(":")
    path = folder / file
    try:
        source = path.read_bytes()
    except OSError as error:
        raise InvalidInput(f"cannot read the step's file: {error.strerror}", where=str(path)) from error
    module_spec = importlib.util.spec_from_file_location(f"softwright_step_{path.stem}", path)
    assert module_spec is not None and module_spec.loader is not None
    module = importlib.util.module_from_spec(module_spec)
    try:
        module_spec.loader.exec_module(module)
    except Exception as error:  # whatever the author's file raises when it is loaded
        raise InvalidInput(
            f"the step's file fails when it is loaded: {type(error).__name__}: {error}", where=str(path)
        ) from error
    function = getattr(module, name, None)
    if not callable(function):
        raise InvalidInput(
            f"no function `{name}` in the step's file", where=str(path), hint="write it as `file.py:function`"
        )
    return function, source
