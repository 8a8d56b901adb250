"""Lists of names in Python's `from` imports: how one grows, in its own order and layout."""

import re
from collections.abc import Callable, Sequence

from ast_grep_py import SgNode

from softwright.facts.structure import extent
from softwright.rewrite.imports.python_order import WIDTH, member_type
from softwright.rewrite.layout import indentation, line_end, line_start, newline_of, opens_line
from softwright.rewrite.text_edit import TextEdit


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
    if "\n" not in source and width > max(WIDTH, len(source)) and not _has_comment(text, end):
        return [_wrapped(text, statement, _merged(names, items, order))]
    per_line = "(" in source and all(opens_line(text, place[0]) for place, _ in present)
    edits: list[TextEdit] = []
    last: list[str] = []
    for item in items:
        at = _slot(names, item, order)
        if at == len(names):
            last.append(item)
        elif per_line:
            place = above_comments(text, present[at][0][0])
            line = f"{indentation(text, present[at][0][0])}{item},{newline_of(text)}"
            edits.append(TextEdit(place, place, line))
        else:
            place = present[at][0][0]
            edits.append(TextEdit(place, place, f"{item}, "))
    if last:
        edits += _appended(text, present[-1][0], last, per_line=per_line, in_parentheses="(" in source)
    return joined(edits)


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
    return member_type(name), name.lower()


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


def joined(edits: list[TextEdit]) -> list[TextEdit]:
    """Insertions at the same place as one edit, in the order given."""
    found: dict[tuple[int, int], TextEdit] = {}
    for edit in edits:
        key = (edit.start, edit.end)
        found[key] = edit._replace(new=found[key].new + edit.new) if key in found else edit
    return list(found.values())


def above_comments(text: str, place: int) -> int:
    """The line start of `place`, or of the comment lines that stand directly above it."""
    place = line_start(text, place)
    while place:
        above = line_start(text, place - 1)
        if above == 0 or not text[above:place].lstrip().startswith("#"):
            break
        place = above
    return place
