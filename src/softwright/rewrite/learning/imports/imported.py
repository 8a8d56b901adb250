"""What a file imports, per language, in one form, and how a rule spells it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from softwright.facts.structure import EsNames, read_imports
from softwright.rewrite.learning.trees.tree import Node, SyntaxTree


class Imported(NamedTuple):
    """One imported name: `name` of `module`, or the module itself when `name` is ""; `alias` or "".

    `kind` is "static" for Java's static imports, "type" for TypeScript's imports of types.
    """

    module: str
    name: str = ""
    alias: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a language imports: `read` lists a file's imports, `local` is the name that one binds, `dotted`
    how a rule names it, `statement` what a rule adds. `separator` stands between the parts of a module's
    name, `used` are the kinds of nodes that may use an imported name."""

    read: Callable[[SyntaxTree], list[Imported]]
    local: Callable[[Imported], str]
    dotted: Callable[[Imported], str]
    statement: Callable[[Imported], str]
    separator: str
    used: frozenset[str]


def _aliased(word: str, alias: str) -> str:
    return f"{word} as {alias}" if alias else word


def _statements(tree: SyntaxTree) -> Iterator[Node]:
    return (node for node in tree.root.walk() if node.raw in tree.grammar.imports)


def _text(node: Node) -> str:
    return "".join(leaf.text for leaf in node.leaves())


# -- Python ------------------------------------------------------------------------------------------------


def _read_python(tree: SyntaxTree) -> list[Imported]:
    found = [Imported(each.module, each.name, each.alias) for each in read_imports(tree.tree.root)]
    for node in _statements(tree):
        if node.raw == "future_import_statement":
            names = (child for child in node.children if child.raw == "dotted_name")
            found += [Imported("__future__", _text(name)) for name in names]
    return found


def _python_local(each: Imported) -> str:
    return each.alias or each.name or each.module.split(".", 1)[0]


def _dotted(each: Imported) -> str:
    if not each.name:
        return each.module
    return f"{each.module}{each.name}" if each.module.endswith(".") else f"{each.module}.{each.name}"


def _python_statement(each: Imported) -> str:
    if each.name:
        return f"from {each.module} import {_aliased(each.name, each.alias)}"
    return f"import {_aliased(each.module, each.alias)}"


# -- JavaScript and TypeScript -----------------------------------------------------------------------------


def _read_es(tree: SyntaxTree) -> list[Imported]:
    names = tree.tree.names
    if not isinstance(names, EsNames):
        return []
    return [
        Imported(
            each.module,
            each.name,
            each.local if each.local != each.name else "",
            "type" if each.is_type else "",
        )
        for each in names.imports
        if not each.is_require
    ]


def _es_local(each: Imported) -> str:
    return each.alias or each.name


def _es_dotted(each: Imported) -> str:
    return each.module if each.name == "*" else f"{each.module}.{each.name}"


def _es_statement(each: Imported) -> str:
    if each.name == "*":
        clause = f"* as {each.alias}"
    elif each.name == "default":
        clause = each.alias
    else:
        clause = f"{{ {_aliased(each.name, each.alias)} }}"
    return f'import {clause} from "{each.module}"'


# -- Java --------------------------------------------------------------------------------------------------


def _read_java(tree: SyntaxTree) -> list[Imported]:
    found: list[Imported] = []
    for node in _statements(tree):
        kinds = [child.raw for child in node.children]
        path = next((_text(c) for c in node.children if c.raw in ("scoped_identifier", "identifier")), "")
        kind = "static" if "static" in kinds else ""
        if "asterisk" in kinds:
            found.append(Imported(path, "*", kind=kind))
        else:
            owner, _, name = path.rpartition(".")
            found.append(Imported(owner, name, kind=kind))
    return found


def _java_local(each: Imported) -> str:
    return each.name


def _java_dotted(each: Imported) -> str:
    return f"{each.module}.{each.name}" if each.module else each.name


def _java_statement(each: Imported) -> str:
    return f"import {each.kind + ' ' if each.kind else ''}{_java_dotted(each)};"


# -- Go ----------------------------------------------------------------------------------------------------


def _read_go(tree: SyntaxTree) -> list[Imported]:
    found: list[Imported] = []
    for statement in _statements(tree):
        for spec in (node for node in statement.walk() if node.raw == "import_spec"):
            alias = _text(spec.children[0]) if len(spec.children) > 1 else ""
            found.append(Imported(_text(spec.children[-1]).strip('"`'), "", alias))
    return found


def _go_local(each: Imported) -> str:
    """The last part of the path, as a rule; versions (`yaml.v3`, `…/v2`) are no part of the name."""
    parts = [part for part in each.module.split("/") if not re.fullmatch(r"v\d+", part)]
    return each.alias or re.sub(r"\.v\d+$|^go-|-go$", "", parts[-1] if parts else each.module)


def _go_dotted(each: Imported) -> str:
    return each.module


def _go_statement(each: Imported) -> str:
    return f'import {each.alias + " " if each.alias else ""}"{each.module}"'


_ES = Spelling(
    _read_es,
    _es_local,
    _es_dotted,
    _es_statement,
    "/",
    frozenset({"identifier", "type_identifier", "shorthand_property_identifier"}),
)

SPELLINGS: dict[str, Spelling] = {
    "python": Spelling(
        _read_python, _python_local, _dotted, _python_statement, ".", frozenset({"identifier"})
    ),
    "javascript": _ES,
    "typescript": _ES,
    "tsx": _ES,
    "java": Spelling(
        _read_java,
        _java_local,
        _java_dotted,
        _java_statement,
        ".",
        frozenset({"identifier", "type_identifier"}),
    ),
    "go": Spelling(
        _read_go, _go_local, _go_dotted, _go_statement, "/", frozenset({"identifier", "package_identifier"})
    ),
}
"""Languages whose imports are learned."""
