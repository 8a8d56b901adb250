"""Java's imports as data, and where a simple name stands for what they give."""

from collections.abc import Iterator
from dataclasses import dataclass

from ast_grep_py import SgNode

from softwright.facts.structure import extent
from softwright.rewrite.imports.lines import ImportLine

_BINDERS = frozenset(
    {"class_declaration", "interface_declaration", "enum_declaration", "record_declaration"}
    | {"annotation_type_declaration", "type_parameter", "variable_declarator", "formal_parameter"}
)


@dataclass(frozen=True, slots=True)
class JavaImport:
    """One import: `owner` and `name` ("*" for all of it), static or not, and the statement's place."""

    owner: str
    name: str
    is_static: bool
    start: int
    end: int

    @property
    def dotted(self) -> str:
        """The whole name; of `a.b.*` the package or class."""
        return self.owner if self.name == "*" else f"{self.owner}.{self.name}"

    @property
    def line(self) -> ImportLine:
        """Its line, to be put in order."""
        path = (*self.owner.split("."), self.name)
        return ImportLine(self.start, self.end, path, "static" if self.is_static else "")


def read_java(root: SgNode) -> Iterator[JavaImport]:
    """The imports of a file, in order."""
    for node in root.children():
        if node.kind() != "import_declaration":
            continue
        kinds = [child.kind() for child in node.children()]
        path = path_in(node)
        owner, name = (path, "*") if "asterisk" in kinds else parted(path)
        yield JavaImport(owner, name, "static" in kinds, *extent(node))


def path_in(node: SgNode) -> str:
    """The dotted name that a declaration holds."""
    named = (child for child in node.children() if child.kind() in ("scoped_identifier", "identifier"))
    found = next(named, None)
    return "".join(found.text().split()) if found is not None else ""


def parted(dotted: str) -> tuple[str, str]:
    """Owner and name."""
    owner, _, name = dotted.rpartition(".")
    return owner, name


def statement_of(dotted: str, *, is_static: bool) -> str:
    """The statement that imports a name."""
    """The statement that imports a name."""
    return f"import static {dotted};" if is_static else f"import {dotted};"


def is_head(node: SgNode) -> bool:
    """True when the word is no part behind a dot, and stands in no import."""
    parent = node.parent()
    if parent is None or is_in_header(node):
        return False
    kind = parent.kind()
    if kind in ("scoped_type_identifier", "scoped_identifier"):
        return parent.range().start.index == node.range().start.index
    if kind == "field_access":
        return parent.range().start.index == node.range().start.index
    if kind == "method_invocation":
        name = parent.field("name")
        is_name = name is not None and name.range() == node.range()
        return not is_name or parent.field("object") is None
    return True


def is_in_header(node: SgNode) -> bool:
    """True inside of imports and the package declaration."""
    return any(above.kind() in ("import_declaration", "package_declaration") for above in node.ancestors())


def binds(node: SgNode) -> bool:
    """True when a declaration gives the name."""
    parent = node.parent()
    if parent is None or parent.kind() not in _BINDERS:
        return False
    name = parent.field("name")
    return parent.kind() == "type_parameter" or (name is not None and name.range() == node.range())
