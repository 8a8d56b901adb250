"""Blocks of Python imports as data: statements with their names and comments."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ast_grep_py import SgNode

from softwright.facts.structure import Tree, extent
from softwright.rewrite.layout import indentation, line_end, line_start, opens_line

KINDS = ("import_statement", "import_from_statement", "future_import_statement")
_FOUND: Any = [{"kind": kind} for kind in KINDS]
_ORDERS = ("isort:", "ruff: isort", "ruff:isort", "yapf:")


@dataclass(frozen=True, slots=True)
class Member:
    """One imported name, with the comments above, beside and (of the last one) below it."""

    name: str
    alias: str = ""
    atop: tuple[str, ...] = ()
    inline: tuple[str, ...] = ()
    below: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """As it is written in a list."""
        return f"{self.name} as {self.alias}" if self.alias else self.name


@dataclass(frozen=True, slots=True)
class Statement:
    """One import statement; `module` is "" for a plain `import`, whose members are modules.

    `inline` are comments of its first line, `trailing` of its last; `source` is its text up to the line's
    end; `has_comma` tells of a comma behind the last name, `has_blank` of a blank line above, `near` how many
    of the comments `atop` stand below that. `begin` is
    where its lines begin with the comments directly above, `start` the statement, `end` the end of its line.
    """

    module: str
    members: tuple[Member, ...]
    atop: tuple[str, ...] = ()
    inline: tuple[str, ...] = ()
    trailing: tuple[str, ...] = ()
    has_comma: bool = False
    has_blank: bool = False
    near: int = 0
    source: str = ""
    begin: int = 0
    start: int = 0
    end: int = 0

    @property
    def name(self) -> str:
        """The module it is about."""
        return self.module or self.members[0].name

    @property
    def has_comments(self) -> bool:
        """True when a comment stands inside or beside it."""
        inside = any(m.atop or m.inline or m.below for m in self.members)
        return inside or bool(self.inline or self.trailing)


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive import statements of one body: first character of its lines, end of its last line."""

    start: int
    end: int
    indent: str
    statements: tuple[Statement, ...]
    is_plain: bool

    def groups(self) -> list["Block"]:
        """The stretches without a blank line, each a block of its own."""
        parts: list[list[Statement]] = []
        for statement in self.statements:
            if statement.has_blank or not parts:
                near = statement.atop[len(statement.atop) - statement.near :]
                statement = replace(statement, atop=near)
                parts.append([])
            parts[-1].append(statement)
        return [
            replace(self, start=part[0].begin, end=part[-1].end, statements=tuple(part)) for part in parts
        ]


def read_blocks(tree: Tree) -> list[Block]:
    """Every block of imports in a file, those of nested bodies included."""
    bodies: dict[tuple[int, int], SgNode] = {}
    for node in tree.root.find_all(any=_FOUND):
        parent = node.parent()
        if parent is not None:
            bodies.setdefault(extent(parent), parent)
    return [block for body in bodies.values() for block in _blocks(tree.text, body)]


def _blocks(text: str, body: SgNode) -> Iterator[Block]:
    run: list[SgNode] = []
    comments: list[SgNode] = []
    for node in body.children():
        kind = node.kind()
        if kind in KINDS:
            run.append(node)
        elif kind == "comment":
            comments.append(node)
        else:
            if run:
                yield _block(text, run, comments)
            run, comments = [], []
    if run:
        yield _block(text, run, comments)


def _block(text: str, run: list[SgNode], beside: list[SgNode]) -> Block:
    places = [extent(node) for node in run]
    start, end = line_start(text, places[0][0]), _content_end(text, places[-1][1])
    inner = [comment for node in run for comment in node.find_all(kind="comment")]
    comments = sorted((extent(comment), comment.text()) for comment in [*beside, *inner])
    comments = [comment for comment in comments if start <= comment[0][0] < end]
    statements: list[Statement] = []
    at = start
    for node, place in zip(run, places, strict=True):
        last = line_end(text, place[1])
        mine = [comment for comment in comments if at <= comment[0][0] < last]
        statements.append(_statement(text, node, mine, at))
        at = last
    plain = all(opens_line(text, begins) and _is_closed(text, ends) for begins, ends in places)
    ordered = not any(word in said for _, said in comments for word in _ORDERS)
    return Block(start, end, indentation(text, places[0][0]), tuple(statements), plain and ordered)


def _content_end(text: str, place: int) -> int:
    """The end of the line that holds `place`, without its line ending."""
    end = line_end(text, place)
    return end - len(text[place:end]) + len(text[place:end].rstrip("\r\n"))


def _is_closed(text: str, place: int) -> bool:
    rest = text[place : line_end(text, place)].strip()
    return not rest or rest.startswith("#")


def _statement(
    text: str, node: SgNode, comments: Sequence[tuple[tuple[int, int], str]], after: int
) -> Statement:
    start, end = extent(node)
    atop = tuple(said for place, said in comments if place[0] < start)
    waiting = [comment for comment in comments if comment[0][0] >= start]
    lines = text[after:start].split("\n")[:-1]
    blank = max((at for at, line in enumerate(lines) if not line.strip()), default=-1)
    place: dict[str, Any] = {
        "has_blank": blank >= 0,
        "near": len(lines) - blank - 1,
        "source": text[start : _content_end(text, end)].replace("\r\n", "\n"),
        "begin": after + sum(len(line) + 1 for line in lines[: blank + 1]),
        "start": start,
        "end": _content_end(text, end),
    }
    items = node.field_children("name")
    owner = node.field("module_name")
    module = "__future__" if node.kind().startswith("future") else _plain(owner.text()) if owner else ""
    if node.kind() == "import_statement":
        plain = tuple(_member(item) for item in items)
        return Statement("", plain, atop, tuple(said for _, said in waiting), **place)
    inline: list[str] = []
    first = extent(items[0])[0] if items else end
    if len(items) > 1 or "\n" in text[start:first]:
        inline, waiting = _taken(waiting, line_end(text, start))
    members: tuple[Member, ...] = ()
    for item in items:
        above_it, waiting = _taken(waiting, extent(item)[0])
        beside, waiting = _taken(waiting, line_end(text, extent(item)[1]))
        members += (replace(_member(item), atop=tuple(above_it), inline=tuple(beside)),)
    if not items:
        members = (Member("*"),)
    below, waiting = _taken(waiting, end)
    members = (*members[:-1], replace(members[-1], below=tuple(below)))
    children = [child.kind() for child in node.children() if child.kind() != "comment"]
    has_comma = children[-2:] == [",", ")"]
    trailing = tuple(said for _, said in waiting)
    return Statement(module, members, atop, tuple(inline), trailing, has_comma, **place)


def _taken(
    waiting: list[tuple[tuple[int, int], str]], limit: int
) -> tuple[list[str], list[tuple[tuple[int, int], str]]]:
    """Comments before a place, and the rest."""
    return [s for p, s in waiting if p[0] < limit], [(p, s) for p, s in waiting if p[0] >= limit]


def _member(item: SgNode) -> Member:
    if item.kind() == "aliased_import":
        name, alias = item.field("name"), item.field("alias")
        if name is not None and alias is not None:
            return Member(_plain(name.text()), alias.text())
    return Member(_plain(item.text()))


def _plain(text: str) -> str:
    return "".join(text.split()).replace("\\", "")
