"""The imports of a Python file, one entry per imported name."""

from dataclasses import dataclass

from ast_grep_py import SgNode


@dataclass(frozen=True, slots=True)
class Import:
    """One imported name.

    `local` is the name it binds ("" for `*`); `dotted` what that name stands for (`import a.b` binds
    `a`, which is "a"); `module` the module named in the statement, dots first when relative; `name` the
    imported attribute, "" for `import module`. `start`/`end` place the statement, `name_start` the
    identifier that binds, all in characters.
    """

    local: str
    dotted: str
    module: str
    name: str
    alias: str
    start: int
    end: int
    name_start: int
    is_top: bool
    is_type_checking: bool = False

    @property
    def is_star(self) -> bool:
        """True for `from module import *`."""
        return self.name == "*"


def read_imports(root: SgNode) -> list[Import]:
    """Every import of the file in source order, nested ones included; `__future__` imports are not names."""
    found: list[Import] = []
    for statement in root.find_all(any=[{"kind": "import_statement"}, {"kind": "import_from_statement"}]):
        found += read_statement(statement)
    return found


def read_statement(statement: SgNode) -> list[Import]:
    """The imported names of one import statement."""
    parent = statement.parent()
    is_top = parent is not None and parent.kind() == "module"
    place = statement.range()
    fixed = (place.start.index, place.end.index)
    typing_only = not is_top and _is_type_checking(statement)
    module = ""
    if statement.kind() == "import_from_statement":
        source = statement.field("module_name")
        module = _plain(source.text()) if source else ""
        if any(child.kind() == "wildcard_import" for child in statement.children()):
            return [Import("", "", module, "*", "", *fixed, fixed[0], is_top, typing_only)]
    entries: list[Import] = []
    for item in statement.field_children("name"):
        name, alias, spot = _item(item)
        if module:
            dotted = f"{module}{name}" if module.endswith(".") else f"{module}.{name}"
            local = alias or name
            entries.append(Import(local, dotted, module, name, alias, *fixed, spot, is_top, typing_only))
        else:
            local = alias or name.split(".", 1)[0]
            dotted = name if alias else local
            entries.append(Import(local, dotted, name, "", alias, *fixed, spot, is_top, typing_only))
    return entries


def _item(item: SgNode) -> tuple[str, str, int]:
    """Name, alias and the place of the identifier that is bound."""
    if item.kind() == "aliased_import":
        name, alias = item.field("name"), item.field("alias")
        if name is not None and alias is not None:
            return _plain(name.text()), alias.text(), alias.range().start.index
    return _plain(item.text()), "", item.range().start.index


def _plain(text: str) -> str:
    return "".join(text.split()) if any(mark in text for mark in " \t\n\r\\") else text


def _is_type_checking(statement: SgNode) -> bool:
    for node in statement.ancestors():
        if node.kind() == "if_statement":
            condition = node.field("condition")
            if condition is not None and condition.text() in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
                body = node.field("consequence")
                return body is not None and body.range().end.index >= statement.range().end.index
    return False
