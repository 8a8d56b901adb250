"""Where a rule holds, learned from files that were left alone: the scope is narrowed before the
pattern is."""

from collections.abc import Collection

from softwright.facts.flags import is_test
from softwright.rewrite.rule import Scope

_TELLING = 8
"""Letters that the names of files must share to count as named alike."""


def narrowed(changed: Collection[str], left_alone: Collection[str]) -> Scope | None:
    """The widest scope with all changed paths and none left alone: by tests, by top folder, by shared folder.

    None when only the paths themselves tell them apart.
    """
    if not left_alone:
        return Scope()
    if changed:
        if all(map(is_test, changed)) and not any(map(is_test, left_alone)):
            return Scope(tests="only")
        if not any(map(is_test, changed)) and all(map(is_test, left_alone)):
            return Scope(tests=False)
    folders = {path.split("/", 1)[0] for path in left_alone if "/" in path}
    kept = {path.split("/", 1)[0] for path in changed if "/" in path}
    if folders and not folders & kept and all("/" in path for path in left_alone):
        return Scope(exclude=tuple(f"{folder}/**" for folder in sorted(folders)))
    parents = {path.rpartition("/")[0] for path in left_alone}
    busy = {path.rpartition("/")[0] for path in changed}
    if (
        len(left_alone) > len(parents)
        and "" not in parents
        and not any(_covers(parents, path) for path in busy)
    ):
        return Scope(exclude=tuple(f"{parent}/**" for parent in sorted(parents)))
    shared = _shared_start(changed).rpartition("/")
    if (
        len(changed) > 1
        and len(shared[2]) >= _TELLING
        and not any(p.startswith("".join(shared)) for p in left_alone)
    ):
        return Scope(include=(f"{''.join(shared)}*",))  # a batch of files that are named alike
    return None


def without(left_alone: Collection[str]) -> Scope:
    """Everything but these paths."""
    return Scope(exclude=tuple(sorted(left_alone)))


def _covers(parents: Collection[str], folder: str) -> bool:
    return any(folder == parent or folder.startswith(f"{parent}/") for parent in parents)


def _shared_start(paths: Collection[str]) -> str:
    first, last = min(paths), max(paths)
    return first[: next((at for at, letter in enumerate(first) if letter != last[at : at + 1]), len(first))]
