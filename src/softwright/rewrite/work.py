"""One file on its way through rules: rounds of steps, imports, functions, and a look at the result."""

from collections.abc import Callable, Sequence

from softwright.core import Edit, InvalidInput, Span
from softwright.facts.structure import Content, Decoded, Found, Tree
from softwright.rewrite.function import run_function
from softwright.rewrite.import_moves import ImportMoves
from softwright.rewrite.imports import FIXED, ImportFixer, may_move
from softwright.rewrite.layout import line_end, line_start
from softwright.rewrite.left_alone import Place, Unfit
from softwright.rewrite.renames import taking_over
from softwright.rewrite.result import FileFacts, Rewrite
from softwright.rewrite.round import Round, Site
from softwright.rewrite.rule import Rule, RuleStep
from softwright.rewrite.settled import unsettled
from softwright.rewrite.statements import BY_STATEMENT, stretches_inside
from softwright.rewrite.syntax import count_errors, fault_line, is_accepted, is_proven, parse
from softwright.rewrite.text_edit import Composition, TextEdit

Trees = Callable[[str, str], Tree]
"""(text, language) -> the parsed file."""

MAX_ROUNDS = 150
"""Rounds after which a file's rules count as endless; also the depth of nesting that can be rewritten."""
MAX_GROWTH = 8
"""Times its size (plus 64 KiB) that a file may grow to."""


class Work:
    """One file on its way; what rules would do at `spared` places is left undone.

    Its methods raise Unfit where other places to spare may help.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        decoded: Decoded,
        content: Content,
        facts: FileFacts,
        trees: Trees,
        *,
        spared: frozenset[Place] = frozenset(),
    ) -> None:
        self.rules = rules
        self.steps = [RuleStep(rule, step) for rule in rules for step in rule.steps]
        self.decoded = decoded
        self.content = content
        self.facts = facts
        self.trees = trees
        self.spared = spared
        self.taking_over = taking_over(rules)
        self.composition = Composition(decoded.text)
        self.rounds: list[Round] = []
        self.moves: list[ImportMoves] = []
        self.edits: list[TextEdit] = []  # of the last round, while the text is as it left it
        self.first_tree: Tree | None = None
        self.errors_before: int | None = None
        self.notes: list[str] = []

    # -- rounds --------------------------------------------------------------------------------------

    def run(self) -> None:
        """Rounds until nothing changes, then the imports that nothing uses any more."""
        seen = {self.decoded.text}
        while self._one_round() or self._replace_imports():
            text = self.composition.current
            if text in seen or len(self.rounds) + len(self.moves) > MAX_ROUNDS:
                raise self._endless()
            if len(text) > MAX_GROWTH * len(self.decoded.text) + 65536:
                raise self._endless()
            seen.add(text)
        self._functions()
        self._remove_imports()
        self._sort_imports()
        self._demand_accepted()

    def _one_round(self) -> bool:
        text = self.composition.current
        is_new = bool(self.rounds or self.moves)
        content = Content(text.encode("utf-8", "surrogatepass")) if is_new else self.content
        content.expect(len(self.steps))
        awake = self._awake(content)
        if not awake:
            return False
        tree = self.trees(text, self.facts.language)
        self.first_tree = self.first_tree or tree
        self.edits = []
        waiting = self.rounds[-1].waiting if self.rounds else []
        this = Round(tree, awake, waiting)
        this.match(self.composition, spared=self.spared, original_only=self.taking_over)
        self.rounds.append(this)
        if not this.sites:
            return False
        fixer = self._fixer(tree) if self.facts.language in FIXED else None
        pairs = [pair for rule in self.rules for pair in rule.imports_replace]
        if fixer is not None and pairs:
            fixer.expect(pairs)
        edits = this.edits(fixer, self.composition, self.errors_in_original)
        self.notes += this.notes
        if not edits:
            return False
        self.composition.add(edits)
        self.edits = edits
        this.remap(edits)
        return True

    def _awake(self, content: Content) -> list[RuleStep]:
        """The steps that may have something to do in the current text."""
        if self.edits:
            return unsettled(self.steps, self.rounds[-1].tree, self.edits, content)
        return [each for each in self.steps if each.step.pattern.may_match(content)]

    def _replace_imports(self) -> bool:
        """What `imports.replace` of the rules says, once no step matches; True when it changed something."""
        is_changed = False
        for rule in self.rules:
            text = self.composition.current
            if Place(rule.id, -1, -1) in self.spared:
                continue
            if not (rule.imports_replace and may_move(rule.imports_replace, text.encode("utf-8", "replace"))):
                continue
            moves = ImportMoves(rule, self._tree(text), self.facts.path, self.composition)
            self.notes += moves.notes
            self.moves.append(moves)
            if moves.edits:
                self.edits = []
                self.composition.add(moves.edits)
                self._demand_whole(rule.id)
                is_changed = True
        return is_changed

    def _fixer(self, tree: Tree) -> ImportFixer:
        return FIXED[self.facts.language].fixer(tree, self.facts.path)

    def _tree(self, text: str) -> Tree:
        """The tree of the current text; the last one made when it is of that text."""
        made = [this.tree for this in self.rounds[-1:]] + [moves.tree for moves in self.moves[-1:]]
        for tree in made:
            if tree.text == text:
                return tree
        tree = self.trees(text, self.facts.language)
        self.first_tree = self.first_tree or tree
        return tree

    def errors_in_original(self) -> int:
        """Syntax errors that were there before; counted only when a result has some."""
        if self.errors_before is None:
            self.errors_before = count_errors(parse(self.decoded.text, self.facts.language)[0])
        return self.errors_before

    def _endless(self) -> InvalidInput:
        sites = self.rounds[-1].sites if self.rounds else []
        names = ", ".join(dict.fromkeys(site.rule.id for site in sites)) or self.moves[-1].rule.id
        return InvalidInput(
            f"rule {names} matches its own result again and again",
            hint="add a constraint so that the rule does not match what its fix writes",
        )

    def _functions(self) -> None:
        for rule in self.rules:
            if rule.python and Place(rule.id, -1, -1) not in self.spared:
                edits = run_function(rule, self.composition.current, self.facts)
                if edits:
                    self.composition.add(edits)
                    self._demand_whole(rule.id)

    def _remove_imports(self) -> None:
        if self.composition.current == self.decoded.text or self.facts.language not in FIXED:
            return
        changed_by = {site.rule.id for this in self.rounds for site in this.sites}
        changed_by |= {moves.rule.id for moves in self.moves if moves.edits}
        names: dict[str, str] = {}
        for rule in self.rules:
            if (rule.id in changed_by or rule.python) and Place(rule.id, -1, -1) not in self.spared:
                names.update(dict.fromkeys(rule.imports_remove, rule.id))
        if not names:
            return
        tree = self._tree(self.composition.current)
        before = self.first_tree or self.trees(self.decoded.text, self.facts.language)
        edits = self._fixer(tree).removals(list(names), before)
        if edits:
            origin = ",".join(dict.fromkeys(names.values()))
            self.composition.add([TextEdit(*edit[:3], origin) for edit in edits])
            self._demand_whole(origin)

    def _sort_imports(self) -> None:
        """What is imported twice now is dropped; what was sorted before the edits is sorted after them."""
        text, language = self.composition.current, self.facts.language
        if text == self.decoded.text or language not in FIXED or not self._touches("import"):
            return
        before = self.first_tree or self.trees(self.decoded.text, language)
        self._arrange(self._fixer(self._tree(text)).doubled(before))
        fixer = self._fixer(self._tree(self.composition.current))
        self._arrange(fixer.sorted_again(before, self.composition.nearest_place))

    def _arrange(self, edits: Sequence[TextEdit]) -> None:
        """Edits in the name of the rules that wrote what they touch."""
        self.composition.add(
            [TextEdit(*edit[:3], self.composition.origins(edit.start, edit.end)) for edit in edits]
        )

    def _touches(self, word: str) -> bool:
        """False when the word stands in no statement that was changed, nor in a line beside one."""
        edits = self.composition.edits()
        tree = self.first_tree
        if tree is None or tree.text != self.decoded.text:
            return word in self.composition.current
        around = stretches_inside(tree, edits)
        new = "".join(edit.new for edit in edits)
        return around is None or word in new or any(word in _widened(tree.text, *each) for each in around)

    def _demand_accepted(self) -> None:
        """A file that its language's own parser took before must be taken after."""
        text, language = self.composition.current, self.facts.language
        if text == self.decoded.text or is_proven(text, language):
            return
        edits = self.composition.edits()
        names = ", ".join(dict.fromkeys(name for edit in edits for name in edit.origin.split(",")))
        if not is_accepted(text, language) and is_accepted(self.decoded.text, language):
            culprits = self._places_on(fault_line(text, language))
            raise Unfit(names, f"the result would not be valid {language}", culprits=culprits)
        if language in BY_STATEMENT:
            self._demand_whole(names)

    def _places_on(self, line: int) -> list[Place]:
        """What was rewritten on a line of the current text; none for line 0."""
        lines = self.composition.current.split("\n")
        if not 0 < line <= len(lines):
            return []
        start = sum(len(before) + 1 for before in lines[: line - 1])
        first = self.composition.nearest_place(start)
        last = self.composition.nearest_place(start + len(lines[line - 1]))
        return [each for each in self.places() if each.start >= 0 and each.start <= last and first < each.end]

    def _demand_whole(self, origin: str) -> None:
        found = count_errors(parse(self.composition.current, self.facts.language)[0])
        if found and found > self.errors_in_original():
            raise Unfit(origin, "the result would not parse", hint="report the rule with this file")

    # -- outcome ---------------------------------------------------------------------------------------

    def result(self) -> Rewrite:
        """The outcome, with every place counted in bytes of the original."""
        encode, offset = self._encoded, self.decoded.byte_offset
        edits = tuple(
            Edit(Span(offset(edit.start), offset(edit.end)), encode(edit.new), edit.origin)
            for edit in self.composition.edits()
        )
        content = self.decoded.prefix + encode(self.composition.current)
        sites = [site for this in self.rounds for site in this.reported()]
        moved = [(moves.rule.id, place) for moves in self.moves for place in moves.sites]
        counts: dict[str, int] = {}
        for site in sites:
            counts[site.rule.id] = counts.get(site.rule.id, 0) + 1
        for name, _ in moved:
            counts[name] = counts.get(name, 0) + 1
        found = [one for site in sites if (one := site.found(self.decoded)) is not None]
        found += [self._found(place) for _, place in moved if place is not None]
        return Rewrite(
            content,
            edits,
            tuple(found),
            tuple(overlap for this in self.rounds[-1:] for overlap in this.dropped(self.decoded)),
            self._suppressed(),
            tuple(dict.fromkeys(self.notes)),
            by_rule=tuple(counts.items()),
        )

    def _encoded(self, text: str) -> bytes:
        try:
            return self.decoded.encode(text)
        except InvalidInput as error:
            raise Unfit("", error.message, hint=error.hint) from error

    def places(self) -> list[Place]:
        """What was rewritten so far, by place: what rules did besides their steps comes first."""
        places = {place for this in self.rounds for place in this.places}
        places |= {Place(moves.rule.id, -1, -1) for moves in self.moves if moves.edits}
        changed_by = {place.rule for place in places}
        places |= {
            Place(rule.id, -1, -1)
            for rule in self.rules
            if rule.python or (rule.imports_remove and rule.id in changed_by)
        }
        return sorted(places, key=lambda place: (place.start, place.end, place.rule))

    def _found(self, place: tuple[int, int]) -> Found:
        """A stretch of the original as a site."""
        start, end = place
        span = Span(self.decoded.byte_offset(start), self.decoded.byte_offset(end))
        return Found(span, self.decoded.text[start:end], "import")

    def refusal(self, error: InvalidInput) -> Rewrite:
        """The outcome of a file that is left as it was."""
        first = self.rounds[0].sites if self.rounds else []
        sites: list[Site] = sorted(first, key=lambda site: site.match.start)
        reason = error.message
        return Rewrite(
            self.decoded.source,
            sites=tuple(found for site in sites if (found := site.found(self.decoded)) is not None),
            suppressed=self._suppressed(),
            notes=(*dict.fromkeys(self.notes), f"left unchanged: {reason}"),
            refused=reason,
        )

    def _suppressed(self) -> tuple[int, ...]:
        lines = [this.suppressed for this in self.rounds] + [moves.suppressed for moves in self.moves]
        return tuple(sorted({line for some in lines for line in some}))


def _widened(text: str, start: int, end: int) -> str:
    """A stretch with the lines it stands on, and those before and after it."""
    first, last = line_start(text, start), line_end(text, end)
    return text[line_start(text, max(0, first - 1)) : line_end(text, min(len(text), last + 1))]
