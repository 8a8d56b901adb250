"""Go for the outliner."""

import re

import tree_sitter_go
from tree_sitter import Node

from softwright.facts.extract.spec import Details, Imported, Role, Spec, Text

_PATTERNS = (
    (Role.CALL, "(call_expression function: (_) @f arguments: (_) @a)"),
    (Role.IMPORT, "(import_spec) @i"),
    (Role.DEFINITION, "(function_declaration name: (_) @n body: (_) @b) @d"),
    (Role.DEFINITION, "(function_declaration name: (_) @n !body) @d"),
    (Role.DEFINITION, "(method_declaration name: (_) @n body: (_) @b) @d"),
    (Role.DEFINITION, "(type_spec name: (_) @n type: (_) @b) @d"),
    (Role.DEFINITION, "(type_alias name: (_) @n) @d"),
)
_KINDS = {"struct_type": "struct", "interface_type": "interface"}
_VERSION = re.compile(r"/v\d+$|\.v\d+$")


def read_imports(node: Node, text: Text) -> list[Imported]:
    """One line of an import; without an alias it is bound to the last part of its path."""
    path, given = node.child_by_field_name("path"), node.child_by_field_name("name")
    if path is None:
        return []
    module = text.of(path).strip('"`')
    alias = text.of(given) if given is not None else ""
    if alias == ".":
        return [Imported(module, "*")]
    last = _VERSION.sub("", module).rpartition("/")[2]
    bound = "" if alias == "_" else alias or last.removeprefix("go-")
    return [Imported(module, "", alias, bound=bound, target=module)]


def details(found: dict[str, list[Node]], text: Text, name: str) -> Details:
    """Names that begin with a capital are exported."""
    node = found["d"][0]
    kind = node.child_by_field_name("type")
    bases = []
    if kind is not None and kind.type == "struct_type":
        bases = [text.flat(each) for each in _embedded(kind)]
    given, result = node.child_by_field_name("parameters"), node.child_by_field_name("result")
    signature = text.flat(given) if given is not None else ""
    if result is not None:
        signature += " " + text.flat(result)
    return Details(name[:1].isupper(), bases, signature)


def _embedded(struct: Node) -> list[Node]:
    fields = [each for part in struct.named_children for each in part.named_children]
    types = [
        each.child_by_field_name("type")
        for each in fields
        if each.type == "field_declaration" and not each.child_by_field_name("name")
    ]
    return [each for each in types if each is not None]


def owner_of(node: Node, text: Text) -> str:
    """The type of a method's receiver."""
    receiver = node.child_by_field_name("receiver")
    found = (
        re.search(r"\*?\s*(\w+)(?:\[[^\]]*\])?\s*,?\s*\)$", text.of(receiver))
        if receiver is not None
        else None
    )
    return found[1] if found else ""


def _kind(node: Node) -> str:
    if node.type not in ("type_spec", "type_alias"):
        return "function"
    kind = node.child_by_field_name("type")
    return _KINDS.get(kind.type, "type") if kind is not None else "type"


SPEC = Spec(
    name="go",
    grammar=tree_sitter_go.language,
    patterns=_PATTERNS,
    kind_of=_kind,
    imports=read_imports,
    details=details,
    argument_counts={},
    owner_of=owner_of,
)
