"""Go's imports as data, and where a word stands for a package."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ast_grep_py import SgNode

from softwright.facts.structure import extent
from softwright.rewrite.imports.lines import ImportLine, NewLine

_VERSION = re.compile(r"v\d+")


@dataclass(frozen=True, slots=True)
class GoImport:
    """One import: its path, its alias ("_" and "." too), and the place of the spec."""

    path: str
    alias: str
    start: int
    end: int

    @property
    def local(self) -> str:
        """The name by which the file calls the package, "" when by none."""
        return "" if self.alias in ("_", ".") else self.alias or package_name(self.path)

    @property
    def line(self) -> ImportLine:
        """Its line, to be put in order."""
        return ImportLine(self.start, self.end, tuple(self.path.split("/")), kind_of(self.path))


def package_name(path: str) -> str:
    """The name that a package most likely gives itself."""
    parts = path.split("/")
    last = parts[-2] if _VERSION.fullmatch(parts[-1]) and len(parts) > 1 else parts[-1]
    last = re.sub(r"\.v\d+$", "", last)
    return re.sub(r"^go-|[-.]go$", "", last).replace("-", "").replace(".", "")


def parted(dotted: str) -> tuple[str, str]:
    """Path and exported name of `path/of/package.Name`; the name is "" for the package."""
    slash = dotted.rfind("/") + 1
    package, _, name = dotted[slash:].rpartition(".")
    return (dotted[:slash] + package, name) if package and name[:1].isupper() else (dotted, "")


def read_go(root: SgNode) -> Iterator[GoImport]:
    """The imports of a file, in order."""
    for node in root.find_all(kind="import_spec"):
        path, name = node.field("path"), node.field("name")
        if path is not None:
            yield GoImport(path.text()[1:-1], name.text() if name is not None else "", *extent(node))


def kind_of(path: str) -> str:
    """Packages of the standard library have no dot in what their path begins with."""
    return "other" if "." in path.split("/", 1)[0] else "std"


def is_package(node: SgNode) -> bool:
    """True where the word owns a name: `http.Get`, `http.Request`; not where a variable hides the package."""
    parent = node.parent()
    if parent is None or is_hidden(node.text(), node):
        return False
    if parent.kind() == "qualified_type":
        return node.kind() == "package_identifier"
    operand = parent.field("operand") if parent.kind() == "selector_expression" else None
    return operand is not None and operand.range() == node.range()


def is_in_header(node: SgNode) -> bool:
    """True inside of imports and the package clause."""
    return any(above.kind() in ("import_declaration", "package_clause") for above in node.ancestors())


def is_hidden(name: str, node: SgNode) -> bool:
    """True when the function around binds the name."""
    for above in node.ancestors():
        if above.kind() in ("function_declaration", "method_declaration"):
            words = above.find_all(kind="identifier", regex=f"^{re.escape(name)}$")
            return any(_binds(word) for word in words)
    return False


def _binds(word: SgNode) -> bool:
    parent = word.parent()
    if parent is None:
        return False
    kind = parent.kind()
    if kind in ("parameter_declaration", "var_spec", "const_spec", "variadic_parameter_declaration"):
        return any(one.range() == word.range() for one in parent.field_children("name"))
    owner = parent.parent()
    left = owner.field("left") if owner is not None and kind == "expression_list" else None
    declares = owner is not None and owner.kind() in ("short_var_declaration", "range_clause")
    return declares and left is not None and left.range() == parent.range()


def new_line(path: str, alias: str) -> NewLine:
    """The line that imports a package."""
    return NewLine(f'{alias} "{path}"' if alias else f'"{path}"', tuple(path.split("/")), kind_of(path))
