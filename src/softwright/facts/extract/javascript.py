"""JavaScript, TypeScript and TSX for the outliner."""

import re

import tree_sitter_javascript
import tree_sitter_typescript
from tree_sitter import Node

from softwright.facts.extract.spec import Details, Imported, Role, Spec, Text

_COMMON = (
    (Role.CALL, "(call_expression function: (_) @f arguments: (_) @a)"),
    (Role.NEW, "(new_expression constructor: (_) @f arguments: (_) @a) @c"),
    (Role.IMPORT, "(import_statement) @i"),
    (Role.IMPORT, "(export_statement source: (_)) @i"),
    (Role.IMPORT, "(variable_declarator value: (call_expression arguments: (arguments . (string) .))) @i"),
    (Role.IMPORT, "(call_expression function: (import) arguments: (arguments . (string))) @i"),
    (Role.MARK, "(export_statement (decorator) @m)"),
    (Role.MARK, "(class_declaration (decorator) @m)"),
    (Role.DEFINITION, "(function_declaration name: (_) @n body: (_) @b) @d"),
    (Role.DEFINITION, "(generator_function_declaration name: (_) @n body: (_) @b) @d"),
    (Role.DEFINITION, "(class_declaration name: (_) @n body: (_) @b) @d"),
    (Role.DEFINITION, "(method_definition name: (_) @n body: (_) @b) @d"),
    (Role.DEFINITION, "(variable_declarator name: (identifier) @n value: (arrow_function body: (_) @b)) @d"),
    (
        Role.DEFINITION,
        "(variable_declarator name: (identifier) @n value: (function_expression body: (_) @b)) @d",
    ),
)
_JAVASCRIPT = ((Role.MARK, "(method_definition (decorator) @m)"),)
_TYPESCRIPT = (
    (Role.MARK, "(class_body (decorator) @m)"),
    (Role.DEFINITION, "(abstract_class_declaration name: (_) @n body: (_) @b) @d"),
    (Role.DEFINITION, "(interface_declaration name: (_) @n body: (_) @b) @d"),
    (Role.DEFINITION, "(enum_declaration name: (_) @n body: (_) @b) @d"),
    (Role.DEFINITION, "(internal_module name: (_) @n body: (_) @b) @d"),
    (Role.DEFINITION, "(type_alias_declaration name: (_) @n) @d"),
    (Role.DEFINITION, "(function_signature name: (_) @n) @d"),
    (Role.DEFINITION, "(abstract_method_signature name: (_) @n) @d"),
)
_KINDS = {
    "class_declaration": "class",
    "abstract_class_declaration": "class",
    "interface_declaration": "interface",
    "enum_declaration": "enum",
    "internal_module": "module",
    "type_alias_declaration": "type",
}
_IMPORT = re.compile(
    r"(?:import|export)\b(?P<type>\s+type\b(?!\s*(?:,|from)))?\s*(?P<what>.*?)\s*\bfrom\b", re.DOTALL
)
_NAMES = re.compile(r"(?P<namespace>\*(?:\s*as\s+(?P<as>[\w$]+))?)|\{(?P<braces>[^}]*)\}|(?P<default>[\w$]+)")
_ONE = re.compile(
    r"(?P<type>type\s+)?(?P<name>[\w$]+|\"[^\"]*\")(?:\s*(?:as|:)\s*(?P<alias>[\w$]+))?\s*(?:=.*)?\Z"
)
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)


def read_imports(node: Node, text: Text) -> list[Imported]:
    """The names of an `import`, a re-export, a `require` or an `import()`."""
    if node.type == "variable_declarator":
        return _required(node, text)
    if node.type == "call_expression":
        return [Imported(_unquoted(text.of(node).partition("(")[2]))]
    source = node.child_by_field_name("source")
    if source is None:  # import a = require("b"): TypeScript's own form
        found = re.search(r"import\s+([\w$]+)\s*=\s*require\s*\(\s*([\"'][^\"']*[\"'])", text.of(node))
        return (
            [Imported(_unquoted(found[2]), "", found[1], bound=found[1], target=_unquoted(found[2]))]
            if found
            else []
        )
    module = _unquoted(text.of(source))
    match = _IMPORT.match(_COMMENT.sub(" ", text.between(node.start_byte, source.start_byte)))
    if match is None:
        return [Imported(module)]
    return _named(
        module, match["what"], binds=node.type == "import_statement", checking=bool(match["type"])
    ) or [Imported(module)]


def _named(module: str, what: str, *, binds: bool, checking: bool) -> list[Imported]:
    out = []
    for each in _NAMES.finditer(what):
        if each["namespace"]:
            alias = each["as"] or ""
            out.append(Imported(module, "*", alias, 0, checking, alias if binds else "", module))
        elif each["default"]:
            out.append(
                Imported(
                    module, "default", each["default"], 0, checking, each["default"] if binds else "", module
                )
            )
        else:
            for part in each["braces"].split(","):
                out += _one(module, part.strip(), binds=binds, checking=checking)
    return out


def _one(module: str, part: str, *, binds: bool, checking: bool) -> list[Imported]:
    found = _ONE.match(part)
    if found is None:
        return []
    name, alias = found["name"].strip('"'), found["alias"] or ""
    target = module if name == "default" else f"{module}.{name}"
    return [
        Imported(
            module, name, alias, 0, checking or bool(found["type"]), (alias or name) if binds else "", target
        )
    ]


def _required(node: Node, text: Text) -> list[Imported]:
    value, name = node.child_by_field_name("value"), node.child_by_field_name("name")
    called = value.child_by_field_name("function") if value is not None else None
    if value is None or name is None or called is None or text.of(called) != "require":
        return []
    module = _unquoted(text.of(value).partition("(")[2])
    bound = text.of(name)
    if name.type == "identifier":
        return [Imported(module, "", bound, bound=bound, target=module)]
    return [
        each
        for part in bound.strip("{} \n").split(",")
        for each in _one(module, part.strip(), binds=True, checking=False)
    ]


def _unquoted(text: str) -> str:
    found = re.match(r"""\s*["'`]([^"'`]*)["'`]""", text)
    return found[1] if found else ""


def details(found: dict[str, list[Node]], text: Text, name: str) -> Details:
    """Private are `#names`, `_names` and what `private` or `protected` says."""
    node = found["d"][0]
    modifier = next(
        (text.of(each) for each in node.children[:4] if each.type == "accessibility_modifier"), ""
    )
    is_public = not name.startswith(("#", "_")) and modifier not in ("private", "protected")
    bases = [base for each in node.children if each.type in _HERITAGE for base in _bases(each, text)]
    function = node.child_by_field_name("value") if node.type == "variable_declarator" else node
    return Details(is_public, bases, _signature(function or node, text))


_HERITAGE = ("class_heritage", "extends_clause", "implements_clause", "extends_type_clause")


def _bases(node: Node, text: Text) -> list[str]:
    out = []
    for each in node.named_children:
        if each.type in _HERITAGE:
            out += _bases(each, text)
        elif each.type not in ("type_arguments", "comment"):
            out.append(text.flat(each))
    return out


def _signature(node: Node, text: Text) -> str:
    given = node.child_by_field_name("parameters")
    if given is None:
        given = node.child_by_field_name("parameter")
        return f"({text.flat(given)})" if given is not None else ""
    result = node.child_by_field_name("return_type")
    return text.flat(given) + (text.flat(result) if result is not None else "")


def _kind(node: Node) -> str:
    return _KINDS.get(node.type, "function")


JAVASCRIPT = Spec(
    name="javascript",
    grammar=tree_sitter_javascript.language,
    patterns=_COMMON + _JAVASCRIPT,
    kind_of=_kind,
    imports=read_imports,
    details=details,
    argument_counts={"template_string": 1},
)
TYPESCRIPT = Spec(
    name="typescript",
    grammar=tree_sitter_typescript.language_typescript,
    patterns=_COMMON + _TYPESCRIPT,
    kind_of=_kind,
    imports=read_imports,
    details=details,
    argument_counts={"template_string": 1},
)
TSX = Spec(
    name="tsx",
    grammar=tree_sitter_typescript.language_tsx,
    patterns=_COMMON + _TYPESCRIPT,
    kind_of=_kind,
    imports=read_imports,
    details=details,
    argument_counts={"template_string": 1},
)
