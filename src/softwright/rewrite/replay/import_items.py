"""What a file imports, as a set: placement and order belong to the repository's import sorter."""

from collections.abc import Callable, Iterator
from functools import lru_cache

from tree_sitter import Node

from softwright.facts.structure.syntax import grammar_tree
from softwright.rewrite.replay.tokens import IMPORT_KINDS

Item = tuple[str, str, str]
"""(module, name, alias); an empty name means the module itself, `*` everything in it."""


@lru_cache(256)
def import_items(text: str, language: str) -> frozenset[Item]:
    """Every (module, name, alias) that import statements of the file name, wherever they stand."""
    source = text.encode("utf-8", "surrogatepass")
    kinds = IMPORT_KINDS[language]
    read = _READERS[language]
    items: set[Item] = set()
    waiting = [grammar_tree(source, language).root_node]
    while waiting:
        node = waiting.pop()
        if node.type in kinds:
            items.update(read(node))
        else:
            waiting += node.named_children
    return frozenset(items)


def _python(statement: Node) -> Iterator[Item]:
    if statement.type == "import_statement":
        for each in statement.children_by_field_name("name"):
            path, alias = _aliased(each)
            yield path, "", alias
        return
    module = statement.child_by_field_name("module_name")
    source = _text(module) if module is not None else "__future__"
    if any(child.type == "wildcard_import" for child in statement.children):
        yield source, "*", ""
    for each in statement.children_by_field_name("name"):
        name, alias = _aliased(each)
        yield source, name, alias


def _aliased(node: Node) -> tuple[str, str]:
    if node.type != "aliased_import":
        return _text(node), ""
    name, alias = node.child_by_field_name("name"), node.child_by_field_name("alias")
    return _text(name), _text(alias)


def _es(statement: Node) -> Iterator[Item]:
    for clause in statement.children:
        if clause.type == "import_require_clause":
            source = _unquoted(clause.child_by_field_name("source"))
            yield source, "=", _text(clause.named_children[0])
            return
    source = _unquoted(statement.child_by_field_name("source"))
    clauses = [child for child in statement.children if child.type == "import_clause"]
    if not clauses:
        yield source, "", ""
    for part in (part for clause in clauses for part in clause.named_children):
        if part.type == "identifier":
            yield source, "default", _text(part)
        elif part.type == "namespace_import":
            yield source, "*", _text(part.named_children[-1])
        else:
            for each in part.named_children:
                if each.type == "import_specifier":
                    name, alias = each.child_by_field_name("name"), each.child_by_field_name("alias")
                    yield source, _text(name), _text(alias)


def _go(statement: Node) -> Iterator[Item]:
    specs = [child for child in statement.named_children if child.type == "import_spec"]
    for group in statement.named_children:
        if group.type == "import_spec_list":
            specs += [child for child in group.named_children if child.type == "import_spec"]
    for spec in specs:
        yield (
            _unquoted(spec.child_by_field_name("path")),
            "",
            _text(spec.child_by_field_name("name")),
        )


def _java(statement: Node) -> Iterator[Item]:
    kinds = [child.type for child in statement.children]
    path = next((_text(c) for c in statement.named_children if c.type.endswith("identifier")), "")
    static = "static " if "static" in kinds else ""
    if "asterisk" in kinds:
        yield static + path, "*", ""
    else:
        module, _, name = path.rpartition(".")
        yield static + module, name, ""


def _text(node: Node | None) -> str:
    if node is None or node.text is None:
        return ""
    return "".join(node.text.decode("utf-8", "replace").split())


def _unquoted(node: Node | None) -> str:
    return _text(node)[1:-1]


_READERS: dict[str, Callable[[Node], Iterator[Item]]] = {
    "python": _python,
    "javascript": _es,
    "typescript": _es,
    "tsx": _es,
    "go": _go,
    "java": _java,
}
