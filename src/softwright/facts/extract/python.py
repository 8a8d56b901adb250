"""Python for the outliner."""

import re

import tree_sitter_python
from tree_sitter import Node

from softwright.facts.extract.spec import Details, Imported, Role, Spec, Text

_PATTERNS = (
    (Role.CALL, "(call function: (_) @f arguments: (_) @a)"),
    (Role.KEYWORD, "(argument_list (keyword_argument name: (_) @k))"),
    (Role.UNPACKED, "(argument_list (dictionary_splat) @k)"),
    (Role.REMARK, "(argument_list [(comment) (line_continuation)] @k)"),
    (Role.IMPORT, "(import_statement) @i"),
    (Role.IMPORT, "(import_from_statement) @i"),
    (Role.IMPORT, "(future_import_statement) @i"),
    (Role.MARK, "(decorated_definition (decorator) @m)"),
    (Role.DEFINITION, "(function_definition name: (_) @n body: (_) @b) @d"),
    (Role.DEFINITION, "(class_definition name: (_) @n body: (_) @b) @d"),
)
_NOISE = re.compile(r"#[^\n]*|\\\r?\n|[()]")
_FROM = re.compile(r"from\s*(?P<dots>[.\s]*)(?P<module>[\w.\s]*?)\s*\bimport\b\s*(?P<names>.*)", re.DOTALL)
_NAME = re.compile(r"(?P<name>[\w.\s]+?|\*)(?:\s+as\s+(?P<alias>\w+))?\s*\Z")


def read_imports(node: Node, text: Text) -> list[Imported]:
    """The names that an `import` or `from … import` statement brings."""
    written = text.of(node)
    if "(" in written or "#" in written or "\\" in written:
        written = _NOISE.sub(" ", written)
    checking = _for_type_checkers(node) if b"TYPE_CHECKING" in text.source else False
    match = _FROM.match(written)
    if match is None:
        return _plain(written[len("import") :], checking)
    level = match["dots"].count(".")
    module = "".join(match["module"].split())
    prefix = f"{module}." if module else ""
    out = []
    for part in match["names"].split(","):
        found = _NAME.match(part.strip())
        if found is None:
            continue
        name, alias = found["name"], found["alias"] or ""
        bound = "" if name == "*" else alias or name
        out.append(Imported(module, name, alias, level, checking, bound, prefix + name))
    return out


def _plain(names: str, checking: bool) -> list[Imported]:
    out = []
    for part in names.split(","):
        found = _NAME.match(part.strip())
        if found is None:
            continue
        module, alias = "".join(found["name"].split()), found["alias"] or ""
        head = module.partition(".")[0]
        out.append(Imported(module, "", alias, 0, checking, alias or head, module if alias else head))
    return out


def _for_type_checkers(node: Node) -> bool:
    while (parent := node.parent) is not None:
        if parent.type == "if_statement" and node == parent.child_by_field_name("consequence"):
            condition = parent.child_by_field_name("condition")
            if condition is not None and (condition.text or b"").endswith(b"TYPE_CHECKING"):
                return True
        node = parent
    return False


def details(node: Node, text: Text, name: str, in_type: bool) -> Details:
    """Names with a leading underscore are private, `__dunder__` ones are not."""
    del in_type
    bases: list[str] = []
    signature = ""
    if node.type == "class_definition":
        listed = node.child_by_field_name("superclasses")
        if listed is not None:
            bases = [
                text.flat(n) for n in listed.named_children if n.type not in ("keyword_argument", "comment")
            ]
    else:
        signature = _signature(node, text)
    is_public = not name.startswith("_") or (name.startswith("__") and name.endswith("__"))
    return Details(is_public, bases, signature, _docstring_lines(node))


def _signature(node: Node, text: Text) -> str:
    parameters = node.child_by_field_name("parameters")
    if parameters is None:
        return ""
    written = text.of(parameters)
    if "\n" in written:
        listed = (text.flat(n) for n in parameters.named_children if n.type != "comment")
        written = f"({', '.join(listed)})"
    result = node.child_by_field_name("return_type")
    return f"{written} -> {text.flat(result)}" if result is not None else written


def _docstring_lines(node: Node) -> int:
    body = node.child_by_field_name("body")
    if body is None or not body.named_child_count:
        return 0
    first = body.named_child(0)
    if first is None or first.type != "expression_statement":
        return 0
    string = first.child(0)
    if string is None or string.type not in ("string", "concatenated_string"):
        return 0
    return string.end_point[0] - string.start_point[0] + 1


SPEC = Spec(
    name="python",
    grammar=tree_sitter_python.language,
    patterns=_PATTERNS,
    kind_of=lambda node: "class" if node.type == "class_definition" else "function",
    imports=read_imports,
    details=details,
    argument_counts={"generator_expression": 1},
    comment="#",
    own_module=True,
)
