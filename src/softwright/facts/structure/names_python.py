"""Python's scopes, asked name by name, so that the cost grows with the uses of the names in question.

Follows the language reference, section 4.2 (naming and binding). Wherever two bindings could be meant
(conditional imports of different objects, `global`, a later star import) a name resolves to nothing.
"""

import builtins
import re
from collections import defaultdict
from dataclasses import dataclass
from enum import Enum
from typing import Any

from ast_grep_py import SgNode

from softwright.facts.structure.imports_python import Import, read_imports
from softwright.facts.structure.targets import is_target

_BUILTINS = frozenset(dir(builtins))
_COMPREHENSIONS = frozenset(
    {"list_comprehension", "set_comprehension", "dictionary_comprehension", "generator_expression"}
)
_TARGETS = frozenset({"pattern_list", "tuple_pattern", "list_pattern", "as_pattern_target", "splat_pattern"})
_GROUPING = frozenset({"tuple", "list", "list_splat", "parenthesized_expression", "expression_list"})
_IMPORTS = frozenset({"import_statement", "import_from_statement", "future_import_statement"})
_HOLDERS = ("assignment", "augmented_assignment", "for_statement", "for_in_clause", "delete_statement")
_GROUPS = (
    "as_pattern_target",
    "parenthesized_expression",
    "expression_list",
    "tuple",
    "list",
    *sorted(_TARGETS),
)
_STORED: Any = {
    "kind": "attribute",
    "inside": {"any": [{"kind": kind} for kind in (*_HOLDERS, *_GROUPS, "list_splat_pattern")]},
}
"""Attributes that may be written to; `is_target` has the last word."""


class Role(Enum):
    """What an identifier does where it stands."""

    LOAD = "load"
    BIND = "bind"
    PARAMETER = "parameter"
    WALRUS = "walrus"
    IMPORT = "import"
    GLOBAL = "global"
    NOT_A_NAME = "not a name"  # an attribute, a keyword of a call


@dataclass(frozen=True, slots=True)
class Scope:
    """A scope by its kind ("module", "class", "function", "comprehension") and place."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Use:
    """One occurrence of a name: its place, what it does there, and its scopes from the inside out."""

    start: int
    role: Role
    scopes: tuple[Scope, ...]

    @property
    def binds_in(self) -> Scope:
        """The scope that a binding belongs to."""
        if self.role is Role.WALRUS:
            return next(scope for scope in self.scopes if scope.kind != "comprehension")
        return self.scopes[0]


class PythonNames:
    """Name resolution in one Python file."""

    def __init__(self, root: SgNode) -> None:
        self._root = root
        self._uses: dict[str, list[Use]] = {}
        self._bound: dict[str, dict[Scope, list[Import | None]]] = {}
        self._global: dict[str, bool] = {}
        self._imports: list[Import] | None = None
        self._stored: frozenset[str] | None = None
        self._source: str | None = None
        self._replaced: dict[str, bool] = {}

    @property
    def imports(self) -> list[Import]:
        """Every import of the file, wherever it stands, one entry per imported name."""
        if self._imports is None:
            self._imports = read_imports(self._root)
        return self._imports

    def uses(self, name: str) -> list[Use]:
        """Every occurrence of the identifier `name` that is no attribute and no keyword, in order."""
        if name not in self._uses:
            nodes = self._root.find_all({"rule": {"kind": "identifier", "regex": f"^{re.escape(name)}$"}})
            uses = [use_of(node) for node in nodes]
            self._uses[name] = [use for use in uses if use.role is not Role.NOT_A_NAME]
        return self._uses[name]

    def dotted(self, node: SgNode) -> str | None:
        """The absolute dotted name of an identifier or attribute chain, None unless it is certain."""
        tail: list[str] = []
        while node.kind() in ("attribute", "type"):
            if node.kind() == "type":
                children = node.children()
                if len(children) != 1:
                    return None
                node = children[0]
                continue
            name, owner = node.field("attribute"), node.field("object")
            if name is None or owner is None:
                return None
            tail.append(name.text())
            node = owner
        if node.kind() != "identifier":
            return None
        head = self.resolve(node.text(), use_of(node))
        return ".".join([head, *reversed(tail)]) if head else None

    def heads(self, names: tuple[str, ...]) -> frozenset[str]:
        """The local names of the imports, and the builtins, that lead to one of these dotted names."""
        found = {entry.local for name in names for entry in self.imports if _leads_to(entry, name)}
        builtin = [name.split(".")[1] for name in names if name.startswith("builtins.")]
        return frozenset(found.union(builtin, _BUILTINS if "*" in builtin else ()))

    def resolve(self, name: str, use: Use) -> str | None:
        """What `name` stands for at `use`: the dotted name of its import or builtin, else None."""
        if use.role is not Role.LOAD:
            return None
        if name not in self._global:
            self._global[name] = any(other.role is Role.GLOBAL for other in self.uses(name))
        if self._global[name]:
            return None
        bound = self.bindings(name)
        for depth, scope in enumerate(use.scopes):
            if scope not in bound or (scope.kind == "class" and depth > 0):
                continue
            return self._agreed(bound[scope], scope)
        if name in _BUILTINS and not any(entry.is_star for entry in self.imports):
            return f"builtins.{name}"
        return None

    def is_replaced(self, dotted: str) -> bool:
        """True when the file itself assigns to the name or deletes it, or names it in a string.

        Such strings patch it or ask for it: `patch("a.b")`, `setattr(a, "b", …)`, `hasattr(a, "b")`.
        """
        if dotted not in self._replaced:
            prefixes = {dotted[: dot.start()] for dot in re.finditer(r"\.", dotted)} | {dotted}
            self._replaced[dotted] = bool(prefixes & self._assigned()) or self._is_spelled(dotted)
        return self._replaced[dotted]

    def _assigned(self) -> frozenset[str]:
        """Dotted names of imports that are assigned to or deleted somewhere in the file."""
        if self._stored is None:
            heads = {entry.local for entry in self.imports}
            nodes = self._root.find_all({"rule": _STORED}) if heads else []
            stored = [node for node in nodes if node.text().split(".", 1)[0].strip() in heads]
            names = (self.dotted(node) for node in stored if is_target(node))
            self._stored = frozenset(name for name in names if name)
        return self._stored

    def _is_spelled(self, dotted: str) -> bool:
        """True when a string is the dotted name, or its last part as the argument behind the owner."""
        owner, _, name = dotted.rpartition(".")
        text = self._text()
        if owner == "builtins" or (f'{name}"' not in text and f"{name}'" not in text):
            return False
        wanted = f"^({re.escape(dotted)}|{re.escape(name)})$"
        for content in self._root.find_all({"rule": {"kind": "string_content", "regex": wanted}}):
            if content.text() == dotted:
                return True
            string = content.parent()
            beside = string.prev_all() if string is not None else []
            first = next((node for node in beside if node.is_named()), None)
            if first is not None and self.dotted(first) == owner:
                return True
        return False

    def _text(self) -> str:
        if self._source is None:
            self._source = self._root.text()
        return self._source

    def bindings(self, name: str) -> dict[Scope, list[Import | None]]:
        """Scopes in which `name` is bound -> the import for every binding, None for one that is no import."""
        if name not in self._bound:
            self._bound[name] = self._bindings(name)
        return self._bound[name]

    def _bindings(self, name: str) -> dict[Scope, list[Import | None]]:
        by_place = {entry.name_start: entry for entry in self.imports if entry.local == name}
        bound: dict[Scope, list[Import | None]] = defaultdict(list)
        for use in self.uses(name):
            if use.role is Role.IMPORT:
                if use.start in by_place:
                    bound[use.binds_in].append(by_place[use.start])
            elif use.role not in (Role.LOAD, Role.GLOBAL):
                bound[use.binds_in].append(None)
        return bound

    def _agreed(self, bindings: list[Import | None], scope: Scope) -> str | None:
        dotted = {entry.dotted if entry else None for entry in bindings}
        if len(dotted) != 1:
            return None
        first = bindings[0]
        if first is None:
            return None
        # a star import further down may bind the name anew
        if scope.kind == "module" and any(
            entry.is_star and entry.start > first.start for entry in self.imports
        ):
            return None
        return first.dotted


def _leads_to(entry: Import, name: str) -> bool:
    if entry.is_star:
        return False
    if name.endswith(".*"):
        return entry.dotted.startswith(name[:-1]) or f"{name[:-1]}".startswith(f"{entry.dotted}.")
    return name == entry.dotted or name.startswith(
        entry.dotted if entry.dotted.endswith(".") else f"{entry.dotted}."
    )


def use_of(node: SgNode) -> Use:
    """What one identifier does, and in which scopes it stands."""
    above = node.ancestors()
    start = node.range().start.index
    role = _role(node, above, start)
    return Use(start, role, tuple(_scopes(above, start, role)))


def _role(node: SgNode, above: list[SgNode], start: int) -> Role:
    kinds = [parent.kind() for parent in above[:4]] + ["", "", "", ""]
    parent, kind = above[0], kinds[0]
    if kind == "attribute":
        return Role.NOT_A_NAME if _is_field(parent, "attribute", start) else Role.LOAD
    if kind == "keyword_argument":
        return Role.NOT_A_NAME if _is_field(parent, "name", start) else Role.LOAD
    if kind in ("dotted_name", "aliased_import", "relative_import"):
        if _IMPORTS & set(kinds[:4]):
            return Role.IMPORT
        return _role_in_case(node, parent, kinds[1])
    if kind in ("global_statement", "nonlocal_statement"):
        return Role.GLOBAL
    if kind == "named_expression":
        return Role.WALRUS if _is_field(parent, "name", start) else Role.LOAD
    if _is_parameter(parent, kind, kinds[1], start):
        return Role.PARAMETER
    return Role.BIND if _is_target(above, kinds, start) else Role.LOAD


def _role_in_case(node: SgNode, dotted: SgNode, above: str) -> Role:
    """Identifiers of `case` patterns: captures bind, classes and dotted values are read."""
    del node
    if len(dotted.children()) > 1 or above == "class_pattern":
        return Role.LOAD
    return Role.BIND


def _is_parameter(parent: SgNode, kind: str, above: str, start: int) -> bool:
    if kind in ("parameters", "lambda_parameters"):
        return True
    if kind in ("default_parameter", "typed_default_parameter"):
        return _is_field(parent, "name", start)
    if kind == "typed_parameter":
        return parent.range().start.index == start
    if kind in ("list_splat_pattern", "dictionary_splat_pattern"):
        return above in ("parameters", "lambda_parameters", "typed_parameter")
    return False


def _is_target(above: list[SgNode], kinds: list[str], start: int) -> bool:
    parent, kind = above[0], kinds[0]
    if kind in ("function_definition", "class_definition"):
        return _is_field(parent, "name", start)
    if kind in ("assignment", "augmented_assignment", "for_statement", "for_in_clause"):
        return _is_field(parent, "left", start)
    if kind in _TARGETS or kind in ("list_splat_pattern", "dictionary_splat_pattern", "delete_statement"):
        return True
    if kind == "as_pattern":
        return parent.range().start.index != start and kinds[1] == "case_pattern"
    if kind == "keyword_pattern":
        return False
    if kind == "type":
        return (kinds[1] == "type_parameter" and kinds[2] in ("function_definition", "class_definition")) or (
            kinds[1] == "type_alias_statement" and above[1].range().end.index != parent.range().end.index
        )
    for outer in above:
        if outer.kind() in ("as_pattern_target", "delete_statement"):
            return True
        if outer.kind() not in _GROUPING:
            return False
    return False


def _is_field(parent: SgNode, name: str, start: int) -> bool:
    child = parent.field(name)
    return child is not None and child.range().start.index == start and not child.children()


def _scopes(above: list[SgNode], start: int, role: Role) -> list[Scope]:
    scopes: list[Scope] = []
    is_own_parameter = role is Role.PARAMETER
    for node in above:
        kind = node.kind()
        if kind in ("function_definition", "lambda"):
            if is_own_parameter or _in_body(node, start):
                scopes.append(_scope("function", node))
            is_own_parameter = False
        elif kind == "class_definition":
            if _in_body(node, start):
                scopes.append(_scope("class", node))
        elif kind in _COMPREHENSIONS and not _in_first_iterable(node, start):
            scopes.append(_scope("comprehension", node))
    scopes.append(Scope("module", 0, 0))
    return scopes


def _scope(kind: str, node: SgNode) -> Scope:
    place = node.range()
    return Scope(kind, place.start.index, place.end.index)


def _in_body(node: SgNode, start: int) -> bool:
    body = node.field("body")
    return body is not None and start >= body.range().start.index


def _in_first_iterable(node: SgNode, start: int) -> bool:
    """The first iterable of a comprehension is evaluated outside of it."""
    clause = next((child for child in node.children() if child.kind() == "for_in_clause"), None)
    iterable = clause.field("right") if clause else None
    if iterable is None:
        return False
    place = iterable.range()
    return place.start.index <= start < place.end.index


def load_at(node: SgNode) -> Use:
    """A read of some name standing where `node` begins, to ask what a name would mean there."""
    start = node.range().start.index
    return Use(start, Role.LOAD, tuple(_scopes(node.ancestors(), start, Role.LOAD)))
