"""Import changes as requirements: what new code needs, what nobody uses any more, what moved."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from softwright.facts.structure import read_imports
from softwright.rewrite.learning.tree import SyntaxTree
from softwright.rewrite.rule import Rule


class Imported(NamedTuple):
    """One imported name: `name` of `module`, or the module itself when `name` is ""; `alias` or ""."""

    module: str
    name: str = ""
    alias: str = ""

    @property
    def local(self) -> str:
        """The name it binds."""
        return self.alias or self.name or self.module.split(".", 1)[0]

    @property
    def dotted(self) -> str:
        """Module and name with a dot between."""
        if not self.name:
            return self.module
        return f"{self.module}{self.name}" if self.module.endswith(".") else f"{self.module}.{self.name}"

    @property
    def statement(self) -> str:
        """A Python statement that imports it."""
        alias = f" as {self.alias}" if self.alias else ""
        return f"from {self.module} import {self.name}{alias}" if self.name else f"import {self.module}{alias}"


@dataclass(slots=True, eq=False)
class ImportChange:
    """What became of one example's imports; `unused` are local names used before and not after."""

    added: list[Imported]
    removed: list[Imported]
    kept: set[Imported]
    unused: set[str]


def import_change(original: SyntaxTree, before: SyntaxTree, after: SyntaxTree) -> ImportChange:
    """The difference of what two versions of a Python file import; `original` is the file before any rule."""
    old, new = _imports(before), _imports(after)
    had, has = set(old), set(new)
    used_before, used_after = _used(original), _used(after)
    return ImportChange(
        [each for each in dict.fromkeys(new) if each not in had],
        [each for each in dict.fromkeys(old) if each not in has],
        had & has,
        {name for name in used_before if name not in used_after},
    )


def _imports(tree: SyntaxTree) -> list[Imported]:
    found = [Imported(each.module, each.name, each.alias) for each in read_imports(tree.tree.root)]
    for node in tree.root.walk():
        if node.raw == "future_import_statement":
            names = [child.leaves() for child in node.children if child.raw == "dotted_name"]
            found += [Imported("__future__", "".join(leaf.text for leaf in leaves)) for leaves in names]
    return found


def _used(tree: SyntaxTree) -> set[str]:
    """Names that the code outside of imports mentions."""
    used: set[str] = set()
    waiting = [tree.root]
    while waiting:
        node = waiting.pop()
        if node.raw in tree.grammar.imports:
            continue
        if node.raw == "identifier":
            used.add(node.text)
        waiting += node.children
    return used


class Requirements:
    """What the imports of all examples say together."""

    def __init__(self, changes: Sequence[ImportChange]) -> None:
        self.changes = changes
        self.kept = set().union(*(change.kept for change in changes)) if changes else set()
        self.moves: dict[Imported, Counter[Imported]] = defaultdict(Counter)
        self.added: dict[str, Counter[Imported]] = defaultdict(Counter)
        self.removed: Counter[Imported] = Counter()
        self.unused_kept: Counter[str] = Counter()
        for change in changes:
            self._read(change)

    def _read(self, change: ImportChange) -> None:
        taken: set[Imported] = set()
        for gone in change.removed:
            goal = next((new for new in change.added if new not in taken and _is_move(gone, new)), None)
            same_kind = goal is not None and bool(goal.name) == bool(gone.name)
            if goal is not None and same_kind and gone.local not in change.unused:
                taken.add(goal)
                self.moves[gone][goal] += 1
            else:
                self.removed[gone] += 1
        for new in change.added:
            if new not in taken:
                self.added[new.local][new] += 1
        for kept in change.kept:
            if kept.local in change.unused:
                self.unused_kept[kept.local] += 1

    # -- per rule ---------------------------------------------------------------------------------------

    def attached(self, rules: Sequence[Rule]) -> list[Rule]:
        """The rules with the imports that their new code needs and their old code no longer does."""
        return [self._attach(rule) for rule in rules]

    def _attach(self, rule: Rule) -> Rule:
        new = _new_words(rule)
        add: list[str] = []
        for word in new:
            if self.added.get(word):
                best, _ = self.added[word].most_common(1)[0]
                add.append(best.statement)
        future = [each for each in self.added.get("annotations", ()) if each.module == "__future__"]
        add += [each.statement for each in future if each.statement not in add]
        gone = [each for each in self.removed if self._is_dropped(each)]
        old = _old_words(rule)
        remove = [_removal(each) for each in gone if each.local in old]
        return replace(rule, imports_add=tuple(dict.fromkeys(add)), imports_remove=tuple(dict.fromkeys(remove)))

    def _is_dropped(self, gone: Imported) -> bool:
        return self.removed[gone] >= self.unused_kept[gone.local]

    # -- moves -------------------------------------------------------------------------------------------

    def replaced(self) -> dict[str, str]:
        """Old -> new dotted name: single names, whole modules, and prefixes where several modules moved alike."""
        names: dict[str, str] = {}
        modules: dict[str, Counter[str]] = defaultdict(Counter)
        moved: dict[str, set[str]] = defaultdict(set)
        for gone, goals in self.moves.items():
            if gone in self.kept:
                continue
            goal, _ = goals.most_common(1)[0]
            names[gone.dotted] = goal.dotted
            if gone.name == goal.name and gone.module != goal.module:
                modules[gone.module][goal.module] += 1
                moved[gone.module].add(gone.dotted)
        kept_modules = {each.module for each in self.kept}
        whole: dict[str, str] = {}
        for module, goals in modules.items():
            if len(goals) == 1 and module not in kept_modules and not module.strip(".") == "":
                whole[module] = next(iter(goals))
                for dotted in moved[module]:
                    names.pop(dotted, None)
        return {**names, **self._prefixes(whole, kept_modules)}

    def _prefixes(self, whole: dict[str, str], kept: set[str]) -> dict[str, str]:
        by_prefix: dict[tuple[str, str], list[str]] = defaultdict(list)
        for old, new in whole.items():
            before, after = old.split("."), new.split(".")
            while len(before) > 1 and len(after) > 1 and before[-1] == after[-1]:
                before.pop()
                after.pop()
            by_prefix[".".join(before), ".".join(after)].append(old)
        found: dict[str, str] = {}
        for (before_prefix, after_prefix), olds in by_prefix.items():
            is_free = not any(each == before_prefix or each.startswith(f"{before_prefix}.") for each in kept)
            if len(olds) > 1 and is_free and before_prefix.strip("."):
                found[f"{before_prefix}.*"] = f"{after_prefix}.*"
            else:
                found.update({old: whole[old] for old in olds})
        return found


def _is_move(gone: Imported, new: Imported) -> bool:
    return gone.local == new.local and (gone.module, gone.name) != (new.module, new.name)


def _removal(gone: Imported) -> str:
    return gone.dotted


def _new_words(rule: Rule) -> list[str]:
    """Names that the fixes write and the patterns do not demand."""
    words: list[str] = []
    for step in rule.steps:
        if step.fix is not None:
            text = " ".join(piece for piece in step.fix.pieces if isinstance(piece, str))
            words += _words(text)
    return list(dict.fromkeys(words))


def _old_words(rule: Rule) -> set[str]:
    return {word.decode() for step in rule.steps for group in step.pattern.literals for word in group}


def _words(text: str) -> Iterator[str]:
    for found in re.finditer(r"(?<![\w.])[^\W\d]\w*", text):
        yield found[0]
