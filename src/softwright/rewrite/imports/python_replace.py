"""`imports.replace` in a Python file: statements changed in place, the uses of renamed names after them."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from ast_grep_py import SgNode

from softwright.facts.structure import Import, PythonNames, Role, Tree, extent
from softwright.rewrite.imports.moves import Kept, Replaced, moved, moves_of
from softwright.rewrite.imports.python_follow import Followers, Plan
from softwright.rewrite.imports.python_goals import Goal, Goals
from softwright.rewrite.imports.python_home import Home, Own
from softwright.rewrite.imports.python_lists import extend_statement
from softwright.rewrite.imports.python_place import (
    extensible,
    head_of,
    place_statement,
    remove_names,
    removed_line,
)
from softwright.rewrite.imports.spec import Wanted
from softwright.rewrite.layout import indentation, newline_of, opens_line
from softwright.rewrite.text_edit import TextEdit

_KINDS: Any = [{"kind": "import_statement"}, {"kind": "import_from_statement"}]
_PATCHING = frozenset(
    {
        "patch",
        "import_module",
        "importorskip",
        "import_string",
        "load_object",
        "find_spec",
        "import_from_string",
    }
)
_SETTERS = ("setattr", "delattr")
_DOTTED = re.compile(r"\w+(\.\w+)+")


def replace_imports(
    tree: Tree, names: PythonNames, pairs: Sequence[tuple[str, str]], path: str, is_kept: Kept
) -> Replaced:
    """What the entries of `imports.replace` make of a file.

    A statement is changed where it stands; of names that part, those that leave join the other module's
    import at the file's head, or stand in a statement of their own directly above.
    """
    return _Replacement(tree, names, pairs, path, is_kept).result()


class _Replacement:
    """The work on one tree for one rule."""

    def __init__(
        self, tree: Tree, names: PythonNames, pairs: Sequence[tuple[str, str]], path: str, is_kept: Kept
    ) -> None:
        self._tree = tree
        self._names = names
        self._pairs = pairs
        self._goals = Goals(pairs, path)
        self._own = Own(Home(path), names.imports)
        self._is_kept = is_kept
        self._kept: list[int] = []
        self._leaving: list[tuple[SgNode, list[Plan]]] = []

    def result(self) -> Replaced:
        nodes = {extent(node)[0]: node for node in self._tree.root.find_all(any=_KINDS)}
        plans = list(self._plans(nodes))
        followers = Followers(self._tree, self._names, self._own, self._is_kept)
        followers.follow(plans)
        plans = [plan for plan in plans if plan not in followers.given_up]
        by_statement: dict[int, list[Plan]] = defaultdict(list)
        for plan in plans:
            by_statement[plan.entry.start].append(plan)
        edits: list[TextEdit] = []
        for start, group in by_statement.items():
            edits += self._statement(nodes[start], group)
        edits += self._placed([extent(nodes[start]) for start in by_statement])
        strings = list(self._strings())
        sites = [extent(nodes[start]) for start in by_statement]
        sites += [(edit.start, edit.end) for edit in [*followers.edits, *strings]]
        return Replaced(
            tuple(sorted([*edits, *followers.edits, *strings])),
            tuple(sorted(sites)),
            (*self._kept, *followers.kept),
            tuple(followers.notes),
        )

    def _plans(self, nodes: dict[int, SgNode]) -> Iterator[Plan]:
        for entry in self._names.imports:
            goal = self._goals.of(entry)
            if goal is None or entry.start not in nodes:
                continue
            place = extent(nodes[entry.start])
            if self._is_kept(*place) or self._is_kept(entry.name_start, entry.name_start + 1):
                self._kept.append(entry.start)
                continue
            goal = self._spelled(entry, self._from_package(entry, goal))
            alias = entry.alias
            if alias == (goal.name or goal.module) and alias != entry.name:
                alias = ""
            yield Plan(entry, goal, alias)

    def _from_package(self, entry: Import, goal: Goal) -> Goal:
        """`import mock` becomes `from unittest import mock`: the name stays, and the uses with it."""
        package, _, name = goal.module.rpartition(".")
        others = (other for other in self._names.imports if other.local == entry.local)
        is_alone = all(other.name or other.alias or other.module == entry.module for other in others)
        is_plain = not entry.name and not entry.alias
        return Goal(package, name) if is_plain and package and name == entry.module and is_alone else goal

    def _spelled(self, entry: Import, goal: Goal) -> Goal:
        """What comes from another package to the file's own is named as the file names its own."""
        comes = goal.name and self._own.home.is_foreign(entry.module)
        return goal._replace(module=self._own.spelled(goal.module)) if comes else goal

    # -- statements ----------------------------------------------------------------------------------------

    def _statement(self, node: SgNode, plans: list[Plan]) -> list[TextEdit]:
        items, source = node.field_children("name"), node.field("module_name")
        by_place = {plan.entry.name_start: plan for plan in plans}
        entries = [entry for entry in self._names.imports if entry.start == plans[0].entry.start]
        planned = [by_place.get(entry.name_start) for entry in entries]
        if source is None:
            return self._plain_statement(node, items, planned)
        double = [plan for plan in plans if self._is_there_already(plan)]
        if len(double) == len(entries):
            return removed_line(self._tree.text, node)
        stay = _staying(entries, planned, double)
        if stay is None:
            return self._anew(node, [plan for plan in plans if plan not in double])
        leaving = [plan for plan in plans if plan not in double and _module(plan) != stay]
        if leaving:
            self._leaving.append((node, leaving))
        gone = [*double, *leaving]
        edits = remove_names(self._tree, [plan.entry for plan in gone]) if gone else []
        if stay != entries[0].module:
            edits.append(TextEdit(*extent(source), stay))
        for item, plan in zip(items, planned, strict=False):
            if plan is not None and plan not in gone:
                edits += _item(item, plan)
        return edits

    def _plain_statement(
        self, node: SgNode, items: list[SgNode], planned: list[Plan | None]
    ) -> list[TextEdit]:
        """Modules of an `import` change in place; those that become a name of a package leave it."""
        pairs = list(zip(items, planned, strict=True))
        leaving = [plan for plan in planned if plan is not None and plan.goal.name]
        if len(leaving) == len(items):
            return self._anew(node, leaving)
        edits = [edit for item, plan in pairs if plan and not plan.goal.name for edit in _item(item, plan)]
        if leaving:
            self._leaving.append((node, leaving))
            edits += remove_names(self._tree, [plan.entry for plan in leaving])
        return edits

    def _anew(self, node: SgNode, plans: list[Plan]) -> list[TextEdit]:
        """Statements of the other kind in place of one: `from six.moves import queue` -> `import queue`."""
        lines = sorted(_wanted(plan).statement for plan in plans)
        return [TextEdit(*extent(node), self._gap(node).join(lines))]

    def _is_there_already(self, plan: Plan) -> bool:
        """True when the file's head imports the very thing under the very name."""
        wanted = _wanted(plan)
        return plan.entry.is_top and any(
            entry.is_top
            and (entry.name, entry.alias) == (wanted.name, wanted.alias)
            and self._own.same(entry.module, wanted.module)
            and entry.start != plan.entry.start
            and (entry.start < plan.entry.start or self._first_use(plan) > entry.end)
            for entry in self._names.imports
        )

    def _first_use(self, plan: Plan) -> int:
        """Where the name is read first while the module is imported; behind the end when it never is."""
        uses = self._names.uses(plan.entry.local)
        early = (
            use.start
            for use in uses
            if use.role is Role.LOAD and not any(scope.kind == "function" for scope in use.scopes)
        )
        return min(early, default=len(self._tree.text) + 1)

    # -- names that leave ----------------------------------------------------------------------------------

    def _placed(self, taken: Sequence[tuple[int, int]]) -> list[TextEdit]:
        """The names that left their statements, where they are imported now."""
        heads = {line.start for line in head_of(self._tree)}
        joining: dict[int, tuple[SgNode, list[str]]] = {}
        new: list[Wanted] = []
        edits: list[TextEdit] = []
        for node, plans in self._leaving:
            above: list[Wanted] = []
            is_head = extent(node)[0] in heads
            for plan in plans:
                wanted, first = _wanted(plan), self._first_use(plan)
                wanted = self._joined(wanted)
                there = (
                    extensible(self._tree, wanted.module, first, taken) if wanted.name and is_head else None
                )
                if there is not None:
                    joining.setdefault(extent(there)[0], (there, []))[1].append(wanted.item)
                elif is_head and all(edit.start <= first for edit in place_statement(self._tree, [wanted])):
                    new.append(wanted)
                else:
                    above.append(wanted)
            edits += self._above(node, above)
        edits += place_statement(self._tree, new)
        for there, texts in joining.values():
            edits += extend_statement(self._tree.text, there, texts)
        return edits

    def _joined(self, wanted: Wanted) -> Wanted:
        """The import in the spelling of a statement that it may join."""
        module = self._own.joined(wanted.module) if wanted.name else None
        return wanted._replace(module=module) if module else wanted

    def _above(self, node: SgNode, wanted: Sequence[Wanted]) -> list[TextEdit]:
        """Statements of their own directly above the one the names left."""
        start = extent(node)[0]
        lines = "".join(f"{item.statement}{self._gap(node)}" for item in wanted)
        return [TextEdit(start, start, lines)] if lines else []

    def _gap(self, node: SgNode) -> str:
        """What stands between a statement and one put above it."""
        text, start = self._tree.text, extent(node)[0]
        return newline_of(text) + indentation(text, start) if opens_line(text, start) else "; "

    # -- strings -------------------------------------------------------------------------------------------

    def _strings(self) -> Iterator[TextEdit]:
        """Dotted names that `patch("a.b")` and its like are given."""
        moves = [move for move in moves_of(self._pairs) if "." in move.old.lstrip(".")]
        below = tuple(move._replace(is_prefix=True) for move in moves if not move.old.startswith("."))
        if not any(move.old in self._tree.text for move in below):
            return
        for node in self._tree.root.find_all(kind="string_content", regex=r"^\w+(\.\w+)+$"):
            start, text = extent(node)[0], node.text()
            new = moved(below, text) if _is_patched(node) else None
            if new is None or not _DOTTED.fullmatch(text):
                continue
            if self._is_kept(start, start + len(text)):
                self._kept.append(start)
            else:
                yield TextEdit(start, start + len(text), new)


def _module(plan: Plan) -> str | None:
    """The module of a `from` import, None for a plan that becomes a plain import."""
    return plan.goal.module if plan.goal.name else None


def _staying(entries: list[Import], planned: list[Plan | None], double: list[Plan]) -> str | None:
    """The module that the statement names afterwards: its own while a name stays, else the first new one.

    None when all names become plain imports.
    """
    modules = [
        entry.module if plan is None else _module(plan)
        for entry, plan in zip(entries, planned, strict=True)
        if plan is None or plan not in double
    ]
    if entries[0].module in modules:
        return entries[0].module
    return next((module for module in modules if module is not None), None)


def _wanted(plan: Plan) -> Wanted:
    return Wanted(plan.goal.module, plan.goal.name, plan.alias)


def _item(item: SgNode, plan: Plan) -> list[TextEdit]:
    """The edit of one name in a statement's list."""
    name = item.field("name") if item.kind() == "aliased_import" else None
    if name is not None and plan.alias == plan.entry.alias:
        return [TextEdit(*extent(name), plan.new)] if plan.new != plan.old else []
    start, end = extent(item)
    new = f"{plan.new} as {plan.alias}" if plan.alias else plan.new
    return [TextEdit(start, end, new)] if new != item.text() else []


def _is_patched(content: SgNode) -> bool:
    """True when the string is the first argument of a call that patches or imports what it names."""
    string = content.parent()
    arguments = string.parent() if string is not None else None
    call = arguments.parent() if arguments is not None else None
    if string is None or arguments is None or call is None or arguments.kind() != "argument_list":
        return False
    called = call.field("function")
    given = (node for node in arguments.children() if node.is_named() and node.kind() != "comment")
    first = next(given, None)
    if called is None or first is None or first.range() != string.range():
        return False
    words = called.text().split(".")
    return not _PATCHING.isdisjoint(words) or (len(words) > 1 and words[-1] in _SETTERS)
