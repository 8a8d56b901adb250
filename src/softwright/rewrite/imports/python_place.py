"""Where an import goes in a Python file and how it leaves: sections, sorted lists, their layout."""

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ast_grep_py import SgNode

from softwright.facts.structure import Import, Tree, extent
from softwright.rewrite.imports.spec import Wanted
from softwright.rewrite.layout import (
    cut_element,
    cut_statement,
    indentation,
    line_end,
    line_start,
    newline_of,
    opens_line,
)
from softwright.rewrite.text_edit import TextEdit

LINE_LENGTH = 88
"""Width beyond which an extended one-line import is wrapped."""

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


def extend_statement(text: str, statement: SgNode, items: Sequence[str]) -> list[TextEdit]:
    """Edits that add items to a `from` import, where its order wants them and in its own layout."""
    present = [(extent(node), node.text()) for node in statement.field_children("name")]
    names = [name for _, name in present]
    items = [item for item in items if item not in names]
    start, end = extent(statement)
    source = text[start:end]
    if not items:
        return []
    order = _order(names)
    width = start - line_start(text, start) + len(source) + sum(len(item) + 2 for item in items)
    if "\n" not in source and width > max(LINE_LENGTH, len(source)) and not _has_comment(text, end):
        return [_wrapped(text, statement, _merged(names, items, order))]
    per_line = "(" in source and all(opens_line(text, place[0]) for place, _ in present)
    edits: list[TextEdit] = []
    last: list[str] = []
    for item in items:
        at = _slot(names, item, order)
        if at == len(names):
            last.append(item)
        elif per_line:
            place = _above_comments(text, present[at][0][0])
            line = f"{indentation(text, present[at][0][0])}{item},{newline_of(text)}"
            edits.append(TextEdit(place, place, line))
        else:
            place = present[at][0][0]
            edits.append(TextEdit(place, place, f"{item}, "))
    if last:
        edits += _appended(text, present[-1][0], last, per_line=per_line, in_parentheses="(" in source)
    return _joined(edits)


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
    return _joined([_placed(tree, head, line, item) for line, item in sorted(statements.items())])


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
    first, last = line_start(text, start), line_end(text, end)
    above = text[line_start(text, first - 1) : first] if first else "\n"
    below = text[last : line_end(text, last)]
    if not text[:first].strip():
        while last < len(text) and not text[last : line_end(text, last)].strip():
            last = line_end(text, last)  # nothing is above: the file begins with code
    elif not above.strip() and below and not below.strip():
        last = line_end(text, last)  # a section that is gone leaves one blank line less
    return [TextEdit(first, last, "")]


# -- extending a list -------------------------------------------------------------------------------------


def _order(names: Sequence[str]) -> Callable[[str], object] | None:
    """The key by which the names are sorted, None when they are not."""
    keys: list[Callable[[str], object]] = [_by_case, str.lower, lambda name: name]
    for key in keys:
        ranked = [key(name.split(" ")[0]) for name in names]
        if ranked == sorted(ranked):  # type: ignore[type-var]
            return key
    return None


def _by_case(name: str) -> tuple[int, str]:
    """isort's order: CONSTANTS, Classes, functions."""
    group = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return group, name.lower()


def _slot(names: Sequence[str], item: str, order: Callable[[str], object] | None) -> int:
    if order is None:
        return len(names)
    mine = order(item.split(" ")[0])
    for at, name in enumerate(names):
        if order(name.split(" ")[0]) > mine:  # type: ignore[operator]
            return at
    return len(names)


def _merged(names: Sequence[str], items: Sequence[str], order: Callable[[str], object] | None) -> list[str]:
    merged = list(names)
    for item in items:
        merged.insert(_slot(merged, item, order), item)
    return merged


def _appended(
    text: str, last: tuple[int, int], items: Sequence[str], *, per_line: bool, in_parentheses: bool
) -> list[TextEdit]:
    """Items behind the last one; a comment on that line stays with the last one."""
    newline, indent, place = newline_of(text), indentation(text, last[0]), last[1]
    comment = re.match(r"[ \t]*(,?)[ \t]*#", text[place : line_end(text, place)]) if in_parentheses else None
    if comment is None:
        gap = newline + indent if per_line else " "
        return [TextEdit(place, place, "".join(f",{gap}{item}" for item in items))]
    end = line_end(text, place)
    indent = indent if opens_line(text, last[0]) else indent + "    "
    lines = [f"{indent}{item},{newline}" for item in items]
    if comment[1]:
        return [TextEdit(end, end, "".join(lines))]
    lines[-1] = lines[-1].replace(",", "")
    return [TextEdit(place, place, ","), TextEdit(end, end, "".join(lines))]


def _has_comment(text: str, place: int) -> bool:
    """True when a comment closes the line: in a longer statement it would stand on another line."""
    return text[place : line_end(text, place)].lstrip().startswith("#")


def _wrapped(text: str, statement: SgNode, names: Sequence[str]) -> TextEdit:
    """The whole statement with one name a line, in parentheses."""
    start, end = extent(statement)
    head = re.match(r"from\s+\S+\s+import\s*", text[start:end])
    opening = head[0].rstrip() if head else ""
    line = newline_of(text)
    body = "".join(f"    {name},{line}" for name in names)
    return TextEdit(start, end, f"{opening} ({line}{body})")


def _joined(edits: list[TextEdit]) -> list[TextEdit]:
    """Insertions at the same place as one edit, in the order given."""
    found: dict[tuple[int, int], TextEdit] = {}
    for edit in edits:
        key = (edit.start, edit.end)
        found[key] = edit._replace(new=found[key].new + edit.new) if key in found else edit
    return list(found.values())


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
        place = _above_comments(text, groups[0][0].start)
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
            place = _above_comments(text, entry.start)
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


def _above_comments(text: str, place: int) -> int:
    """The line start of `place`, or of the comment lines that stand directly above it."""
    place = line_start(text, place)
    while place:
        above = line_start(text, place - 1)
        if above == 0 or not text[above:place].lstrip().startswith("#"):
            break
        place = above
    return place


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
    below = "" if not rest.strip() or not rest.split("\n", 1)[0].strip() else line
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
