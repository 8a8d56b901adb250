"""Python's imports after a rewrite: the right spelling, one import in the right place, none left over."""

import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ast_grep_py import SgNode

from softwright.core import InvalidInput
from softwright.facts.structure import Import, PythonNames, Role, Scope, Tree, Use, extent, load_at
from softwright.rewrite.imports.moves import Kept, Replaced
from softwright.rewrite.imports.python_goals import Goals
from softwright.rewrite.imports.python_home import Home, Own
from softwright.rewrite.imports.python_itself import binds_at_top, is_defined_here, is_own
from softwright.rewrite.imports.python_lists import extend_statement
from softwright.rewrite.imports.python_place import (
    extensible,
    place_statement,
    remove_names,
)
from softwright.rewrite.imports.python_replace import replace_imports
from softwright.rewrite.imports.python_sorted import sorted_again
from softwright.rewrite.imports.spec import NOTHING, Leaving, Wanted, doubled, removal_names
from softwright.rewrite.left_alone import LeftAlone
from softwright.rewrite.text_edit import TextEdit

_IMPORTS = ("import_statement", "import_from_statement")
_PLAIN_BLOCKS = ("block", "if_statement", "elif_clause", "else_clause", "for_statement", "while_statement")
_TYPE_LIKE = re.compile(r"[\w.\[\]|,\s\"']+")
_KEPT = re.compile(r"#.*(noqa(?!:)|noqa:.*F401|disable=.*unused-import)", re.IGNORECASE)
# `import os` is enough for `os.path`: the one standard module that brings its submodule as an attribute
_ATTRIBUTE_MODULES = {"os.path": "os"}


class PythonImports:
    """The imports of one parsed Python file, and what a rewrite plans to add to them."""

    def __init__(self, tree: Tree, path: str) -> None:
        assert isinstance(tree.names, PythonNames)
        self._tree = tree
        self._path = path
        self._names: PythonNames = tree.names
        self._home = Home(path)
        self._own = Own(self._home, tree.names.imports)
        self._planned: dict[str, tuple[Wanted, str]] = {}  # dotted -> what to import, its spelling
        self._sites: list[SgNode] = []
        self._goals = Goals((), "")
        self._freed: dict[str, list[Import]] = {}  # local name -> imports that make room for another one

    def expect(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Say which imports will be replaced afterwards: what they give then counts as given now."""
        self._goals = Goals(pairs, self._path)

    def spell(self, dotted: str, node: SgNode) -> str:
        """How `dotted` is written at `node`; plans an import when no binding of the file serves there."""
        use = load_at(node)
        end = extent(node)[1]
        module, _, name = dotted.rpartition(".")
        if module == "builtins":
            if self._names.resolve(name, use) != dotted:
                raise LeftAlone(f"the builtin `{name}` may mean something else here")
            return name
        if is_defined_here(self._home, self._names, module, name):
            if not is_own(self._names, name, use):
                raise LeftAlone(f"`{name}` is not the module's own here")
            return name
        for entry in self._nearest(node):
            spelling = self._spelling(entry, dotted, module, name)
            if not spelling and self._gives(entry, dotted):
                spelling = entry.local
            if spelling and self._serves(entry, use, end):
                return spelling
        self._sites.append(node)
        if dotted not in self._planned:
            self._planned[dotted] = self._plan(dotted, module, name)
        return self._planned[dotted][1]

    def require(self, wanted: Wanted, nodes: Sequence[SgNode], leaving: Leaving = NOTHING) -> None:
        """Plan `wanted` unless its name already means it at all nodes, or one of them will bind it."""
        if wanted.module == "__future__":
            source = self._tree.root.find_all(kind="future_import_statement")
            if not any(re.search(rf"\b{wanted.name}\b", statement.text()) for statement in source):
                self._planned[wanted.dotted] = (wanted, wanted.local)
            return
        uses = [(load_at(node), extent(node)[1]) for node in nodes]
        if any(binds_at_top(node) for node in nodes):
            return
        if is_defined_here(self._home, self._names, wanted.module, wanted.name):
            if wanted.alias or not all(is_own(self._names, wanted.name, use) for use, _ in uses):
                raise InvalidInput(f"`{wanted.local}` is not `{wanted.name}` of this very module everywhere")
            return
        alike = [entry for entry in self._names.imports if entry.local == wanted.local]
        serving = [e for e in alike if self._gives(e, wanted.dotted)]
        if all(any(self._serves(entry, use, end) for entry in serving) for use, end in uses):
            return
        if not self._is_free(wanted.local, wanted.dotted) and not self._is_freed(wanted.local, leaving):
            raise InvalidInput(
                f"`{wanted.local}` already means something else in this file",
                hint=f"write `$import({wanted.dotted})` in the rule's fix: it finds another spelling",
            )
        self._sites += nodes
        self._planned[wanted.dotted] = (wanted, wanted.local)

    def _gives(self, entry: Import, dotted: str) -> bool:
        """True when the import binds that very thing, now or when imports have been replaced."""
        later = self._gives_later(entry)
        return self._own.same(entry.dotted, dotted) or bool(later and self._own.same(later, dotted))

    def _gives_later(self, entry: Import) -> str:
        """What the local name of an import stands for when imports have been replaced, "" for no change."""
        goal = self._goals.of(entry) if entry.name and not entry.is_star else None
        return goal.dotted if goal is not None else ""

    def additions(self, taken: Sequence[tuple[int, int]] = ()) -> list[TextEdit]:
        """Edits that add what was planned: into a `from` import of the module, or as a line of its own."""
        by_module: dict[str, list[Wanted]] = defaultdict(list)
        for wanted in (self._own.placed(planned) for planned, _ in self._planned.values()):
            by_module[wanted.module if wanted.name else ""].append(wanted)
        edits: list[TextEdit] = []
        new: list[Wanted] = by_module.pop("", [])
        for module, items in by_module.items():
            statement = self._extensible(module, taken)
            if statement is None:
                new += items
            else:
                edits += extend_statement(self._tree.text, statement, [item.item for item in items])
        edits += place_statement(self._tree, new)
        for entries in self._by_statement(entry for freed in self._freed.values() for entry in freed):
            edits += remove_names(self._tree, entries)
        return edits

    def _is_freed(self, local: str, leaving: Leaving) -> bool:
        """True when only imports bind the name that the rule drops, and the rewrite takes all its uses.

        Those imports then go at once: `import clock` makes room for `from time import clock`.
        """
        entries = [entry for entry in self._names.imports if entry.local == local]
        names = [dotted for name in leaving.names for dotted in removal_names(name)]
        are_dropped = all(
            entry.is_top
            and not entry.is_star
            and not self._is_kept(entry)
            and any(self._is_named(entry, name) for name in names)
            for entry in entries
        )
        uses = (use for use in self._names.uses(local) if use.role is not Role.IMPORT)
        are_taken = all(use.role is Role.LOAD and leaving.holds(use.start) for use in uses)
        is_room = bool(entries) and are_dropped and are_taken and not self._is_mentioned(local)
        if not is_room or self._path.endswith("__init__.py"):
            return False
        self._freed[local] = entries
        return True

    @staticmethod
    def _by_statement(entries: Iterable[Import]) -> Iterable[list[Import]]:
        """The entries of each statement together."""
        found: dict[int, list[Import]] = defaultdict(list)
        for entry in entries:
            found[entry.start].append(entry)
        return found.values()

    def removals(self, names: Sequence[str], before: Tree) -> list[TextEdit]:
        """Edits that drop imports named by `names` whose last use is gone.

        In `__init__.py` others may import them from there: only what Python itself brings goes.

        Looked at are imports of the module, of functions and below `if TYPE_CHECKING`; one in `try`, `with`,
        a class or under another condition of the module says more than that a name is needed, and stays.
        """
        is_package = self._path.endswith("__init__.py")
        wanted = [dotted for name in names for dotted in removal_names(name)]
        used_before = before.names
        assert isinstance(used_before, PythonNames)
        doomed: list[Import] = []
        for entry in self._names.imports:
            if entry.is_star or not any(self._is_named(entry, name) for name in wanted):
                continue
            if is_package and entry.dotted.partition(".")[0] not in sys.stdlib_module_names:
                continue
            if not entry.is_top and not self._is_plainly_inside(entry):
                continue
            if entry.alias and entry.alias == entry.name:
                continue  # `from a import b as b` is how a module says that it re-exports
            if _was_used(entry, used_before) and not self._is_used(entry) and not self._is_kept(entry):
                doomed.append(entry)
        return [edit for each in self._by_statement(doomed) for edit in remove_names(self._tree, each)]

    def doubled(self, before: Tree) -> list[TextEdit]:
        """Edits that drop a name of a `from` import that has become the same as another one."""
        was = before.names
        assert isinstance(was, PythonNames)
        doomed = doubled(
            [entry for entry in self._names.imports if entry.is_top and entry.name],
            [entry for entry in was.imports if entry.is_top and entry.name],
            lambda entry: (entry.module, entry.name, entry.alias),
        )
        return [edit for each in self._by_statement(doomed) for edit in remove_names(self._tree, each)]

    def replacements(self, pairs: Sequence[tuple[str, str]], is_kept: Kept) -> Replaced:
        """What `imports.replace` makes of the file; relative imports mean modules around it."""
        return replace_imports(self._tree, self._names, pairs, self._path, is_kept)

    def sorted_again(self, before: Tree, place: Callable[[int], int]) -> list[TextEdit]:
        """Edits that restore the order of imports which `before` had and edits broke."""
        return sorted_again(before, self._tree, place, self._path)

    def _is_plainly_inside(self, entry: Import) -> bool:
        """True for an import in a function outside of `try` and `with`, or below `if TYPE_CHECKING`.

        Not for one of several imports that are a whole block: together they would leave it empty.
        """
        kinds: Any = [{"kind": kind} for kind in _IMPORTS]
        nodes = self._tree.root.find_all(any=kinds)
        node = next((node for node in nodes if extent(node)[0] == entry.start), None)
        block = node.parent() if node is not None else None
        if node is None or block is None or block.kind() != "block":
            return False
        inside = [child.kind() for child in block.children() if child.is_named()]
        if len(inside) > 1 and all(kind in (*_IMPORTS, "comment") for kind in inside):
            return False
        if entry.is_type_checking:
            return True
        above = next((parent.kind() for parent in node.ancestors() if parent.kind() not in _PLAIN_BLOCKS), "")
        return above == "function_definition"

    def _nearest(self, node: SgNode) -> list[Import]:
        """The imports of the file, those first whose names the match itself uses: the diff is smaller."""
        names = [identifier.text() for identifier in node.find_all(kind="identifier")]
        first = {name: at for at, name in reversed(list(enumerate(names)))}
        return sorted(self._names.imports, key=lambda entry: first.get(entry.local, len(names)))

    # -- adding ------------------------------------------------------------------------------------------

    def _spelling(self, entry: Import, dotted: str, module: str, name: str) -> str:
        """How `dotted` reads through this import; "" when it does not give it."""
        if entry.is_star:
            return ""
        if not entry.name and not entry.alias:
            if entry.module == dotted:
                return dotted
            if module and (entry.module == module or _ATTRIBUTE_MODULES.get(module) == entry.module):
                return dotted
            return ""
        if self._own.same(entry.dotted, dotted):
            return entry.local
        return f"{entry.local}.{name}" if module and self._own.same(entry.dotted, module) else ""

    def _serves(self, entry: Import, use: Use, end: int) -> bool:
        """True when the bound name surely is this import at `use`, at run time."""
        if entry.is_type_checking or self._names.resolve(entry.local, use) != entry.dotted:
            return False
        is_early = entry.start < use.start or any(scope.kind == "function" for scope in use.scopes)
        inner = any(
            scope.kind != "module" and use.start <= scope.start < end
            for scope in self._names.bindings(entry.local)
        )
        return is_early and not inner

    def _plan(self, dotted: str, module: str, name: str) -> tuple[Wanted, str]:
        if not module:
            choices = [(Wanted(dotted), dotted), (Wanted(dotted, "", f"_{dotted}"), f"_{dotted}")]
        else:
            alias = f"{module.rpartition('.')[2]}_{name}"
            choices = [
                (Wanted(module, name), name),
                (Wanted(module), f"{module}.{name}"),
                (Wanted(module, name, alias), alias),
            ]
        for wanted, spelling in choices:
            if not wanted.module.startswith(".") and self._is_free(wanted.local, wanted.dotted):
                return wanted, spelling
        raise InvalidInput(
            f"`{dotted}` cannot be imported: its names mean something else in this file",
            hint="change this file by hand",
        )

    def _is_free(self, local: str, dotted: str) -> bool:
        """True when every use of the name in the file, if any, is the very thing to import."""
        for use in self._names.uses(local):
            if use.role is Role.IMPORT:
                continue
            given = self._names.resolve(local, use) if use.role is Role.LOAD else None
            if given is None or not self._own.same(given, dotted):
                return False
        alike = (entry for entry in self._names.imports if entry.local == local)
        return all(self._own.same(entry.dotted, dotted) for entry in alike)

    def _extensible(self, module: str, taken: Sequence[tuple[int, int]]) -> SgNode | None:
        """A top-level `from module import …` that runs before every site, to be extended."""
        first = min((extent(node)[0] for node in self._sites if _runs_at_import(node)), default=None)
        return extensible(self._tree, module, first, taken)

    # -- removing -----------------------------------------------------------------------------------------

    def _is_named(self, entry: Import, name: str) -> bool:
        stands_for = entry.dotted if entry.name or entry.alias else entry.module
        if not name.endswith(".*"):
            return self._own.same(stands_for, name)
        below, whole = self._home.canonical(stands_for), self._home.canonical(name[:-2])
        return below == whole or below.startswith(f"{whole}.")

    def _is_used(self, entry: Import) -> bool:
        scope = _scope_of(entry, self._names)
        loads = [
            use
            for use in self._names.uses(entry.local)
            if use.role is not Role.IMPORT and (scope is None or scope in use.scopes)
        ]
        if not entry.name and not entry.alias and "." in entry.module:
            text, dotted = self._tree.text, re.compile(re.escape(entry.module) + r"\b")
            shared = any(
                other.local == entry.local and other.start != entry.start for other in self._names.imports
            )
            loads = [use for use in loads if not shared or dotted.match(text, use.start)]
        return bool(loads) or self._is_mentioned(entry.local)

    def _is_mentioned(self, name: str) -> bool:
        """True when a string that may be a type or a name, a doctest or a type comment holds the name."""
        word = rf"\b{re.escape(name)}\b"
        if not re.search(word, self._tree.text):
            return False
        for node in self._tree.root.find_all(kind="string", regex=word):
            parent = node.parent()
            text = node.text()
            if parent is not None and parent.kind() == "expression_statement":
                if any(re.search(word, line) for line in text.splitlines() if _is_doctest(line)):
                    return True
                continue
            body = text.strip("rRbBuUfF").strip("\"'")
            if _TYPE_LIKE.fullmatch(body) and not re.search(r"\w\s+\w", body):
                return True
        comments = self._tree.root.find_all(kind="comment", regex=rf"#\s*type:.*{word}")
        return bool(comments)

    def _is_kept(self, entry: Import) -> bool:
        lines = self._tree.text[entry.start : entry.end] + self._tree.text[entry.end :].split("\n", 1)[0]
        named = self._tree.text[entry.name_start :].split("\n", 1)[0]
        return bool(_KEPT.search(named) or _KEPT.search(lines.splitlines()[-1]))


def _scope_of(entry: Import, names: PythonNames) -> Scope | None:
    """The function an import belongs to, None for one that the whole module sees."""
    use = next((use for use in names.uses(entry.local) if use.start == entry.name_start), None)
    return use.binds_in if use is not None and use.binds_in.kind == "function" else None


def _was_used(entry: Import, before: PythonNames) -> bool:
    """Whether every import of that kind was used where it binds, before the rewrite."""
    if entry.is_top:
        return any(use.role is Role.LOAD for use in before.uses(entry.local))
    same = [other for other in before.imports if (other.local, other.dotted) == (entry.local, entry.dotted)]
    scopes = [_scope_of(other, before) for other in same if not other.is_top]
    loads = [use for use in before.uses(entry.local) if use.role is Role.LOAD]
    return bool(scopes) and all(
        any(scope is None or scope in use.scopes for use in loads) for scope in scopes
    )


def _runs_at_import(node: SgNode) -> bool:
    return not any(scope.kind == "function" for scope in load_at(node).scopes)


def _is_doctest(line: str) -> bool:
    return line.lstrip().startswith((">>>", "..."))
