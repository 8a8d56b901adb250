"""What was sorted stays sorted: blocks of imports after edits, in the style that they had before."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain, product

from softwright.facts.structure import Tree
from softwright.rewrite.imports.python_arrange import (
    arranged,
    is_arranged,
    lists_in_order,
    put_in_order,
    single_line,
)
from softwright.rewrite.imports.python_block import Block, Statement, read_blocks
from softwright.rewrite.imports.python_order import WIDTH, Style
from softwright.rewrite.layout import newline_of
from softwright.rewrite.text_edit import TextEdit

_WIDTHS = (79, 80, 88, 100, 110, 120, 127, 140, 160)
_PROSE = re.compile(r"[\"'#]|^[^()=.\[\]]*$")
_FEW = 3  # longer lines than the width, for one reason or another


def sorted_again(before: Tree, after: Tree, place: Callable[[int], int], path: str) -> list[TextEdit]:
    """Edits of `after` that restore the order its changed blocks of imports had in `before`.

    `place` gives for a place of `after` the nearest one of `before`. Where a block as a whole followed no
    known order, its stretches without blank lines are looked at, then its lists one by one.
    """
    old = [block for block in read_blocks(before) if block.is_plain]
    restoration = _Restoration(before, after, place, path, old)
    edits: list[TextEdit] = []
    for block in read_blocks(after):
        was = _origin(block, old, place)
        if was is None or not block.is_plain:
            continue
        if before.text[was.start : was.end] == after.text[block.start : block.end]:
            continue
        edits += restoration.of(was, block)
    return edits


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")


def _origin(block: Block, old: Sequence[Block], place: Callable[[int], int]) -> Block | None:
    """The block it was before the edits, None when it came from none or from several."""
    found: Counter[int] = Counter()
    for statement in block.statements:
        at = place(statement.start)
        inside = [n for n, was in enumerate(old) if was.start <= at <= was.end]
        found.update(inside or [n for n, was in enumerate(old) if was.end < at <= was.end + 2])
    return old[found.most_common(1)[0][0]] if len(found) == 1 else None


class _Restoration:
    """The search for the style that a block had, and the block written in it."""

    def __init__(
        self, before: Tree, after: Tree, place: Callable[[int], int], path: str, blocks: Sequence[Block]
    ) -> None:
        self._before = before
        self._after = after
        self._place = place
        self._path = path
        self._blocks = blocks

    @cached_property
    def _width(self) -> int:
        return _width(self._before.text)

    @cached_property
    def _usual(self) -> list[Style]:
        """The style of the file's largest block: small ones leave much open."""
        largest = max(self._blocks, key=lambda block: len(block.statements))
        style = self._style(largest, _styles(largest, self._path))
        return [] if style is None else [style]

    def of(self, was: Block, block: Block) -> list[TextEdit]:
        """Edits for the whole block, else for each of its stretches, else for their lists."""
        style = self._style(was, chain(self._usual, _styles(was, self._path)))
        if style is not None:
            return self._edit(block, style)
        edits: list[TextEdit] = []
        groups = was.groups()
        for group in block.groups():
            old = _origin(group, groups, self._place)
            flat = self._style(old, _flat_styles(old)) if old is not None else None
            edits += self._edit(group, flat) if flat is not None else self._lists(was, group)
        return edits

    def _style(self, was: Block, styles: Iterator[Style]) -> Style | None:
        """The first style in which the block was written."""
        earlier = _lines(self._before.text[was.start : was.end])
        lines = [single_line(s) for s in was.statements if s.module and "\n" not in s.source]
        longest = max((len(was.indent) + len(line) for line in lines), default=0)
        width = next((w for w in (self._width, *_WIDTHS) if w >= max(longest, self._width)), longest)
        for style in (replace(style, width=width) for style in styles):
            if is_arranged(was.statements, style, was.indent, earlier):
                return style
        return None

    def _edit(self, block: Block, style: Style) -> list[TextEdit]:
        text = self._after.text
        new = arranged(block.statements, style, block.indent)
        if new == _lines(text[block.start : block.end]):
            return []
        return [TextEdit(block.start, block.end, new.replace("\n", newline_of(text)))]

    def _lists(self, was: Block, group: Block) -> list[TextEdit]:
        """The lists that were in order and no longer are."""
        edits: list[TextEdit] = []
        for one in group.statements:
            at = self._place(one.start)
            old = next((s for s in was.statements if s.start <= at <= s.end), None)
            if old is None or not one.module or one.source == old.source:
                continue
            style = next((style for style in _list_styles() if lists_in_order([old], style)), None)
            if style is None:
                continue
            new = put_in_order(one, replace(style, width=self._width), group.indent)
            if new.source != one.source:
                source = new.source.replace("\n", newline_of(self._after.text))
                edits.append(TextEdit(one.start, one.end, source))
        return edits


def _styles(was: Block, path: str) -> Iterator[Style]:
    """The styles that may have made a block, the usual ones first."""
    statements = was.statements
    repeated = _repeats(statements)
    aliased = any(member.alias for one in statements if one.module for member in one.members)
    yes_no, no = (False, True), (False,)
    for kept, first_party in product(yes_no, _first_parties(was, path)):
        options = product(
            yes_no,
            (True, False),
            yes_no,
            yes_no if aliased else no,
            yes_no if repeated and not kept else no,
            (True, False) if kept else (True,),
        )
        for within, by_type, case, combine, single, gap in options:
            style = Style(
                by_type=by_type,
                case_sensitive=case,
                within_sections=within,
                combine_as=combine,
                single_line=single,
                is_kept=kept,
                joins=not (kept and repeated),
                gap=gap,
                first_party=first_party,
            )
            yield replace(style, sorts_lists=lists_in_order(statements, style))


def _flat_styles(was: Block) -> Iterator[Style]:
    """The orders that a stretch without sections may have."""
    joins = not _repeats(was.statements)
    for within, by_type, case in product((False, True), (True, False), (False, True)):
        style = Style(
            by_type=by_type,
            case_sensitive=case,
            within_sections=within,
            combine_as=True,
            is_kept=True,
            joins=joins,
            has_sections=False,
        )
        yield replace(style, sorts_lists=lists_in_order(was.statements, style))


def _list_styles() -> Iterator[Style]:
    for by_type, case in product((True, False), (False, True)):
        yield Style(by_type=by_type, case_sensitive=case, is_kept=True)


def _repeats(statements: Sequence[Statement]) -> bool:
    """True when a module is imported from in two statements."""
    modules = [one.module for one in statements if one.module]
    return len(set(modules)) < len(modules)


def _first_parties(was: Block, path: str) -> list[frozenset[str]]:
    """What may be the project's own packages: folders above the file, or what stands apart at the end."""
    folders = frozenset(path.split("/")[:-1])
    foreign: list[set[str]] = []
    for group in was.groups():
        roots = {one.name.split(".", 1)[0] for one in group.statements if not one.name.startswith(".")}
        others = {root for root in roots if Style().section(root) == 2}
        foreign += [others] if others else []
    apart = frozenset(foreign[-1]).difference(*foreign[:-1]) if len(foreign) > 1 else frozenset[str]()
    known = frozenset[str]().union(*foreign)
    by_effect: dict[frozenset[str], frozenset[str]] = {}
    for guess in (folders, frozenset[str](), folders | apart, apart):
        by_effect.setdefault(guess & known, guess)
    return list(by_effect.values())


def _width(text: str) -> int:
    """The width that a file's code keeps to; texts and comments may be longer in any file."""
    lengths = Counter(len(line.rstrip()) for line in text.split("\n") if not _PROSE.search(line))
    if sum(count for length, count in lengths.items() if length > WIDTH) < _FEW:
        return WIDTH
    fitting = (w for w in _WIDTHS if sum(n for length, n in lengths.items() if length > w) < _FEW)
    return next(fitting, WIDTH)
