"""Python for the outliner."""

import re
from collections.abc import Iterator
from functools import lru_cache

import tree_sitter_python
from tree_sitter import Node

from softwright.facts.extract.spec import Details, Imported, Role, Spec, Text

_FUNCTION = "(function_definition name: (_) @n parameters: (_) @p return_type: (_)? @r body: (_) @b) @d"
_ALIASED = ["[(parenthesized_expression) (tuple)] @a"]
for _step in range(1 + 3):  # chains of one link, then those of two
    _ALIASED += [
        f"({link}: {_ALIASED[_step]})" for link in ("attribute object", "subscript value", "call function")
    ]
_PATTERNS = (
    (Role.CALL, "(call function: (_) @f arguments: (_) @a)"),
    # The grammar takes `type(x).y = z` for the alias statement `type X = …`.
    (Role.CALL, f'(type_alias_statement "type" @f left: (type [{" ".join(_ALIASED)}]))'),
    (Role.IMPORT, "(import_statement) @i"),
    (Role.IMPORT, "(import_from_statement) @i"),
    (Role.IMPORT, "(future_import_statement) @i"),
    (Role.MARK, "(decorated_definition (decorator) @m)"),
    (Role.DEFINITION, _FUNCTION),
    (Role.DEFINITION, "(class_definition name: (_) @n superclasses: (_)? @s body: (_) @b) @d"),
)
_NOISE = re.compile(r"#[^\n]*|\\\r?\n|[()]")
_FROM = re.compile(r"from\s*(?P<dots>[.\s]*)(?P<module>[\w.\s]*?)\s*\bimport\b\s*(?P<names>.*)", re.DOTALL)
_NAME = re.compile(r"(?P<name>[\w.\s]+?|\*)(?:\s+as\s+(?P<alias>\w+))?\s*\Z")
_LONG_RUN = 64
_COMMENT_RUN = re.compile(rb"^(?:#[^\n]*\n(?:[ \t\r]*\n)*){%d}" % _LONG_RUN, re.MULTILINE)
_STRING_OR_COMMENT = re.compile(
    rb'''"""(?:[^"\\]|\\.|"(?!""))*"""|'{3}(?:[^'\\]|\\.|'(?!''))*'{3}'''
    rb"""|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|(?P<comment>\#[^\n]*)""",
    re.DOTALL,
)


def without_comment_runs(source: bytes) -> bytes:
    """A file that has a long run of comments gets blanks for all its comments.

    At each line of a run, the grammar looks through the rest of it: 5,000 lines cost 1.5 s, where 200 kB of
    code cost 15 ms.
    """
    if source.count(b"\n#") < _LONG_RUN - 1 or not _COMMENT_RUN.search(source):
        return source
    return _STRING_OR_COMMENT.sub(_blank_if_comment, source)


def _blank_if_comment(found: re.Match[bytes]) -> bytes:
    return found[0] if found["comment"] is None else b" " * len(found[0])


def read_imports(node: Node, text: Text) -> tuple[Imported, ...]:
    """The names that an `import` or `from … import` statement brings."""
    checking = text.holds(b"TYPE_CHECKING") and _for_type_checkers(node)
    return _imported(text.of(node), checking)


@lru_cache(maxsize=8192)  # files of one repository import much the same
def _imported(written: str, checking: bool) -> tuple[Imported, ...]:
    if "(" in written or "#" in written or "\\" in written:
        written = _NOISE.sub(" ", written)
    match = _FROM.match(written)
    if match is None:
        return tuple(_plain(written[len("import") :], checking))
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
    return tuple(out)


def _plain(names: str, checking: bool) -> Iterator[Imported]:
    for part in names.split(","):
        found = _NAME.match(part.strip())
        if found is None:
            continue
        module, alias = "".join(found["name"].split()), found["alias"] or ""
        head = module.partition(".")[0]
        yield Imported(module, "", alias, 0, checking, alias or head, module if alias else head)


def _for_type_checkers(node: Node) -> bool:
    while (parent := node.parent) is not None:
        if parent.type == "if_statement" and node == parent.child_by_field_name("consequence"):
            condition = parent.child_by_field_name("condition")
            if condition is not None and (condition.text or b"").endswith(b"TYPE_CHECKING"):
                return True
        node = parent
    return False


def details(found: dict[str, list[Node]], text: Text, name: str) -> Details:
    """Names with a leading underscore are private, `__dunder__` ones are not."""
    bases: list[str] = []
    if "s" in found:
        listed = found["s"][0].named_children
        bases = [text.flat(n) for n in listed if n.type not in ("keyword_argument", "comment")]
    signature = _signature(found, text) if "p" in found else ""
    is_public = not name.startswith("_") or (name.startswith("__") and name.endswith("__"))
    return Details(is_public, bases, signature, _docstring_lines(found["b"][0], text.source))


def keywords(arguments: Node, text: Text) -> list[str]:
    """Names in order; every `**` counts."""
    start, end, source = arguments.start_byte, arguments.end_byte, text.source
    if source.find(b"=", start, end) < 0 and source.find(b"**", start, end) < 0:
        return []
    out = []
    for each in arguments.named_children:
        kind = each.type
        if kind == "keyword_argument":
            name = each.child_by_field_name("name")
            out += [text.of(name)] if name is not None else []
        elif kind == "dictionary_splat":
            out.append("**")
    return out


def _signature(found: dict[str, list[Node]], text: Text) -> str:
    parameters = found["p"][0]
    written = text.of(parameters)
    if "\n" in written:
        listed = (text.flat(n) for n in parameters.named_children if n.type != "comment")
        written = f"({', '.join(listed)})"
    return f"{written} -> {text.flat(found['r'][0])}" if "r" in found else written


def _docstring_lines(body: Node, source: bytes) -> int:
    start = body.start_byte
    head = source[start : start + 3]
    # a string's quote follows at most two letters
    if (b'"' not in head and b"'" not in head) or not body.named_child_count:
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
    keywords=keywords,
    remarks=(b"#", b"\\"),
    for_parser=without_comment_runs,
)
