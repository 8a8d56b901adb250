"""Import changes as requirements: what new code needs, what nobody uses any more, what moved."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from softwright.facts.structure import Pattern
from softwright.rewrite.learning.imports.imported import SPELLINGS, Imported
from softwright.rewrite.learning.imports.packages import Named, as_written, is_respelled
from softwright.rewrite.learning.imports.specifiers import is_relative
from softwright.rewrite.learning.patterns.surroundings import BASE
from softwright.rewrite.learning.trees.tree import SyntaxTree
from softwright.rewrite.rule import Rule

_POSTPONED = Imported("__future__", "annotations")


@dataclass(slots=True, eq=False)
class ImportChange:
    """What became of one example's imports.

    `unused` are local names used before and not after, `was` are imports of the file before any rule,
    `stayed` those of them that are still there.
    """

    added: list[Imported]
    removed: list[Imported]
    kept: set[Imported]
    unused: set[str]
    stayed: set[Imported]
    was: set[Imported]


def import_change(
    original: SyntaxTree, before: SyntaxTree, after: SyntaxTree, named: Named = as_written
) -> ImportChange:
    """The difference of what two versions of a file import; `original` is the file before any rule.

    `named` gives the name under which an import of this file is known in all files.
    """
    read = SPELLINGS[before.language].read
    first, old, new = ([named(each) for each in read(tree)] for tree in (original, before, after))
    had, has = set(old), set(new)
    used_before, used_after = _used(original), _used(after)
    return ImportChange(
        [each for each in dict.fromkeys(new) if each not in had],
        [each for each in dict.fromkeys(old) if each not in has],
        had & has,
        {name for name in used_before if name not in used_after},
        had & has & set(first),
        set(first),
    )


def _used(tree: SyntaxTree) -> set[str]:
    """Names that the code outside of imports mentions."""
    used: set[str] = set()
    kinds = SPELLINGS[tree.language].used
    waiting = [tree.root]
    while waiting:
        node = waiting.pop()
        if node.raw in tree.grammar.imports:
            continue
        if node.raw in kinds:
            used.add(node.text)
        waiting += node.children
    return used


class Requirements:
    """What the imports of all examples say together."""

    def __init__(self, changes: Sequence[ImportChange], language: str) -> None:
        self.changes = changes
        self.spelling = SPELLINGS[language]
        self.relative: dict[str, str] = {}
        self.kept = set().union(*(change.kept for change in changes)) if changes else set()
        self.moves: dict[Imported, Counter[Imported]] = defaultdict(Counter)
        self.added: dict[str, Counter[Imported]] = defaultdict(Counter)
        self.removed: Counter[Imported] = Counter()
        self.unused_kept: Counter[str] = Counter()
        self.present: dict[str, Counter[Imported]] = defaultdict(Counter)
        self.known = {self.spelling.local(each) for change in changes for each in change.was}
        for change in changes:
            self._read(change)

    def _read(self, change: ImportChange) -> None:
        taken: set[Imported] = set()
        for gone in change.removed:
            goal = next((new for new in change.added if new not in taken and self._is_move(gone, new)), None)
            same_kind = goal is not None and bool(goal.name) == bool(gone.name)
            if goal is not None and same_kind and self.spelling.local(gone) not in change.unused:
                taken.add(goal)
                self.moves[gone][goal] += 1
            else:
                self.removed[gone] += 1
        for new in change.added:
            if new not in taken:
                self.added[self.spelling.local(new)][new] += 1
        for kept in change.kept:
            if self.spelling.local(kept) in change.unused:
                self.unused_kept[self.spelling.local(kept)] += 1
        for each in change.stayed:
            if (each.name != "*" or each.alias) and not each.module.startswith("."):
                self.present[self.spelling.local(each)][each] += 1

    def _is_move(self, gone: Imported, new: Imported) -> bool:
        same = self.spelling.local(gone) == self.spelling.local(new)
        return same and (gone.module, gone.name) != (new.module, new.name)

    # -- per rule ---------------------------------------------------------------------------------------

    def attached(self, rules: Sequence[Rule]) -> list[Rule]:
        """The rules with the imports that their new code needs and their old code no longer does."""
        return [self._attach(rule) for rule in rules]

    def _attach(self, rule: Rule) -> Rule:
        old = _old_words(rule)
        wanted: list[Imported] = []
        follows = _renames_imports(rule) and bool(old & self.known)  # the import becomes another one itself
        for word in _new_words(rule) if not follows else ():
            known = self.added.get(word) or (self.present.get(word) if word not in old else None)
            if known and not is_relative((best := known.most_common(1)[0][0]).module):
                wanted.append(best)
        wanted += [each for each in self.added.get("annotations", ()) if each.module == "__future__"]
        if _joins_types(rule) and self._all_postpone():
            wanted.append(_POSTPONED)
        add = [*rule.imports_add, *(self.spelling.statement(each) for each in wanted)]
        gone = [each for each in self.removed if self._is_dropped(each)]
        remove = [self.spelling.dotted(each) for each in gone if self.spelling.local(each) in old]
        remove += _other_spellings(rule, remove)
        return replace(
            rule, imports_add=tuple(dict.fromkeys(add)), imports_remove=tuple(dict.fromkeys(remove))
        )

    def _all_postpone(self) -> bool:
        """True when the annotations of every example may be what its Python could not evaluate."""
        return len(self.changes) > 1 and all(_POSTPONED in change.was for change in self.changes)

    def _is_dropped(self, gone: Imported) -> bool:
        return self.removed[gone] >= self.unused_kept[self.spelling.local(gone)]

    # -- moves -------------------------------------------------------------------------------------------

    def replaced(self) -> dict[str, str]:
        """Old -> new dotted name: single names, whole modules, prefixes where several modules moved alike."""
        names: dict[str, str] = {}
        modules: dict[str, Counter[str]] = defaultdict(Counter)
        moved: dict[str, set[str]] = defaultdict(set)
        for gone, goals in self.moves.items():
            goal, _ = goals.most_common(1)[0]
            if gone in self.kept or self._is_respelled(gone, goal):
                continue
            names[self.spelling.dotted(gone)] = self.spelling.dotted(goal)
            if gone.name == goal.name and gone.module != goal.module:
                modules[gone.module][goal.module] += 1
                moved[gone.module].add(self.spelling.dotted(gone))
        kept_modules = {each.module for each in self.kept}
        whole: dict[str, str] = {}
        for module, new_modules in modules.items():
            goal_module = next(iter(new_modules))
            is_sure = len(new_modules) == 1 and module not in kept_modules
            if is_sure and module.strip(".") and goal_module.strip("."):
                whole[module] = goal_module
                for dotted in moved[module]:
                    names.pop(dotted, None)
        found = {**names, **self._prefixes(whole, kept_modules)}
        self.relative = {old: whole[old] for old in whole if is_relative(old)}
        return {old: new for old, new in found.items() if not is_relative(old)}

    def _is_respelled(self, gone: Imported, goal: Imported) -> bool:
        """True for a module that was only written with dots, or without, in a path that tells no package."""
        is_same = self.spelling is SPELLINGS["python"] and gone.name == goal.name
        return is_same and is_respelled(gone.module, goal.module)

    def _prefixes(self, whole: dict[str, str], kept: set[str]) -> dict[str, str]:
        mark = self.spelling.separator
        by_prefix: dict[tuple[str, str], list[str]] = defaultdict(list)
        for old, new in whole.items():
            before, after = old.split(mark), new.split(mark)
            while len(before) > 1 and len(after) > 1 and before[-1] == after[-1]:
                before.pop()
                after.pop()
            by_prefix[mark.join(before), mark.join(after)].append(old)
        found: dict[str, str] = {}
        for (before_prefix, after_prefix), olds in by_prefix.items():
            below = f"{before_prefix}{mark}"
            is_free = not any(each == before_prefix or each.startswith(below) for each in kept)
            if len(olds) > 1 and is_free and before_prefix.strip("."):
                found[f"{before_prefix}{mark}*"] = f"{after_prefix}{mark}*"
            else:
                found.update({old: whole[old] for old in olds})
        return found


def _joins_types(rule: Rule) -> bool:
    """True for a rule that writes `A | B`."""
    return any(" | " in step.fix.text for step in rule.steps if step.fix is not None)


def _other_spellings(rule: Rule, remove: Sequence[str]) -> list[str]:
    """What a rule's resolved names may also be imported by, where one of their imports goes: the name itself
    and its module."""
    names = {name for step in rule.steps for name in _resolved(step.pattern)}
    going = {name for name in names if any(name == each or name.startswith(f"{each}.") for each in remove)}
    spelled = {spelling for name in going for spelling in (name, name.rpartition(".")[0])}
    return sorted(spelled - {""})


def _renames_imports(rule: Rule) -> bool:
    """True for a name that becomes another one in import statements as well: these need no new import."""
    fixes = [step.fix.text for step in rule.steps if step.fix is not None]
    said = str([step.pattern.rule for step in rule.steps])
    resolved = any(step.pattern.resolves for step in rule.steps)
    spares_imports = "import" in said and "module_name" not in said
    return all(map(str.isidentifier, fixes)) and "'regex'" in said and not spares_imports and not resolved


def _new_words(rule: Rule) -> list[str]:
    """Names that the fixes write and the patterns do not demand."""
    words: list[str] = []
    for step in rule.steps:
        if step.fix is not None:
            text = " ".join(piece for piece in step.fix.pieces if isinstance(piece, str))
            words += _words(text)
    return list(dict.fromkeys(words))


def _old_words(rule: Rule) -> set[str]:
    patterns = [step.pattern for step in rule.steps]
    meant = {part for each in patterns for name in _resolved(each) for part in name.split(".")}
    around = {part for each in patterns for name in each.resolves.get(BASE, ()) for part in name.split(".")}
    return meant | {word.decode() for each in patterns for group in each.literals for word in group} - around


def _resolved(pattern: Pattern) -> list[str]:
    """What the code that a pattern replaces stands for; the class around it stays."""
    return [name for variable, names in pattern.resolves.items() if variable != BASE for name in names]


def _words(text: str) -> Iterator[str]:
    for found in re.finditer(r"(?<![\w.])[^\W\d]\w*", text):
        yield found[0]
