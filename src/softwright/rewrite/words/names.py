"""Names that a rule resolves, as one would say them: with the module they come from, few at a time."""

import re
from collections.abc import Iterable, Sequence

from softwright.facts.structure.pattern import Pattern
from softwright.rewrite.words.conditions import one_of

FEW = 4
"""Names that are told one by one."""


def moved_words(old: str, new: str) -> str:
    """The clause for a name, or with `.*` all of a module, that is called otherwise now."""
    if old.endswith(".*") and new.endswith(".*"):
        return f"takes everything of `{old[:-2]}` from `{new[:-2]}`"
    (old_module, _, old_name), (module, _, name) = old.rpartition("."), new.rpartition(".")
    if old_name == name:
        return f"takes `{name}` from `{module}` instead of `{old_module}`"
    if module == old_module:
        return f"renames `{old_name}` of `{module}` to `{name}`"
    return f"takes `{new}` instead of `{old}`"


def named(pattern: Pattern, text: str) -> dict[str, tuple[str, ...]]:
    """What metavariables stand for; of a call that must resolve, what is called."""
    called = re.match(r"\$([A-Z_][A-Z0-9_]*)\(", text)
    names = dict(pattern.resolves)
    if called and "match" in names:
        names[called[1]] = names.pop("match")
    return names


def few(names: Sequence[str]) -> str:
    """Names that are told one by one, and the number of others."""
    told = [f"`{_without_module(name)}`" for name in names]
    return one_of(told if len(told) <= FEW else [*told[: FEW - 1], f"{len(told) - FEW + 1} others"])


def _without_module(name: str) -> str:
    """A name without what goes without saying, or has no name: `builtins`, a path from the importing file."""
    return name.rpartition(".")[2] if name.startswith(".") else name.removeprefix("builtins.")


def names_of(pattern: Pattern) -> list[str]:
    """Every name that a pattern resolves."""
    return [name for names in pattern.resolves.values() for name in names]


def imported_from(names: Iterable[str]) -> str:
    """Where names come from: "the builtin", "as imported from m"."""
    modules = list(dict.fromkeys(_module(name) for name in names))
    imported = one_of(module for module in modules if module != "builtins")
    told = [f"as imported from {imported}"] if imported else []
    return " or ".join((["the builtin"] if "builtins" in modules else []) + told)


def _module(dotted: str) -> str:
    """The module of a name, as far as spelling tells: what is in a capital or like its module is a class."""
    parts = dotted.removesuffix(".*").split(".")[:-1] or [dotted]
    while len(parts) > 1 and (parts[-1][:1].isupper() or parts[-1] == parts[-2]):
        parts.pop()
    return ".".join(parts)


def resolved(text: str, pattern: Pattern) -> str:
    """Code with the one name that a metavariable stands for in its place."""
    for variable, names in named(pattern, text).items():
        if len(names) == 1:
            text = re.sub(rf"\${variable}\b", names[0].removeprefix("builtins.").replace("\\", ""), text)
    return text
