"""`imports.replace` in JavaScript and TypeScript: specifiers of modules, exported names, and their uses."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ast_grep_py import SgNode

from softwright.facts.structure import EsNames, Tree, extent
from softwright.rewrite.imports.moves import Kept, Move, Replaced, moved, moves_of
from softwright.rewrite.layout import cut_element, indentation, newline_of
from softwright.rewrite.text_edit import TextEdit

_STATEMENTS: Any = [{"kind": "import_statement"}, {"kind": "export_statement"}]
_LOADING = re.compile(r"require|import|(jest|vi)\.\w+|require\.resolve|import\.meta\.resolve")


class _Goal(NamedTuple):
    module: str
    name: str


@dataclass(slots=True)
class _Item:
    """One name of a statement: its node, the export it names, the name it gives, where it goes."""

    node: SgNode
    name: str
    local: str
    goal: _Goal | None
    is_named: bool = True
    is_export: bool = False
    is_type: bool = False
    keeps_local: bool = True

    def text(self) -> str:
        """The item as it is written afterwards."""
        assert self.goal is not None
        lead = "type " if self.is_type else ""
        same = self.goal.name == self.local or not self.keeps_local
        return lead + (self.goal.name if same else f"{self.goal.name} as {self.local}")


def replace_imports(tree: Tree, names: EsNames, pairs: Sequence[tuple[str, str]], is_kept: Kept) -> Replaced:
    """What the entries of `imports.replace` make of a file; names that part get a statement below."""
    return _Replacement(tree, names, pairs, is_kept).result()


class _Replacement:
    """The work on one tree for one rule."""

    def __init__(self, tree: Tree, names: EsNames, pairs: Sequence[tuple[str, str]], is_kept: Kept) -> None:
        self._tree = tree
        self._names = names
        self._moves = moves_of(pairs)
        self._is_kept = is_kept
        self._kept: list[int] = []
        self._edits: list[TextEdit] = []
        self._sites: list[tuple[int, int]] = []
        self._notes: list[str] = []

    def result(self) -> Replaced:
        for node in self._tree.root.find_all(any=_STATEMENTS):
            source = node.field("source") or _required(node)
            if source is not None:
                self._statement(node, source)
        for string in self._loaded():
            self._specifier(string)
        found = (tuple(sorted(self._edits)), tuple(sorted(self._sites)))
        return Replaced(*found, tuple(self._kept), tuple(self._notes))

    def _goal(self, module: str, name: str = "") -> _Goal | None:
        goal = first = _Goal(module, name)
        for _ in range(len(self._moves) + 1):
            following = _sent(self._moves, goal)
            if following is None:
                break
            goal = following
        return None if goal == first else goal

    # -- statements ----------------------------------------------------------------------------------------

    def _statement(self, node: SgNode, source: SgNode) -> None:
        module = source.text()[1:-1]
        items = [
            _Item(part, name, local, self._goal(module, name), named, export, typed)
            for part, name, local, named, export, typed in _names_in(node)
        ]
        goal = self._goal(module)
        if goal is None and not any(item.goal for item in items):
            return
        if self._is_kept(*extent(node)):
            self._kept.append(extent(node)[0])
            return
        if not items:
            if goal is not None:
                self._edit(source, goal.module)
                self._sites.append(extent(node))
            return
        if not self._can_part(items, module):
            line = self._tree.text.count("\n", 0, extent(node)[0]) + 1
            self._notes.append(f"line {line} left alone: its names would come from different modules")
            return
        uses = [edit for item in items for edit in self._renamed(item)]
        self._sites += [extent(node), *((edit.start, edit.end) for edit in uses)]
        self._edits += uses
        self._rewrite(node, source, items)

    def _can_part(self, items: list[_Item], module: str) -> bool:
        """False when a default or namespace import would have to leave the names beside it."""
        whole = [item for item in items if not item.is_named or (item.goal and _changes_form(item))]
        modules = {item.goal.module if item.goal else module for item in items}
        return len(items) == 1 or not whole or (len(modules) == 1 and not any(map(_changes_form, whole)))

    def _rewrite(self, node: SgNode, source: SgNode, items: list[_Item]) -> None:
        """The statement's own edits: names, specifier, and the names that leave it."""
        module = source.text()[1:-1]
        targets = [item.goal.module if item.goal else module for item in items]
        swaps = [item for item in items if item.goal and _changes_form(item)]
        stay = next((t for item, t in zip(items, targets, strict=True) if item not in swaps), None)
        stay = (
            module if module in (t for i, t in zip(items, targets, strict=True) if i not in swaps) else stay
        )
        leaving = [i for i, t in zip(items, targets, strict=True) if i in swaps or t != stay]
        if len(leaving) == len(items):
            text = self._text(node, source, leaving)
            self._edits.append(TextEdit(*extent(node), text.rstrip("\r\n")))
            return
        clause_items = [extent(item.node) for item in items if item.is_named]
        for item in items:
            if item in leaving:
                continue
            if item.goal is not None and item.is_named and item.text() != item.node.text():
                self._edit_whole(item.node, item.text())
        if leaving:
            self._cut(clause_items, [extent(item.node) for item in leaving])
            place = extent(node)[1]
            gap = newline_of(self._tree.text) + indentation(self._tree.text, extent(node)[0])
            added = self._text(node, source, leaving).rstrip("\r\n")
            self._edits.append(TextEdit(place, place, gap + added))
        if stay is not None and stay != module:
            self._edit(source, stay)

    def _text(self, node: SgNode, source: SgNode, items: list[_Item]) -> str:
        """Statements for names, one per module, in the quotes and with the ending of the one they left."""
        text, lines = node.text(), []
        word = "export" if node.kind() == "export_statement" else "import"
        if re.match(rf"{word}\s+type\b", text):
            word += " type"
        quote, end = source.text()[0], ";" if text.endswith(";") else ""
        gap = newline_of(self._tree.text) + indentation(self._tree.text, extent(node)[0])
        tight = "{ " not in text and "{" in text
        for module in dict.fromkeys(item.goal.module for item in items if item.goal):
            mine = [item for item in items if item.goal and item.goal.module == module]
            head = [item.local for item in mine if item.goal and item.goal.name == "default"]
            named = [item.text() for item in mine if item.goal and item.goal.name not in ("default", "*")]
            braces = (f"{{{', '.join(named)}}}" if tight else f"{{ {', '.join(named)} }}") if named else ""
            clause = ", ".join([*head[:1], *([braces] if braces else [])])
            lines.append(f"{word} {clause} from {quote}{module}{quote}{end}")
        return gap.join(lines)

    def _cut(self, places: list[tuple[int, int]], doomed: list[tuple[int, int]]) -> None:
        at = 0
        while at < len(places):
            last = at
            while places[at] in doomed and last + 1 < len(places) and places[last + 1] in doomed:
                last += 1
            if places[at] in doomed:
                cut = cut_element(self._tree.text, places, at, last)
                self._edits.append(TextEdit(cut.start, cut.end, cut.leave))
            at = last + 1

    # -- uses ------------------------------------------------------------------------------------------------

    def _renamed(self, item: _Item) -> list[TextEdit]:
        """The uses of a name that is exported under another one now; none when the old name stays."""
        new = item.goal.name if item.goal else ""
        if (
            not item.is_named
            or item.is_export
            or new in (item.name, "default", "*", "")
            or item.local != item.name
        ):
            return []
        uses = [node for node in self._names.uses(item.local) if not _lies_in(node, item.node)]
        entry = self._names.resolve(item.local)
        places = [extent(node) for node in uses]
        if entry is None or self._names.uses(new) or any(self._is_kept(*place) for place in places):
            return []
        item.keeps_local = False
        return [TextEdit(*extent(node), _spelled(node, item.local, new)) for node in uses]

    # -- strings ---------------------------------------------------------------------------------------------

    def _loaded(self) -> Iterator[SgNode]:
        """Specifiers that `require`, `import()`, `jest.mock` and their like are given."""
        if not _LOADING.search(self._tree.text):
            return
        for call in self._tree.root.find_all(kind="call_expression"):
            called, arguments = call.field("function"), call.field("arguments")
            if called is None or arguments is None or not _LOADING.fullmatch(called.text()):
                continue
            first = next((node for node in arguments.children() if node.is_named()), None)
            if first is not None and first.kind() == "string":
                yield first

    def _specifier(self, string: SgNode) -> None:
        module = string.text()[1:-1]
        goal = self._goal(module)
        names = _destructured(string)
        if names:
            goals = [self._goal(module, name) for name in names]
            modules = {goal.module if goal else module for goal in goals}
            same = all(goal is None or goal.name == name for goal, name in zip(goals, names, strict=True))
            goal = _Goal(modules.pop(), "") if len(modules) == 1 and same else None
        if goal is None or goal.module == module:
            return
        if self._is_kept(*extent(string)):
            self._kept.append(extent(string)[0])
            return
        self._edit(string, goal.module)
        self._sites.append(extent(string))

    def _edit(self, string: SgNode, module: str) -> None:
        start, end = extent(string)
        self._edits.append(TextEdit(start + 1, end - 1, module))

    def _edit_whole(self, node: SgNode, text: str) -> None:
        self._edits.append(TextEdit(*extent(node), text))


def _sent(moves: Sequence[Move], goal: _Goal) -> _Goal | None:
    module, name = goal
    for move in moves:
        if name not in ("", "*") and f"{module}.{name}" == move.old:
            return _split(move.new, name)
        new = moved((move,), module, separators="/")
        if new is not None:
            return _Goal(new, name)
    return None


def _split(new: str, name: str) -> _Goal:
    """Module and export; without an export it is the same one of another module."""
    slash = new.rfind("/") + 1
    module, _, export = new[slash:].rpartition(".")
    if not module.strip("."):
        return _Goal(new, name)
    return _Goal(new[:slash] + module, export)


def _names_in(node: SgNode) -> Iterator[tuple[SgNode, str, str, bool, bool, bool]]:
    """Node, export, local name, in braces?, of an `export … from`?, `type`? of each name."""
    for part in node.find_all(any=[{"kind": "import_specifier"}, {"kind": "export_specifier"}]):
        name = part.field("name")
        if name is not None:
            alias = part.field("alias") or name
            typed = part.text().startswith("type ")
            yield part, name.text(), alias.text(), True, node.kind() == "export_statement", typed
    for clause in node.children():
        if clause.kind() != "import_clause":
            continue
        for part in clause.children():
            if part.kind() == "identifier":
                yield part, "default", part.text(), False, False, False
            elif part.kind() == "namespace_import":
                yield part, "*", part.text().rsplit(" ", 1)[-1], False, False, False


def _changes_form(item: _Item) -> bool:
    """True when a default import becomes a named one, or the other way round."""
    return item.goal is not None and item.is_named == (item.goal.name in ("default", "*"))


def _required(node: SgNode) -> SgNode | None:
    """The specifier of `import x = require("y")`."""
    clause = next((child for child in node.children() if child.kind() == "import_require_clause"), None)
    return next((child for child in clause.children() if child.kind() == "string"), None) if clause else None


def _destructured(string: SgNode) -> list[str]:
    """The exports that `const {a, b: c} = require(…)` takes, none for any other use."""
    call = next((node for node in string.ancestors() if node.kind() == "call_expression"), None)
    parent = call.parent() if call is not None else None
    if parent is not None and parent.kind() == "await_expression":
        parent = parent.parent()
    pattern = parent.field("name") if parent is not None and parent.kind() == "variable_declarator" else None
    if pattern is None or pattern.kind() != "object_pattern":
        return []
    keys = (part.field("key") or part for part in pattern.children() if part.is_named())
    return [key.text() for key in keys]


def _lies_in(node: SgNode, outer: SgNode) -> bool:
    start, end = extent(outer)
    return start <= extent(node)[0] < end


def _spelled(node: SgNode, old: str, new: str) -> str:
    """The new name where `node` stands: a property or an export keeps the old one."""
    if node.kind() == "shorthand_property_identifier":
        return f"{old}: {new}"
    parent = node.parent()
    if parent is not None and parent.kind() == "export_specifier" and parent.field("alias") is None:
        return f"{new} as {old}"
    return new
