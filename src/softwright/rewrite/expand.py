"""From a match and a template to the new text: bound code keeps its own layout and comments.

Bound nodes are copied from the source. White space and comments between two bound nodes, or between a
bracket and a bound node, are copied as well when the template says the same there.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from ast_grep_py import SgNode

from softwright.facts.structure import Match, extent
from softwright.rewrite.layout import (
    BODIES,
    cut_element,
    cut_statement,
    indentation,
    lift,
    line_start,
    newline_of,
    siblings_in_list,
)
from softwright.rewrite.left_alone import LeftAlone
from softwright.rewrite.template import Hole, Join, Template

_OPEN, _CLOSE = "([{", ")]}"
_SEPARATORS = (",", ";")
_STRINGS = {
    "python": ("string",),
    "javascript": ("template_string",),
    "typescript": ("template_string",),
    "tsx": ("template_string",),
    "go": ("raw_string_literal",),
    "rust": ("string_literal", "raw_string_literal"),
    "java": ("string_literal",),
}
_COMMENTS = {"java": ("line_comment", "block_comment"), "rust": ("line_comment", "block_comment")}
_NEVER_IN_PARENTHESES = re.compile(
    r"_statement$|_definition$|_declaration$|_splat$|_clause$|^block$|^pair$|^keyword_argument$|^argument"
    r"|parameter|^type$|^decorator$|^comment$|_element$|^parenthesized|^tuple$|^spread"
)
_NOISE = re.compile(r"#[^\n]*|//[^\n]*|/\*.*?\*/|\s+", re.DOTALL)
_APPENDED = re.compile(r"\s*,[ \t]*(?P<new>[^\n]*?)(?P<rest>[)\]}].*)", re.DOTALL)


_ELEMENTS_ONLY = frozenset({"list_splat", "dictionary_splat", "keyword_argument", "spread_element"})
_LIST_STARTS, _LIST_ENDS = tuple("([{,"), tuple(")]},")
_BRACKETED = frozenset(
    {"argument_list", "list", "tuple", "set", "dictionary", "parenthesized_expression", "subscript"}
    | {"list_comprehension", "dictionary_comprehension", "set_comprehension", "generator_expression"}
    | {"parameters", "interpolation"}
)
_QUOTED = re.compile(r"(\"{3}|'{3}|[\"'])(?:\\.|(?!\1).)*\1", re.DOTALL)


def _breaks(text: str) -> bool:
    """True when a line of code ends outside of all brackets and strings."""
    if "\n" not in text:
        return False
    depth = 0
    for letter in _QUOTED.sub("''", text):
        depth += (letter in _OPEN) - (letter in _CLOSE)
        if letter == "\n" and depth == 0:
            return True
    return False


@dataclass(slots=True)
class Part:
    """A piece of new text; `source` is the stretch it was copied from, `one` that it must stay one node."""

    text: str
    source: tuple[int, int] | None = None
    one: bool = False
    many: bool = False
    may_wrap: bool = False


@dataclass(slots=True)
class Expansion:
    """The replacement of one match: the stretch to replace and the parts of the new text.

    `parent` is the kind of the node around the match, `is_call` says that the match is a call; `copied` are
    the stretches of source kept in the result; `wrapped` says that the whole stands in parentheses.
    """

    start: int
    end: int
    parts: list[Part]
    parent: str = ""
    is_expression: bool = False
    is_call: bool = False
    wrapped: bool = False
    parenthesized: set[int] = field(default_factory=set)

    @property
    def copied(self) -> list[tuple[int, int]]:
        """Stretches of the source that the result keeps as they are."""
        return [part.source for part in self.parts if part.source]

    @property
    def left_out(self) -> list[tuple[int, int]]:
        """Stretches of the source that the result does not keep."""
        found: list[tuple[int, int]] = []
        at = self.start
        for start, end in sorted(self.copied):
            if at < start:
                found.append((at, start))
            at = max(at, end)
        return [*found, (at, self.end)] if at < self.end else found

    @property
    def text(self) -> str:
        """The new text."""
        return "".join(self.part_text(at) for at in range(-1, len(self.parts) + 1))

    def part_text(self, at: int) -> str:
        """Text of one part; the places before the first and after the last hold the outer parentheses."""
        if at in (-1, len(self.parts)):
            return ("(" if at < 0 else ")") if self.wrapped else ""
        text = self.parts[at].text
        return f"({text})" if at in self.parenthesized else text


def expand(match: Match, template: Template, text: str, spell: Callable[[str], str]) -> Expansion:
    """The replacement of `match` by `template`; `spell` gives the local spelling of an importable name.

    Raises LeftAlone when a comment inside the match would be lost.
    """
    if template.is_deletion:
        return _deletion(match.node, text)
    return _Expander(match, text).run(template, spell)


def _deletion(node: SgNode, text: str) -> Expansion:
    node = lift(node)
    parent = node.parent()
    items, at = siblings_in_list(node)
    if at >= 0 and parent is not None:
        owner = parent.parent()
        if len(items) == 1 and owner is not None and owner.kind() == "class_definition":
            start, end = extent(parent)  # the last base of a class goes with its parentheses
            while start and text[start - 1] in " \t":
                start -= 1
            return Expansion(start, end, [])
        cut = cut_element(text, [extent(item) for item in items], at, at)
    elif parent is not None and (parent.kind() in BODIES or node.kind() == "decorator"):
        cut = cut_statement(text, node)
    else:
        return Expansion(*extent(node), [])
    return Expansion(cut.start, cut.end, [Part(cut.leave)] if cut.leave else [])


@dataclass(slots=True)
class _Slot:
    """A literal, or a stretch of source with its nodes."""

    text: str = ""
    nodes: list[SgNode] = field(default_factory=list)
    start: int = -1
    end: int = -1
    many: bool = False

    @property
    def is_source(self) -> bool:
        return self.start >= 0


class _Expander:
    def __init__(self, match: Match, text: str) -> None:
        self.match = match
        self.text = text
        self.indent = indentation(text, match.start)
        self.comments = _COMMENTS.get(match.pattern.language, ("comment",))

    def run(self, template: Template, spell: Callable[[str], str]) -> Expansion:
        slots = self._without_empty(self._slots(template, spell))
        self._demand_places(slots)
        parts = self._parts(slots)
        self._demand_comments(parts)
        bare = self._over_several_lines(parts)
        outer = lift(self.match.node)
        parent = outer.parent()
        kind = parent.kind() if parent else ""
        return Expansion(
            self.match.start,
            self.match.end,
            self._rebased(parts, slots),
            parent=kind,
            is_call=self.match.node.kind() == "call",
            is_expression=kind not in BODIES and not _NEVER_IN_PARENTHESES.search(self.match.node.kind()),
            parenthesized=bare,
        )

    def _over_several_lines(self, parts: list[Part]) -> set[int]:
        """Parts whose lines were held together by brackets of which none are left around them (Python)."""
        broken = [at for at, part in enumerate(parts) if part.may_wrap and _breaks(part.text)]
        if self.match.pattern.language != "python" or not broken:
            return set()
        if any(node.kind() in _BRACKETED for node in self.match.node.ancestors()):
            return set()
        found: set[int] = set()
        for at in broken:
            literal = "".join(part.text for part in parts[:at] if part.source is None)
            if sum(literal.count(c) for c in _OPEN) == sum(literal.count(c) for c in _CLOSE):
                found.add(at)
        return found

    # -- the slots ---------------------------------------------------------------------------------

    def _demand_places(self, slots: list[_Slot]) -> None:
        """`*d` and `key=d` stay elements of a list: `f($A)` -> `$A.g()` is nothing for `f(*d)`."""
        for at, slot in enumerate(slots):
            if len(slot.nodes) != 1 or slot.nodes[0].kind() not in _ELEMENTS_ONLY:
                continue
            before = slots[at - 1].text.rstrip()[-1:] if at else ""
            behind = slots[at + 1].text.lstrip()[:1] if at + 1 < len(slots) else ""
            is_own = slot.nodes[0].parent() == self.match.node.parent() and len(slots) == 1
            if (before not in _LIST_STARTS or behind not in _LIST_ENDS) and not is_own:
                text = self.text[slot.start : slot.end]
                raise LeftAlone(f"`{text}` is an element of a list and cannot stand elsewhere")

    def _slots(self, template: Template, spell: Callable[[str], str]) -> list[_Slot]:
        slots: list[_Slot] = []
        for piece in template.pieces:
            if isinstance(piece, Hole):
                slots.append(self._hole(piece))
                continue
            if isinstance(piece, Join):
                slots += self._joined(piece)
                continue
            text = self._literal(piece) if isinstance(piece, str) else spell(piece.dotted)
            if slots and not slots[-1].is_source and not slots[-1].many:
                slots[-1].text += text
            else:
                slots.append(_Slot(text))
        return slots

    def _literal(self, text: str) -> str:
        if "\n" not in text:
            return text
        first, *rest = text.split("\n")
        lines = [first]
        for line in rest:
            if "\t" in self.indent:
                body = line.lstrip(" ")
                line = "\t" * ((len(line) - len(body)) // 4) + body
            lines.append(self.indent + line if line.strip() else line)
        if not rest[-1].strip():
            lines[-1] = self.indent + lines[-1]  # code follows on this line
        return newline_of(self.text).join(lines)

    def _hole(self, hole: Hole) -> _Slot:
        if hole.name in self.match.pattern.transform:
            return _Slot(self.match.transformed(hole.name) or "")
        if hole.many:
            nodes = _trimmed(self.match.many(hole.name), self.comments)
            if not nodes:
                return _Slot(many=True)
            return _Slot("", nodes, extent(nodes[0])[0], extent(nodes[-1])[1], many=True)
        node = self.match.one(hole.name)
        return _Slot("", [node], *extent(node)) if node is not None else _Slot()

    def _joined(self, join: Join) -> list[_Slot]:
        nodes = [node for node in self.match.many(join.name) if self._is_element(node)]
        if not nodes:
            return [_Slot(many=True)]
        slots: list[_Slot] = []
        for node in nodes:
            slots += [_Slot(join.separator), _Slot("", [node], *extent(node))]
        return slots[1:]

    def _is_element(self, node: SgNode) -> bool:
        return node.is_named() and node.kind() not in self.comments

    def _without_empty(self, slots: list[_Slot]) -> list[_Slot]:
        """Slots without empty sequences; each takes one neighbouring comma with it."""
        kept: list[_Slot] = []
        for at, slot in enumerate(slots):
            if not (slot.many and not slot.is_source):
                kept.append(slot)
                continue
            behind = slots[at + 1] if at + 1 < len(slots) else None
            if behind is not None and not behind.is_source and re.match(r"\s*,", behind.text):
                behind.text = re.sub(r"^\s*,\s*", "", behind.text)
            elif kept and not kept[-1].is_source:
                kept[-1].text = re.sub(r",\s*$", "", kept[-1].text)
        joined: list[_Slot] = []
        for slot in kept:
            if joined and not joined[-1].is_source and not slot.is_source:
                joined[-1] = _Slot(joined[-1].text + slot.text)
            else:
                joined.append(slot)
        return joined

    # -- literals that take over the layout of the source ----------------------------------------------

    def _parts(self, slots: list[_Slot]) -> list[Part]:
        parts: list[Part] = []
        for at, slot in enumerate(slots):
            if slot.is_source:
                wrap = not slot.many and not _NEVER_IN_PARENTHESES.search(slot.nodes[0].kind())
                place = (slot.start, slot.end)
                parts.append(Part(self.text[slot.start : slot.end], place, not slot.many, slot.many, wrap))
                continue
            before = slots[at - 1] if at else None
            behind = slots[at + 1] if at + 1 < len(slots) else None
            parts += self._with_gaps(slot.text, before, behind)
        return parts

    def _with_gaps(self, literal: str, before: _Slot | None, behind: _Slot | None) -> list[Part]:
        if before is not None and behind is not None and before.end <= behind.start:
            gap = self.text[before.end : behind.start]
            if not set(gap) & set("\"'`") and _NOISE.sub("", gap) == _NOISE.sub("", literal):
                return [Part(gap, (before.end, behind.start))]
        parts: list[Part] = []
        tail: list[Part] = []
        if before is not None:
            head, literal = self._behind_source(before, literal)
            parts += head
        if behind is not None:
            literal, tail = self._before_source(behind, literal)
        return [*parts, *([Part(literal)] if literal else []), *tail]

    def _before_source(self, slot: _Slot, literal: str) -> tuple[str, list[Part]]:
        """Keep what stands between an opening bracket, or the colon of a block, and the first bound node."""
        bare = literal.rstrip()
        # (a template that gives the block a line of its own says how it is laid out)
        has_line = "\n" in literal[len(bare) :]
        is_python = self.match.pattern.language == "python"
        opens_block = slot.many and bare.endswith(":") and is_python and not has_line
        if not bare or (bare[-1] not in _OPEN and not opens_block):
            return literal, []
        bracket = self._neighbour(slot.nodes[0], forward=False)
        if bracket is None or bracket.kind() != bare[-1] or extent(bracket)[1] < self.match.start:
            return literal, []
        place = (extent(bracket)[1], slot.start)
        return bare, [Part(self.text[place[0] : place[1]], place)]

    def _behind_source(self, slot: _Slot, literal: str) -> tuple[list[Part], str]:
        """Keep what stands between the last bound node and a closing bracket."""
        bracket = self._neighbour(slot.nodes[-1], forward=True)
        if bracket is None or extent(bracket)[0] >= self.match.end or bracket.kind() not in _CLOSE:
            return [], literal
        place = (slot.end, extent(bracket)[0])
        gap = self.text[place[0] : place[1]]
        bare = literal.lstrip()
        if bare[:1] == bracket.kind():
            return [Part(gap, place)], bare
        added = _APPENDED.fullmatch(literal)
        if not added or not added["new"] or added["rest"][0] != bracket.kind() or "\n" not in gap:
            return [], literal
        return self._one_line_more(slot, gap, place, added)

    def _one_line_more(
        self, slot: _Slot, gap: str, place: tuple[int, int], added: re.Match[str]
    ) -> tuple[list[Part], str]:
        """A new element behind a list whose closing bracket has its own line gets its own line too."""
        comma = gap.lstrip().startswith(",")
        kept, _, closing = gap.rpartition("\n")
        if not comma:
            kept = "," + kept
        indent = indentation(self.text, slot.start)
        line = f"{indent}{added['new']}{',' if comma else ''}"
        carriage = "\r" if kept.endswith("\r") else ""
        return [Part(kept, place), Part(f"\n{line}{carriage}\n{closing}")], added["rest"]

    def _neighbour(self, node: SgNode, *, forward: bool) -> SgNode | None:
        skipped = (*self.comments, *_SEPARATORS) if forward else self.comments
        other = node.next() if forward else node.prev()
        while other is not None and other.kind() in skipped:
            other = other.next() if forward else other.prev()
        return other

    # -- indentation and comments ---------------------------------------------------------------------

    def _rebased(self, parts: list[Part], slots: list[_Slot]) -> list[Part]:
        nodes = {(slot.start, slot.end): slot.nodes for slot in slots if slot.is_source}
        written = self.text[line_start(self.text, self.match.start) : self.match.start]
        for part in parts:
            if part.source and "\n" in part.text and part.source in nodes:
                wanted = _leading(written[written.rfind("\n") + 1 :])
                part.text = self._moved(part, nodes[part.source], wanted)
            written += part.text
        return parts

    def _moved(self, part: Part, nodes: list[SgNode], wanted: str) -> str:
        """The part with its second and further lines indented as its new place wants; strings stay."""
        assert part.source is not None
        start = part.source[0]
        had = indentation(self.text, start)
        if had == wanted:
            return part.text
        kinds = _STRINGS[self.match.pattern.language]
        strings = [extent(s) for node in nodes for s in node.find_all(any=[{"kind": kind} for kind in kinds])]
        out, at = [], 0
        for line in part.text.splitlines(keepends=True):
            place = start + at
            inside = any(first < place <= last for first, last in strings)
            if at and not inside and line.strip() and line.startswith(had):
                out.append(wanted + line[len(had) :])
            else:
                out.append(line)
            at += len(line)
        return "".join(out)

    def _demand_comments(self, parts: list[Part]) -> None:
        source = self.text[self.match.start : self.match.end]
        if "#" not in source and "//" not in source and "/*" not in source:
            return
        if self.match.node.kind() in self.comments:
            return  # the comment is what the rule is about
        kept = [part.source for part in parts if part.source]
        for comment in self.match.node.find_all(any=[{"kind": kind} for kind in self.comments]):
            start, end = extent(comment)
            if not any(first <= start and end <= last for first, last in kept):
                raise LeftAlone(
                    f"the comment `{' '.join(comment.text().split())}` would be lost",
                    hint="move the comment in front of the statement",
                )


def _trimmed(nodes: list[SgNode], comments: tuple[str, ...]) -> list[SgNode]:
    """A bound sequence without separators and comments at its ends."""
    idle = (*comments, *_SEPARATORS)
    first, last = 0, len(nodes)
    while first < last and nodes[first].kind() in idle:
        first += 1
    while last > first and nodes[last - 1].kind() in idle:
        last -= 1
    return nodes[first:last]


def _leading(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t\f"))]
