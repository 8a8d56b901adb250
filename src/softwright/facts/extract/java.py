"""Java for the outliner."""

import tree_sitter_java
from tree_sitter import Node

from softwright.facts.extract.spec import Details, Imported, Role, Spec, Text

_KINDS = {
    "class_declaration": "class",
    "interface_declaration": "interface",
    "enum_declaration": "enum",
    "record_declaration": "class",
    "annotation_type_declaration": "interface",
    "method_declaration": "function",
    "constructor_declaration": "function",
}
_PATTERNS = (
    (Role.CALL_FROM, "(method_invocation name: (_) @f arguments: (_) @a) @c"),
    (Role.NEW, "(object_creation_expression type: (_) @f arguments: (_) @a) @c"),
    (Role.IMPORT, "(import_declaration) @i"),
    *((Role.MARK, f"({kind} (modifiers [(marker_annotation) (annotation)] @m))") for kind in _KINDS),
    *((Role.DEFINITION, f"({kind} name: (_) @n body: (_) @b) @d") for kind in _KINDS),
    (Role.DEFINITION, "(method_declaration name: (_) @n !body) @d"),
)


def read_imports(node: Node, text: Text) -> list[Imported]:
    """`import a.b.C;` brings C from a.b; a static import brings a member from its class."""
    written = text.flat(node).rstrip("; ").removeprefix("import ").strip()
    full = "".join(written.removeprefix("static ").split())
    module, _, name = full.rpartition(".")
    bound = "" if name == "*" else name
    return [Imported(module, name, bound=bound, target=full)]


def details(found: dict[str, list[Node]], text: Text, name: str) -> Details:
    """Public by modifier, or as a member of an interface."""
    del name
    node = found["d"][0]
    modifiers = next((text.of(each) for each in node.children[:1] if each.type == "modifiers"), "").split()
    holder = node.parent.parent if node.parent is not None else None
    in_interface = holder is not None and holder.type in (
        "interface_declaration",
        "annotation_type_declaration",
    )
    is_public = "public" in modifiers or (in_interface and "private" not in modifiers)
    fields = (node.child_by_field_name(each) for each in ("superclass", "interfaces"))
    listed = [each for each in fields if each is not None]
    listed += [each for each in node.children if each.type == "extends_interfaces"]
    bases = [text.flat(each) for part in listed for each in _types(part)]
    given, result = node.child_by_field_name("parameters"), node.child_by_field_name("type")
    signature = text.flat(given) if given is not None and node.type != "record_declaration" else ""
    if signature and result is not None:
        signature += f": {text.flat(result)}"
    return Details(is_public, bases, signature)


def _types(node: Node) -> list[Node]:
    out: list[Node] = []
    for each in node.named_children:
        out += _types(each) if each.type == "type_list" else [each]
    return out


SPEC = Spec(
    name="java",
    grammar=tree_sitter_java.language,
    patterns=_PATTERNS,
    kind_of=lambda node: _KINDS[node.type],
    imports=read_imports,
    details=details,
    argument_counts={},
)
