"""Renames that pass a name on: where `A` becomes `B` and `B` becomes `C`, an `A` does not end as `C`."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from softwright.rewrite.rule import Rule, Step

_WORD = re.compile(r"[^\W\d]\w*")
_ONLY = re.compile(r"\^([^\W\d]\w*)\$")


def taking_over(rules: Sequence[Rule]) -> frozenset[int]:
    """The ids (of `id`) of steps that rename what another rule's step renames other names to.

    They mean names that were there before: all the renames of a file happen at once.
    """
    renames = [(rule.id, step, *names) for rule in rules for step in rule.steps if (names := renamed(step))]
    made = {(owner, new) for owner, _, _, new in renames}
    return frozenset(
        id(step) for owner, step, old, _ in renames if any(new == old and by != owner for by, new in made)
    )


def renamed(step: Step) -> tuple[str, str] | None:
    """The old and the new name of a step that does nothing but rename; None for any other."""
    new = step.fix.text.strip() if step.fix is not None else ""
    old = _only_word(step.pattern.rule) if _WORD.fullmatch(new) else ""
    return (old, new) if old and old != new else None


def _only_word(rule: Mapping[str, Any]) -> str:
    """The word that a rule object matches alone, "" when it may match more."""
    pattern, regex = rule.get("pattern"), rule.get("regex")
    if isinstance(pattern, str) and _WORD.fullmatch(pattern):
        return pattern
    if isinstance(regex, str) and (found := _ONLY.fullmatch(regex)):
        return found[1]
    parts = rule.get("all")
    words = (
        [_only_word(part) for part in parts if isinstance(part, Mapping)] if isinstance(parts, list) else []
    )
    return next(filter(None, words), "")
