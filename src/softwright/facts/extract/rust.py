"""Rust for the outliner. Macro calls are calls, with no count of arguments."""

import re

import tree_sitter_rust
from tree_sitter import Node

from softwright.facts.extract.spec import Details, Imported, Role, Spec, Text

_KINDS = {
    "struct_item": "struct",
    "union_item": "struct",
    "enum_item": "enum",
    "trait_item": "trait",
    "type_item": "type",
    "mod_item": "module",
}
_PATTERNS = (
    (Role.CALL, "(call_expression function: (_) @f arguments: (_) @a)"),
    (Role.CALL, "(macro_invocation macro: (_) @f (token_tree) @a)"),
    (Role.IMPORT, "(use_declaration) @i"),
    (Role.IMPORT, "(extern_crate_declaration) @i"),
    (Role.IMPORT, "(mod_item !body) @i"),
    (Role.HOLDER, "(impl_item type: (_) @n body: (_) @b)"),
    (Role.DEFINITION, "(function_item name: (_) @n body: (_) @b) @d"),
    (Role.DEFINITION, "(function_signature_item name: (_) @n) @d"),
    (Role.DEFINITION, "(trait_item name: (_) @n body: (_) @b) @d"),
    (Role.DEFINITION, "(mod_item name: (_) @n body: (_) @b) @d"),
    *(
        (Role.DEFINITION, f"({kind} name: (_) @n) @d")
        for kind in ("struct_item", "union_item", "enum_item", "type_item")
    ),
)
_LONGEST = 20_000


def read_imports(node: Node, text: Text) -> list[Imported]:
    """The leaves of a `use` tree; `mod x;` imports the module of that file."""
    if node.type == "mod_item":
        name = text.of(node).rstrip("; \n").rpartition(" ")[2]
        return [Imported("self", name, bound=name, target=name)]
    written = re.sub(r"//[^\n]*|/\*.*?\*/", " ", text.of(node), flags=re.DOTALL)[:_LONGEST]
    if node.type == "extern_crate_declaration":
        found = re.search(r"crate\s+(\w+)(?:\s+as\s+(\w+))?", written)
        return (
            [Imported(found[1], "", found[2] or "", bound=found[2] or found[1], target=found[1])]
            if found
            else []
        )
    tree = re.sub(r"^.*?\buse\b", "", written, flags=re.DOTALL).rstrip("; \n")
    return [_imported(" ".join(leaf.split())) for leaf in _leaves("", tree, 20) if leaf.strip()]


def _leaves(prefix: str, tree: str, depth: int) -> list[str]:
    before, brace, rest = tree.partition("{")
    if not brace or depth == 0:
        return [prefix + tree.strip()]
    inner, out, level, start = rest.rpartition("}")[0], [], 0, 0
    for at, letter in enumerate(inner + ","):
        level += (letter == "{") - (letter == "}")
        if letter == "," and level == 0:
            out += (
                _leaves(prefix + before.strip(), inner[start:at], depth - 1)
                if inner[start:at].strip()
                else []
            )
            start = at + 1
    return out


def _imported(leaf: str) -> Imported:
    path, _, alias = leaf.partition(" as ")
    path, alias = path.replace(" ", "").removeprefix("::"), alias.strip()
    path = path.removesuffix("::self")
    module, _, name = path.rpartition("::")
    bound = "" if name == "*" or alias == "_" else alias or name
    return Imported(module, name, alias, bound=bound, target=path)


def details(found: dict[str, list[Node]], text: Text, name: str) -> Details:
    """Public by `pub`; `bases` are the supertraits of a trait."""
    del name
    node = found["d"][0]
    is_public = any(each.type == "visibility_modifier" for each in node.children[:2])
    bounds = node.child_by_field_name("bounds") if node.type == "trait_item" else None
    bases = [text.flat(each) for each in bounds.named_children] if bounds is not None else []
    given, result = node.child_by_field_name("parameters"), node.child_by_field_name("return_type")
    signature = text.flat(given) if given is not None else ""
    if result is not None:
        signature += f" -> {text.flat(result)}"
    return Details(is_public, bases, signature, 0, _attributes(node, text))


def _attributes(node: Node, text: Text) -> list[str]:
    out: list[str] = []
    before = node.prev_named_sibling
    while before is not None and before.type in ("attribute_item", "line_comment", "block_comment"):
        if before.type == "attribute_item":
            out.append(re.split(r"[(=\]]", text.flat(before).removeprefix("#["), maxsplit=1)[0].strip())
        before = before.prev_named_sibling
    return out[::-1]


SPEC = Spec(
    name="rust",
    grammar=tree_sitter_rust.language,
    patterns=_PATTERNS,
    kind_of=lambda node: _KINDS.get(node.type, "function"),
    imports=read_imports,
    details=details,
    argument_counts={"token_tree": 0},
)
