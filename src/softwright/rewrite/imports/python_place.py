"""Where an import goes in a Python file and how it leaves: sections, sorted lists, their layout."""

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ast_grep_py import SgNode

from softwright.facts.structure import Import, Tree, extent
from softwright.rewrite.imports.python_lists import above_comments, joined
from softwright.rewrite.imports.spec import Wanted
from softwright.rewrite.layout import (
    cut_element,
    cut_lines,
    cut_statement,
    line_end,
    line_start,
    newline_of,
    opens_line,
)
from softwright.rewrite.text_edit import TextEdit

_KINDS = ("import_statement", "import_from_statement", "future_import_statement")
_DEFINITIONS = ("function_definition", "class_definition", "decorated_definition")
_HEADER = (*_KINDS, "comment", "if_statement", "try_statement")


@dataclass(frozen=True, slots=True)
class Line:
    """A top-level import statement of the file's head."""

    start: int
    end: int
    module: str
    is_from: bool

    @property
    def category(self) -> int:
        """Its section."""
        return _category(self.module)


def place_statement(tree: Tree, wanted: Sequence[Wanted]) -> list[TextEdit]:
    """Edits that add import statements: in the section they belong to, sorted as it is."""
    statements: dict[str, Wanted] = {}
    by_module: dict[str, list[Wanted]] = {}
    for item in wanted:
        if item.name:
            by_module.setdefault(item.module, []).append(item)
        else:
            statements[item.statement] = item
    for module, items in by_module.items():
        statements[f"from {module} import " + ", ".join(sorted(item.item for item in items))] = items[0]
    head = head_of(tree)
    return joined([_placed(tree, head, line, item) for line, item in sorted(statements.items())])


def remove_names(tree: Tree, entries: Sequence[Import]) -> list[TextEdit]:
    """Edits that drop imported names; a statement that loses all of them goes with its line."""
    text = tree.text
    statement = _statement_at(tree, entries[0])
    if statement is None:
        return []
    places = [extent(node) for node in statement.field_children("name")]
    doomed = {
        at for at, (start, end) in enumerate(places) if any(start <= e.name_start < end for e in entries)
    }
    if len(doomed) == len(places):
        return removed_line(text, statement) if entries[0].is_top else _removed_inside(text, statement)
    edits: list[TextEdit] = []
    at = 0
    while at < len(places):
        last = at
        while at in doomed and last + 1 in doomed and last + 1 < len(places):
            last += 1
        if at in doomed:
            cut = cut_element(text, places, at, last)
            edits.append(TextEdit(cut.start, cut.end, cut.leave))
        at = last + 1
    return edits


def extensible(tree: Tree, module: str, first: int | None, taken: Sequence[tuple[int, int]]) -> SgNode | None:
    """A top-level `from module import …` that ends before `first` and is not being rewritten in `taken`."""
    kind = "future_import_statement" if module == "__future__" else "import_from_statement"
    for statement in tree.root.children():
        if statement.kind() != kind or not statement.field_children("name"):
            continue
        start, end = extent(statement)
        if any(start < other_end and other_start < end for other_start, other_end in taken):
            continue
        source = statement.field("module_name")
        named = "__future__" if kind.startswith("future") else source.text() if source else ""
        if named == module and (first is None or end <= first):
            return statement
    return None


def _statement_at(tree: Tree, entry: Import) -> SgNode | None:
    nodes = tree.root.children() if entry.is_top else tree.root.find_all(any=[{"kind": k} for k in _KINDS])
    return next((node for node in nodes if node.kind() in _KINDS and extent(node)[0] == entry.start), None)


def _removed_inside(text: str, statement: SgNode) -> list[TextEdit]:
    """A statement of a block, or one of several on a line; an empty block gets `pass`."""
    cut = cut_statement(text, statement)
    start = cut.start
    if not cut.leave and not opens_line(text, start) and not text[cut.end : line_end(text, cut.end)].strip():
        start = len(text[:start].rstrip(" \t;"))
    return [TextEdit(start, cut.end, cut.leave)]


def removed_line(text: str, statement: SgNode) -> list[TextEdit]:
    """Edits that drop a whole top-level statement with its line."""
    start, end = extent(statement)
    rest = text[end : line_end(text, end)]
    if not opens_line(text, start) or ";" in rest.split("#", 1)[0]:
        return _removed_inside(text, statement)
    cut = cut_lines(text, start, end)
    return [TextEdit(cut.start, cut.end, cut.leave)]


# -- a line of its own ---------------------------------------------------------------------------------------


def _category(module: str) -> int:
    """isort's sections: 0 `__future__`, 1 standard library, 2 other packages, 3 relative."""
    if module.startswith("."):
        return 3
    root = module.split(".", 1)[0]
    return 0 if root == "__future__" else 1 if root in sys.stdlib_module_names else 2


def head_of(tree: Tree) -> list[Line]:
    """The import statements before the first definition or statement with an effect."""
    lines: list[Line] = []
    for node in tree.root.children():
        kind = node.kind()
        if kind in _KINDS:
            lines.append(Line(*extent(node), _module_of(node), kind != "import_statement"))
        elif kind not in _HEADER and not _is_quiet(node):
            break
    return lines


def _is_quiet(node: SgNode) -> bool:
    """Docstrings and assignments such as `__version__ = …` may stand between imports."""
    if node.kind() != "expression_statement":
        return False
    inner = node.children()[0] if node.children() else node
    return inner.kind() in ("string", "concatenated_string") or node.text().startswith("__")


def _module_of(node: SgNode) -> str:
    if node.kind() == "future_import_statement":
        return "__future__"
    source = node.field("module_name") or next(iter(node.field_children("name")), node)
    return source.text().split(" ", 1)[0]


def _placed(tree: Tree, head: list[Line], statement: str, item: Wanted) -> TextEdit:
    text, line = tree.text, newline_of(tree.text)
    groups = _groups(text, head)
    group = _group_for(groups, item)
    if group is not None:
        return _in_group(text, group, statement, item)
    earlier = [g for g in groups if max(entry.category for entry in g) < _category(item.module)]
    if earlier:
        last = earlier[-1][-1]
        return _behind(text, last, f"{line}{statement}{line}{_blank_before(text, last.end, line)}")
    if groups:
        place = above_comments(text, groups[0][0].start)
        return TextEdit(place, place, f"{statement}{line}{line}")
    return _first_import(tree, statement, line)


def _groups(text: str, head: list[Line]) -> list[list[Line]]:
    """Imports in stretches without a blank line."""
    groups: list[list[Line]] = []
    for entry in head:
        if groups:
            gap = text[groups[-1][-1].end : entry.start]
            if not re.search(r"\n[ \t]*\r?\n", gap):
                groups[-1].append(entry)
                continue
        groups.append([entry])
    return groups


def _group_for(groups: list[list[Line]], item: Wanted) -> list[Line] | None:
    mine = _category(item.module)
    root = item.module.split(".", 1)[0]
    if mine != 3:
        for group in groups:
            if any(entry.module.split(".", 1)[0] == root for entry in group):
                return group
    for group in groups:
        if any(entry.category == mine for entry in group):
            return group
    return None


def _in_group(text: str, group: list[Line], statement: str, item: Wanted) -> TextEdit:
    line = newline_of(text)
    mixed = any(a.is_from and not b.is_from for a, b in pairwise(group))

    def key(category: int, is_from: bool, module: str) -> tuple[object, ...]:
        name = module.lower()
        return (category, name) if mixed else (category, is_from, name)

    mine = key(_category(item.module), bool(item.name), item.module)
    for entry in group:
        if key(entry.category, entry.is_from, entry.module) > mine and opens_line(text, entry.start):
            if entry is group[0] and entry.category < _category(item.module):
                continue
            place = above_comments(text, entry.start)
            return TextEdit(place, place, f"{statement}{line}")
    return _behind(text, group[-1], f"{statement}{line}")


def _behind(text: str, entry: Line, addition: str) -> TextEdit:
    place = line_end(text, entry.end)
    if not text[:place].endswith("\n"):
        addition = newline_of(text) + addition.rstrip("\r\n")
    return TextEdit(place, place, addition)


def _blank_before(text: str, place: int, line: str) -> str:
    """The blank lines that a new section needs before code which stands directly below `place`."""
    place = line_end(text, place)
    below = text[place : line_end(text, place)]
    if not below.strip():
        return ""
    return line * 2 if re.match(r"(async\s+def|def|class)\b|@", below) else line


def _first_import(tree: Tree, statement: str, line: str) -> TextEdit:
    """The first import of a file: behind docstring and opening comments, a blank line around it."""
    text = tree.text
    children = tree.root.children()
    behind: SgNode | None = None
    for at, node in enumerate(children):
        is_docstring = _is_quiet(node) and not node.text().startswith("__")
        if is_docstring or (node.kind() == "comment" and not _belongs_below(text, children, at)):
            behind = node
        else:
            break
    if behind is None:
        blank = (line * 2 if children[0].kind() in _DEFINITIONS else line) if children else ""
        return TextEdit(0, 0, f"{statement}{line}{blank}")
    place = line_end(text, extent(behind)[1])
    rest = text[place:]
    gap = rest[: len(rest) - len(rest.lstrip("\r\n"))]
    following = next((node for node in children if extent(node)[0] >= place), None)
    wanted = 2 if following is not None and following.kind() in _DEFINITIONS else 1
    below = line * max(0, wanted - gap.count("\n")) if rest.strip() else ""
    addition = f"{line}{statement}{line}{below}"
    if not text[:place].endswith("\n"):
        addition = line + addition
    return TextEdit(place, place, addition)


def _belongs_below(text: str, children: Sequence[SgNode], at: int) -> bool:
    """True for a comment, not at the very top, that stands directly above code."""
    if extent(children[at])[0] == 0:
        return False
    start = extent(children[at])[0]
    above = text[line_start(text, line_start(text, start) - 1) : line_start(text, start)]
    if above.strip():
        return False
    while at + 1 < len(children) and children[at].kind() == "comment":
        gap = text[extent(children[at])[1] : extent(children[at + 1])[0]]
        if gap.count("\n") > 1:
            return False
        at += 1
    return children[at].kind() != "comment"
