"""One text that is another with something put in, taken out or put around."""

import re

from softwright.rewrite.words.conditions import shown


def change_words(old: str, new: str, told: str) -> str:
    """The clause where one text is the other with something put in, taken out or put around; "" else."""
    added, removed = _inserted(old, new), _inserted(new, old)
    if added:
        return f"adds `{shown(added)}` to {told}"
    if removed:
        return f"removes `{shown(removed)}` from {told}"
    around = re.fullmatch(rf"(.*?)(?<![\w$]){re.escape(old)}(?!\w)(.*)", new, re.DOTALL)
    if around is None or new == old:
        return ""
    head, tail = around[1].strip(), around[2].strip()
    if head and tail:
        return f"wraps {told} in `{head}…{tail}`"
    return f"puts `{head}` before {told}" if head else f"puts `{tail}` behind {told}"


def _inserted(old: str, new: str) -> str:
    """The list element that makes `new` of `old`, "" when it is none."""
    if len(new) <= len(old):
        return ""
    start, end = _alike(old, new), _alike(old[::-1], new[::-1])
    if start + end < len(old):
        return ""
    start = min(start, len(old))
    part = new[start : len(new) - (len(old) - start)]
    is_alone = old[start - 1 : start] in ("(", "[", "{") and old[start : start + 1] in (")", "]", "}")
    if (
        not start
        or start == len(old)
        or not (is_alone or part.strip().startswith(",") or part.strip().endswith(","))
    ):
        return ""
    return part.strip().strip(",").strip()


def _alike(one: str, other: str) -> int:
    """How many characters two texts begin alike with."""
    return next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
