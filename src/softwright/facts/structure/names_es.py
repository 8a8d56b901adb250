"""Names of JavaScript and TypeScript files, through ES imports and `require`.

A name resolves only when the file binds it once, in an import: any other binding of the same name,
wherever it stands, makes it resolve to nothing.
"""

import re
from dataclasses import dataclass

from ast_grep_py import SgNode

_BINDERS = frozenset(
    {"required_parameter", "optional_parameter", "formal_parameters", "rest_pattern", "object_pattern"}
    | {"array_pattern", "assignment_pattern", "object_assignment_pattern", "pair_pattern", "catch_clause"}
    | {"update_expression", "type_parameter", "enum_declaration", "internal_module", "module"}
    | {"type_alias_declaration", "interface_declaration"}
)
_NAMED_BINDERS = {
    "variable_declarator": "name",
    "function_declaration": "name",
    "function_expression": "name",
    "generator_function": "name",
    "generator_function_declaration": "name",
    "function_signature": "name",
    "class_declaration": "name",
    "abstract_class_declaration": "name",
    "class": "name",
    "for_in_statement": "left",
    "assignment_expression": "left",
    "augmented_assignment_expression": "left",
    "arrow_function": "parameter",
}
_IMPORTS = frozenset({"import_clause", "import_specifier", "namespace_import"})


@dataclass(frozen=True, slots=True)
class EsImport:
    """One imported name: `name` is the export ("default", "*" for the namespace); places in characters."""

    local: str
    module: str
    name: str
    start: int
    end: int
    item_start: int
    is_type: bool = False
    is_require: bool = False

    @property
    def dotted(self) -> str:
        """Module and export joined by a dot; a namespace is the module itself."""
        return self.module if self.name == "*" else f"{self.module}.{self.name}"


class EsNames:
    """Name resolution in one JavaScript or TypeScript file."""

    def __init__(self, root: SgNode) -> None:
        self._root = root
        self._imports: list[EsImport] | None = None
        self._typed = _has_types(root)
        self._resolved: dict[str, EsImport | None] = {}

    @property
    def imports(self) -> list[EsImport]:
        """Every imported name, in order."""
        if self._imports is None:
            statements = self._root.find_all(kind="import_statement")
            self._imports = [entry for statement in statements for entry in _read(statement)]
            self._imports += self._required()
        return self._imports

    def is_replaced(self, dotted: str) -> bool:
        """False: an import of an ES module cannot be assigned to."""
        del dotted
        return False

    def heads(self, names: tuple[str, ...]) -> frozenset[str]:
        """The local names of the imports that lead to one of these names."""
        return frozenset(
            entry.local
            for name in names
            for entry in self.imports
            if name == entry.dotted
            or name.startswith(f"{entry.dotted}.")
            or entry.dotted.startswith(name[:-1])
        )

    def dotted(self, node: SgNode) -> str | None:
        """Module, export and members of an identifier or member chain, None unless it is certain."""
        tail: list[str] = []
        while node.kind() == "member_expression":
            name, owner = node.field("property"), node.field("object")
            if name is None or owner is None:
                return None
            tail.append(name.text())
            node = owner
        if node.kind() not in ("identifier", "type_identifier"):
            return None
        entry = self.resolve(node.text())
        return ".".join([entry.dotted, *reversed(tail)]) if entry else None

    def resolve(self, name: str) -> EsImport | None:
        """The one import that binds `name`, None when anything else does."""
        if name not in self._resolved:
            entries = [entry for entry in self.imports if entry.local == name]
            alone = len(entries) == 1 and not self.other_bindings(name)
            self._resolved[name] = entries[0] if alone else None
        return self._resolved[name]

    def uses(self, name: str) -> list[SgNode]:
        """Every place where the name stands as a variable or type, imports included."""
        kinds = ["identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern"]
        kinds += ["type_identifier"] if self._typed else []
        regex = f"^{re.escape(name)}$"
        return self._root.find_all(any=[{"kind": kind, "regex": regex} for kind in kinds])

    def other_bindings(self, name: str) -> list[SgNode]:
        """Places that bind the name other than imports and `require`."""
        required = {entry.item_start for entry in self.imports if entry.is_require}
        return [node for node in self.uses(name) if _binds(node) and node.range().start.index not in required]

    def _required(self) -> list[EsImport]:
        entries: list[EsImport] = []
        for node in self._root.find_all(kind="variable_declarator"):
            name, value = node.field("name"), node.field("value")
            if name is None or value is None or name.kind() != "identifier":
                continue
            called = re.fullmatch(r"require\(\s*([\"'])([^\"']+)\1\s*\)", value.text())
            if called:
                place = node.range()
                start = name.range().start.index
                entries.append(
                    EsImport(
                        name.text(),
                        called[2],
                        "*",
                        place.start.index,
                        place.end.index,
                        start,
                        is_require=True,
                    )
                )
        return entries


def _read(statement: SgNode) -> list[EsImport]:
    source = statement.field("source")
    clause = next((child for child in statement.children() if child.kind() == "import_clause"), None)
    if source is None or clause is None:
        return []
    module = source.text()[1:-1]
    place = statement.range()
    fixed = (place.start.index, place.end.index)
    is_type = any(child.kind() == "type" for child in statement.children())
    entries: list[EsImport] = []
    for part in clause.children():
        if part.kind() == "identifier":
            entries.append(
                EsImport(part.text(), module, "default", *fixed, part.range().start.index, is_type)
            )
        elif part.kind() == "namespace_import":
            name = next((child for child in part.children() if child.kind() == "identifier"), None)
            if name is not None:
                entries.append(EsImport(name.text(), module, "*", *fixed, part.range().start.index, is_type))
        elif part.kind() == "named_imports":
            entries += [
                entry for item in part.children() for entry in _specifier(item, module, fixed, is_type)
            ]
    return entries


def _specifier(item: SgNode, module: str, fixed: tuple[int, int], is_type: bool) -> list[EsImport]:
    name = item.field("name") if item.kind() == "import_specifier" else None
    if name is None:
        return []
    alias = item.field("alias") or name
    typed = is_type or item.text().startswith("type ")
    return [EsImport(alias.text(), module, name.text(), *fixed, item.range().start.index, typed)]


def _binds(node: SgNode) -> bool:
    if node.kind() == "shorthand_property_identifier_pattern":
        return True
    parent = node.parent()
    if parent is None or parent.kind() in _IMPORTS:
        return False
    if parent.kind() in _BINDERS:
        return True
    field = _NAMED_BINDERS.get(parent.kind())
    bound = parent.field(field) if field else None
    return bound is not None and bound.range() == node.range()


def _has_types(root: SgNode) -> bool:
    try:
        root.find(kind="type_identifier")
    except Exception:
        return False
    return True
