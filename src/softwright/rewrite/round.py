"""One round over one tree: all matches, who wins where they clash, and the edits that parse."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate

from softwright.core import InvalidInput, Span
from softwright.facts.structure import Decoded, Found, Match, Tree, found, is_whole
from softwright.rewrite.expand import Expansion, Part, expand
from softwright.rewrite.imports import ImportFixer, Leaving, parse_import
from softwright.rewrite.left_alone import LeftAlone, Place, Unfit
from softwright.rewrite.result import Overlap
from softwright.rewrite.rule import Rule, RuleStep, Step
from softwright.rewrite.statements import BY_STATEMENT, changed_statements
from softwright.rewrite.suppress import is_suppressed, protections
from softwright.rewrite.syntax import (
    ANY,
    Placed,
    count_errors,
    is_operand,
    parse,
    parse_statements,
    stands_as_one,
)
from softwright.rewrite.text_edit import Composition, TextEdit, apply_text_edits

_MENDING_ROUNDS = 4


@dataclass(slots=True)
class Site:
    """A match that a rule wants to rewrite; `place` is where it lies in the original, if it does."""

    rule: Rule
    step: Step
    match: Match
    place: tuple[int, int] | None
    is_original: bool = False

    def found(self, decoded: Decoded) -> Found | None:
        """The site as plain data of the original file."""
        if self.place is None:
            return None
        if self.is_original:
            return found(self.match, decoded)
        start, end = self.place
        span = Span(decoded.byte_offset(start), decoded.byte_offset(end))
        return Found(span, decoded.text[start:end], self.match.node.kind())


@dataclass(slots=True)
class Waiting:
    """A match that lost its place in an earlier round: where it would be now, and to whom it lost."""

    rule: Rule
    start: int
    end: int
    winner: str
    place: tuple[int, int]


class Round:
    """Matches, winners and edits on one tree."""

    def __init__(self, tree: Tree, steps: Sequence[RuleStep], waiting: Sequence[Waiting]) -> None:
        self.tree = tree
        self.steps = steps
        self.waiting = list(waiting)
        self.sites: list[Site] = []
        self.searched: list[Site] = []
        self.suppressed: list[int] = []
        self.notes: list[str] = []
        self.places: list[Place] = []
        """Where, in the original, the winners are."""
        self._place_by_site: dict[int, Place] = {}
        self._expansions: list[tuple[Site, Expansion]] = []
        self._losers: list[tuple[Site, Site]] = []

    # -- matching --------------------------------------------------------------------------------------

    def match(
        self,
        composition: Composition,
        *,
        spared: Collection[Place] = frozenset(),
        original_only: Collection[int] = frozenset(),
    ) -> None:
        """Collect the matches of all steps that no comment protects, in order of precedence.

        Those at `spared` places are passed over, and those of steps (by `id`) that are `original_only` in
        what was written by an earlier round.
        """
        text = self.tree.text
        marks = protections(self.tree)
        is_original = text == composition.original
        for rule, step in self.steps:
            for match in self.tree.matches(step.pattern):
                if step.fix is not None and not is_whole(match):
                    continue
                if spared and _place_of(rule, match, composition) in spared:
                    continue
                if marks and is_suppressed(text, (match.start, match.end), rule.id, marks):
                    self.suppressed.append(_line(match, composition))
                    continue
                site = Site(rule, step, match, _place(match, composition), is_original)
                (self.sites if step.fix is not None else self.searched).append(site)
        by_start = sorted(self.sites, key=lambda site: site.match.start) if self.waiting else []
        self.waiting = [w for w in self.waiting if not self._found_again(w, by_start, composition.original)]
        if original_only:
            self.sites = [s for s in self.sites if s.place is not None or id(s.step) not in original_only]

    def _found_again(self, w: "Waiting", by_start: Sequence[Site], original: str) -> bool:
        """Whether what waited is matched now; its site then gets its place in the original."""
        first, last = (
            bisect_left(by_start, place, key=lambda s: s.match.start) for place in (w.start, w.end + 1)
        )
        again = [
            site for site in by_start[first:last] if site.rule.id == w.rule.id and site.match.end <= w.end
        ]
        wanted = original[w.place[0] : w.place[1]]
        lost = [site for site in again if site.place is None]
        same = [s for s in lost if self.tree.text[s.match.start : s.match.end] == wanted]
        for site in (same or lost)[:1]:
            site.place = w.place
        return bool(again)

    # -- edits -----------------------------------------------------------------------------------------

    def edits(
        self, fixer: ImportFixer | None, composition: Composition, errors_before: Callable[[], int]
    ) -> list[TextEdit]:
        """The edits of the winners and of their imports, as they parse.

        Raises Unfit when no set of parentheses makes the result parse, or when an import finds no name.
        """
        self._choose(fixer, composition)
        if not self._expansions:
            self.sites = []
            return []
        imports = self._imports(fixer)
        for _ in range(_MENDING_ROUNDS):
            edits, placed = self._written(imports)
            if self._mended(edits, placed, errors_before):
                return edits
        raise Unfit(self._names(), "the result would not keep its meaning, even with parentheses")

    def _choose(self, fixer: ImportFixer | None, composition: Composition) -> None:
        winners: list[Site] = []
        unfit: list[tuple[Site, InvalidInput]] = []
        taken = _Taken()
        for site in self.sites:
            assert site.step.fix is not None
            spell = partial(fixer.spell, node=site.match.node) if fixer else str
            clash = taken.by(site.match.start, site.match.end)
            if clash is not None:
                self._losers.append((site, clash))
                continue
            try:
                expansion = expand(site.match, site.step.fix, self.tree.text, spell)
            except LeftAlone as error:
                line = _line(site.match, composition)
                self.notes.append(f"{site.rule.id}: line {line} left alone: {error.message}")
                continue
            except InvalidInput as error:
                unfit.append((site, error))
                continue
            if expansion.text == self.tree.text[expansion.start : expansion.end]:
                continue  # nothing to do here; what is nested inside may still win
            clash = taken.by(expansion.start, expansion.end)
            if clash is not None:
                self._losers.append((site, clash))
                continue
            taken.add(expansion, site)
            winners.append(site)
        self._place_by_site = {id(site): _place_of(site.rule, site.match, composition) for site in winners}
        self.places = list(self._place_by_site.values())
        if unfit:
            names = ", ".join(dict.fromkeys(site.rule.id for site, _ in unfit))
            culprits = [_place_of(site.rule, site.match, composition) for site, _ in unfit]
            raise Unfit(names, unfit[0][1].message, culprits=culprits, hint=unfit[0][1].hint)
        self.sites = winners
        self._expansions = taken.pairs

    def _imports(self, fixer: ImportFixer | None) -> list[TextEdit]:
        if fixer is None:
            return []
        for rule in {site.rule.id: site.rule for site in self.sites}.values():
            mine = [(s, e) for s, e in self._expansions if s.rule.id == rule.id]
            for statement in rule.imports_add:
                for wanted in parse_import(statement, rule.language):
                    users = [s for s, e in mine if wanted.module == "__future__" or wanted.local in e.text]
                    nodes = [site.match.node for site in users]
                    leaving = Leaving(rule.imports_remove, [s for _, e in mine for s in e.left_out])
                    if users:
                        try:
                            fixer.require(wanted, nodes, leaving)
                        except InvalidInput as error:
                            culprits = self._places_of(users)
                            raise Unfit(rule.id, error.message, culprits=culprits, hint=error.hint) from error
        origin = ",".join(dict.fromkeys(site.rule.id for site in self.sites))
        taken = [(e.start, e.end) for _, e in self._expansions]
        edits = [TextEdit(*edit[:3], origin) for edit in fixer.additions(taken)]
        torn = [s for s, x in self._expansions if any(e.start < x.end and x.start < e.end for e in edits)]
        if torn:
            reason = "a new import would stand inside of what the rule rewrites"
            raise Unfit(origin, reason, culprits=self._places_of(torn))
        return edits

    def _written(self, imports: Sequence[TextEdit]) -> tuple[list[TextEdit], list["_Check"]]:
        """The edits, and where every part of them lies in the new text (in bytes)."""
        edits = [*imports, *(TextEdit(e.start, e.end, e.text, s.rule.id) for s, e in self._expansions)]
        by_edit = {(e.start, e.end): e for _, e in self._expansions}
        edits.sort(key=lambda edit: (edit.start, edit.end))
        checks: list[_Check] = []
        at = written = 0
        for edit in edits:
            written += _size(self.tree.text[at : edit.start])
            expansion = by_edit.get((edit.start, edit.end))
            if expansion is not None and edit not in imports and not self._is_sure(expansion):
                checks += _checks(expansion, written)
            written += _size(edit.new)
            at = edit.end
        return edits, checks

    def _is_sure(self, expansion: Expansion) -> bool:
        """True when an operand takes the place of a call: the tree around it stays as it is."""
        text, start, end = self.tree.text, expansion.start, expansion.end
        if self.tree.language not in BY_STATEMENT or not expansion.is_call:
            return False
        if any(letter.isalnum() or letter == "_" for letter in text[start - 1 : start] + text[end : end + 1]):
            return False  # without a blank two words would become one
        parts = [check.placed for check in _checks(expansion, 0) if check.part >= 0]
        return is_operand(expansion.text, parts, self.tree.language)

    def _mended(
        self, edits: Sequence[TextEdit], checks: Sequence["_Check"], errors_before: Callable[[], int]
    ) -> bool:
        """True when the result parses as meant; else parentheses are added where they are missing."""
        if not checks and self.tree.language in BY_STATEMENT and all(e.new for e in edits):
            return True  # Python's own parser has the last word
        spared = changed_statements(self.tree, edits)
        tree = parse_statements(spared, self.tree.language) if spared is not None else None
        if tree is None:
            tree, _ = parse(apply_text_edits(self.tree.text, edits), self.tree.language)
        failed = [check for check in checks if not stands_as_one(tree, check.placed)]
        if not failed:
            errors = count_errors(tree)
            if errors and errors > errors_before():
                raise Unfit(self._names(), "the result would not parse")
            return True
        inner = [check for check in failed if check.part >= 0]
        stuck = {id(check.expansion) for check in inner or failed if not check.wrap()}
        if stuck:
            culprits = self._places_of([s for s, e in self._expansions if id(e) in stuck])
            reason = "the result would not parse as the rule means it"
            raise Unfit(self._names(), reason, culprits=culprits)
        return False

    def _places_of(self, sites: Sequence[Site]) -> list[Place]:
        return [self._place_by_site[id(site)] for site in sites]

    def _names(self) -> str:
        return ", ".join(dict.fromkeys(site.rule.id for site in self.sites))

    # -- after the edits --------------------------------------------------------------------------------

    def remap(self, edits: Sequence[TextEdit]) -> None:
        """Turn the losers into places of the new text, where the next round looks for them."""
        shifts = _Shifts(edits)
        for loser, winner in self._losers:
            if loser.place is None or _same_site(loser, winner):
                continue
            start, end = shifts.moved(loser.match.start, loser.match.end)
            self.waiting.append(Waiting(loser.rule, start, end, winner.rule.id, loser.place))

    def reported(self) -> list[Site]:
        """Sites rewritten in this round and, in the original text, those only searched for, by place."""
        searched = [site for site in self.searched if site.is_original]
        return sorted([*self.sites, *searched], key=lambda site: site.match.start)

    def dropped(self, decoded: Decoded) -> list[Overlap]:
        """What waited in vain."""
        overlaps: list[Overlap] = []
        for w in self.waiting:
            start, end = w.place
            span = Span(decoded.byte_offset(start), decoded.byte_offset(end))
            overlaps.append(Overlap(w.winner, w.rule.id, span, decoded.text[start:end]))
        return overlaps


class _Taken:
    """Disjoint expansions in order of place, with the sites they belong to."""

    def __init__(self) -> None:
        self.pairs: list[tuple[Site, Expansion]] = []
        self._starts: list[int] = []

    def by(self, start: int, end: int) -> Site | None:
        """A site whose expansion shares characters with the stretch."""
        at = bisect_right(self._starts, start)
        for site, expansion in self.pairs[max(0, at - 1) : at + 1]:
            if expansion.start < end and start < expansion.end:
                return site
        return None

    def add(self, expansion: Expansion, site: Site) -> None:
        """Take the place of an expansion that clashes with none."""
        at = bisect_right(self._starts, expansion.start)
        self._starts.insert(at, expansion.start)
        self.pairs.insert(at, (site, expansion))


@dataclass(slots=True)
class _Check:
    """A part (or, at -1, the whole) of an expansion that must stand as one in the new text."""

    expansion: Expansion
    part: int
    placed: Placed

    def wrap(self) -> bool:
        """Put it in parentheses; False when that is impossible or was done."""
        if self.part < 0:
            if not self.expansion.is_expression or self.expansion.wrapped:
                return False
            self.expansion.wrapped = True
            return True
        part = self.expansion.parts[self.part]
        if not part.may_wrap or self.part in self.expansion.parenthesized:
            return False
        self.expansion.parenthesized.add(self.part)
        return True


def _checks(expansion: Expansion, at: int) -> list[_Check]:
    checks: list[_Check] = []
    start = at
    at += _size(expansion.part_text(-1))
    for place, part in enumerate(expansion.parts):
        size = _size(expansion.part_text(place))
        if _is_checked(part) and place not in expansion.parenthesized:
            checks.append(_Check(expansion, place, Placed(at, at + size, ANY if part.many else "")))
        at += size
    at += _size(expansion.part_text(len(expansion.parts)))
    if expansion.parts and expansion.parent:
        checks.append(_Check(expansion, -1, Placed(start, at, expansion.parent)))
    return checks


def _is_checked(part: Part) -> bool:
    return part.source is not None and (part.one or part.many)


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _same_site(a: Site, b: Site) -> bool:
    """Two steps of one rule for one node: the first is meant to win."""
    same_node = (a.match.start, a.match.end) == (b.match.start, b.match.end)
    return same_node and a.rule.id == b.rule.id


def _place_of(rule: Rule, match: Match, composition: Composition) -> Place:
    """The place of a match in the original; in replaced text, that of what was replaced."""
    last = composition.nearest_place(max(match.start, match.end - 1))
    return Place(rule.id, composition.nearest_place(match.start), last + 1)


def _line(match: Match, composition: Composition) -> int:
    """The line of the original, from 1, in which a match begins."""
    return composition.original.count("\n", 0, composition.nearest_place(match.start)) + 1


def _place(match: Match, composition: Composition) -> tuple[int, int] | None:
    start, last = (
        composition.original_place(match.start),
        composition.original_place(max(match.start, match.end - 1)),
    )
    if start is None or last is None:
        return None
    return start, last + (1 if match.end > match.start else 0)


class _Shifts:
    """How far edits (sorted, disjoint) move the text behind them."""

    def __init__(self, edits: Sequence[TextEdit]) -> None:
        self._edits = edits
        growths = (len(edit.new) - (edit.end - edit.start) for edit in edits)
        self._shifts = [0, *accumulate(growths)]

    def moved(self, start: int, end: int) -> tuple[int, int]:
        """Where a stretch lies after the edits; what was replaced around or inside widens it."""
        first = bisect_right(self._edits, start, key=lambda edit: edit.end)
        last = bisect_left(self._edits, end, lo=first, key=lambda edit: edit.start)
        shift_start, shift_end = self._shifts[first], self._shifts[last]
        if first < last:
            shift_start += min(0, self._edits[first].start - start)
            shift_end += max(0, self._edits[last - 1].end - end)
        return start + shift_start, end + shift_end
