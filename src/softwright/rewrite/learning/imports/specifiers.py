"""Files that moved, as JavaScript and TypeScript import them: `./a/Old.js` is another text in every folder.

What moved are the last parts of the path, so a step changes those parts in whatever imports them.
"""

import re
from collections.abc import Iterable, Mapping

from softwright.facts.structure import Pattern
from softwright.rewrite.rule import Step
from softwright.rewrite.template import parse_template

_PARTS = re.compile(r"[^/]+")
_IMPORTING = [{"kind": kind} for kind in ("import_statement", "export_statement")]
_CALLED = r"^(import|require|(jest|vi)\.\w+)$"


def is_relative(module: str) -> bool:
    """True for a path from the importing file."""
    return module.startswith(("./", "../"))


def specifier_steps(moves: Mapping[str, str], kept: Iterable[str], language: str) -> list[Step]:
    """A step for each pair of relative paths, none for what would also change paths that were `kept`."""
    steps: dict[tuple[str, str], Step] = {}
    stay = [module for module in kept if is_relative(module)]
    for old, new in moves.items():
        changed = _changed(old, new)
        if changed is None or changed in steps:
            continue
        if not any(re.search(_ending(changed[0]), module) for module in stay):
            steps[changed] = _step(*changed, language)
    return list(steps.values())


def _changed(old: str, new: str) -> tuple[str, str] | None:
    """The parts that changed, with all behind them; None when only the way up to them did."""
    before, after = _named(old), _named(new)
    while len(before) > 1 and len(after) > 1 and before[0] == after[0]:
        before, after = before[1:], after[1:]
    return ("/".join(before), "/".join(after)) if before and after and before != after else None


def _named(module: str) -> list[str]:
    return [part for part in _PARTS.findall(module) if part not in (".", "..")]


def _ending(path: str) -> str:
    return f"(^|/){re.escape(path)}$"


def _step(old: str, new: str, language: str) -> Step:
    call = {"kind": "call_expression", "has": {"field": "function", "regex": _CALLED}}
    argument = {"kind": "string", "inside": {"kind": "arguments", "inside": call}}
    rule = {
        "all": [
            {"pattern": "$PATH"},
            {"kind": "string_fragment", "regex": _ending(old)},
            {"any": [{"inside": {"kind": "string", "inside": {"any": _IMPORTING}}}, {"inside": argument}]},
        ]
    }
    moved = {"replace": {"source": "$PATH", "replace": _ending(old), "by": "${1}" + new.replace("$", "$$")}}
    pattern = Pattern.parse({"rule": rule, "transform": {"MOVED": moved}}, language)
    return Step(pattern, parse_template("$MOVED", pattern.metavariables, pattern.transform))
