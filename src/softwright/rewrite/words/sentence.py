"""A rule as one or two plain sentences."""

import re
from collections.abc import Iterable, Sequence

from softwright.core import counted
from softwright.rewrite.learning.learned import Evidence
from softwright.rewrite.rule import Rule, Scope, glob_matches
from softwright.rewrite.words.conditions import EXPORTS, one_of
from softwright.rewrite.words.names import moved_words
from softwright.rewrite.words.step import Clause, step_words

MOST_STEPS = 4
"""Steps that are told one by one; of more, three are."""


def in_words(rule: Rule, evidence: Evidence | None = None) -> str:
    """What the rule does, where, and what that rests on: "Replaces `f($A)` by `g($A)`; only below src/."."""
    parts = [_deeds(rule), *scope_words(rule.scope)]
    if rule.min_python:
        parts.append(f"only in projects for Python {rule.min_python} and later")
    if evidence is not None:
        parts.append(_counts(evidence))
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}."


def scope_words(scope: Scope) -> list[str]:
    """Where a rule works, one phrase a restriction; none when it works everywhere."""
    told = []
    if scope.include:
        told.append(f"only {_places(scope.include)}")
    if scope.tests == "only":
        told.append("only in tests")
    if scope.tests is False:
        told.append("not in tests")
    if scope.exclude:
        told.append(f"not {_places(scope.exclude)}")
    return told


def _deeds(rule: Rule) -> str:
    clauses = _with_exports(dict.fromkeys(step_words(step) for step in rule.steps))
    clauses += [Clause(moved_words(old, new)) for old, new in rule.imports_replace]
    if not clauses:
        return f"does what the Python function `{rule.python}` says"
    shown = clauses if len(clauses) <= MOST_STEPS else clauses[: MOST_STEPS - 1]
    shared = shown[0].where if len(shown) > 1 and all(c.where == shown[0].where for c in shown) else ""
    told: list[str] = []
    for at, clause in enumerate(shown):
        deed = _continued(shown[at - 1].deed, clause.deed) if at else clause.deed
        told.append(_joined(deed, "" if shared else clause.where))
    if len(clauses) > len(shown):
        told.append(f"has {counted(len(clauses) - len(shown), 'step')} more")
    if shared:
        told[-1] += f", {shared}" if shared.startswith("also ") else f", each {shared}"
    told += [f"adds `{statement}` where that is needed" for statement in rule.imports_add]
    told += _dropped(rule)
    return one_of(told, "and") if len(told) < 3 else ", and ".join([", ".join(told[:-1]), told[-1]])


def _joined(deed: str, where: str) -> str:
    return f"{deed}, {where}" if where.startswith("also ") else f"{deed} {where}".rstrip()


def _with_exports(clauses: Iterable[Clause]) -> list[Clause]:
    """The clauses; what is done in `__all__` as elsewhere is no clause of its own."""
    found: list[Clause] = []
    for clause in clauses:
        if found and clause == Clause(found[-1].deed, EXPORTS):
            also = f"also {EXPORTS}"
            found[-1] = Clause(found[-1].deed, f"{found[-1].where}, {also}" if found[-1].where else also)
        else:
            found.append(clause)
    return found


def _dropped(rule: Rule) -> list[str]:
    names = rule.imports_remove
    if not names:
        return []
    replaced = [n for step in rule.steps for found in step.pattern.resolves.values() for n in found]
    if all(
        any(
            glob_matches(each, name) or each.startswith(f"{name}.") or _is_same(each, name)
            for each in replaced
        )
        for name in names
    ):
        return [f"drops the import{'s' if len(names) > 1 else ''} when unused"]
    told = list(dict.fromkeys(f"`{_imported(name)}`" for name in names))
    if len(told) > MOST_STEPS:
        told = [*told[: MOST_STEPS - 1], f"{len(told) - MOST_STEPS + 1} others"]
    return [f"drops the import of {one_of(told, 'and')} when unused"]


def _is_same(relative: str, name: str) -> bool:
    """True for both spellings of one name: `.typing.A` is `flask.typing.A`."""
    return relative.startswith(".") and name.endswith(f".{relative.lstrip('.')}")


def _imported(name: str) -> str:
    """A name as it is imported: from a path (`./a.js.b`) by its last part."""
    return name.rpartition(".")[2] if "/" in name else name


def _continued(before: str, clause: str) -> str:
    """The clause without its verb where that is the one before."""
    verb = clause.split(" ", 1)[0]
    return clause.removeprefix(f"{verb} ") if before.startswith(f"{verb} ") else clause


def _places(globs: Sequence[str]) -> str:
    shown = globs if len(globs) <= MOST_STEPS else globs[: MOST_STEPS - 1]
    more = [counted(len(globs) - len(shown), "other place")] if len(shown) < len(globs) else []
    return one_of([*map(_place, shown), *more])


def _place(glob: str) -> str:
    below = re.fullmatch(r"([^*?\[]+)/\*\*(/\*)?", glob)
    if below:
        return f"below {below[1]}/"
    anywhere = re.fullmatch(r"\*\*/([^*?\[]+)/\*\*(/\*)?", glob)
    if anywhere:
        return f"below any {anywhere[1]}/"
    return f"in `{glob}`" if any(sign in glob for sign in "*?[") else f"in {glob}"


def _counts(evidence: Evidence) -> str:
    told = f"{counted(evidence.edits, 'place')} in {counted(evidence.files, 'file')}"
    if evidence.repos > 1:
        told += f" of {counted(evidence.repos, 'repository')}"
    if evidence.left_alone:
        told += f", left alone {evidence.left_alone}"
    if evidence.conflicts:
        told += f", changed otherwise {evidence.conflicts}"
    return told
