"""What a candidate would do to the examples: as the author did, where nothing was done, or otherwise."""

import builtins
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ast_grep_py import SgNode

from softwright.facts.structure import RESOLVED, Match, callee, extent, is_target, is_whole
from softwright.rewrite.learning.patterns.candidate import Candidate
from softwright.rewrite.learning.patterns.scope import narrowed
from softwright.rewrite.learning.patterns.surroundings import ANNOTATIONS, Feature, features
from softwright.rewrite.learning.trees.diff import TreeDiff, TreeEdit
from softwright.rewrite.learning.trees.holes import Hole
from softwright.rewrite.learning.trees.template import Instance
from softwright.rewrite.learning.trees.tree import Node, SyntaxTree
from softwright.rewrite.rule import Scope, Step

BUILTINS = frozenset(dir(builtins))
"""Names that Python has without an import."""


class Hit:
    """One match in an example: what its holes hold (text and kind), and where it stands."""

    def __init__(
        self, file: int, match: Match, holes: Sequence[Hole], node: Node | None, tree: SyntaxTree
    ) -> None:
        self.file = file
        self.start, self.end = match.start, match.end
        self.is_conflict = False
        self._match = match
        self._holes = holes
        self._node = node
        self._tree = tree
        self._grammar = tree.grammar

    @cached_property
    def places(self) -> dict[str, Feature]:
        """Its surroundings, by feature; `resolves` is the dotted name that it (of a call, what is
        called) stands for, `held` that of what its only hole holds, `origin` the module that it is imported
        from, "" where that is none or one of the same package, `based` a base of the class around it."""
        found = features(self._node, self._grammar) if self._node is not None else {}
        dotted = self._tree.tree.names.dotted(callee(self._match.node)) if self._resolvable else None
        if dotted and not is_target(self._match.node):
            found["resolves"] = (dotted,)
        held = [self._match.one(hole.name) for hole in self._holes if not hole.many]
        if len(held) == 1 and held[0] is not None and self._tree.language in RESOLVED:
            name = self._tree.tree.names.dotted(held[0])
            if name:
                found["held"] = (name,)
        base = self._base()
        if base:
            found["based"] = (base,)
        word = self._match.node.text()
        if self._tree.language == "python" and word.isidentifier():
            modules = self._tree.origins.get(word, set())
            absolute = [module for module in modules if not module.startswith(".")]
            found["origin"] = (absolute[0] if len(absolute) == len(modules) == 1 else "", word)
        around = next((kind for kind in self._kinds_above() if kind in ANNOTATIONS), None)
        if around is not None:
            found["annotation"] = (around,)
        return found

    def _base(self) -> str:
        """What the class around it is made from, as far as imports tell; the first, if several."""
        if self._tree.language != "python":
            return ""
        around = next(
            (node for node in self._match.node.ancestors() if node.kind() == "class_definition"), None
        )
        bases = around.field("superclasses") if around is not None else None
        names = (
            self._tree.tree.names.dotted(base) for base in (bases.children() if bases is not None else ())
        )
        return next((name for name in names if name and not name.startswith(".")), "")

    def _kinds_above(self) -> Iterator[str]:
        return (node.kind() for node in self._match.node.ancestors())

    @property
    def _resolvable(self) -> bool:
        kinds = ("identifier", "attribute", "member_expression", "call", "call_expression")
        return self._tree.language in RESOLVED and self._match.node.kind() in kinds

    @cached_property
    def texts(self) -> dict[int, str]:
        """Text in each hole."""
        held = {hole.number: self._held(hole) for hole in self._holes}
        return {number: " ".join(node.text() for node in nodes) for number, nodes in held.items() if nodes}

    @cached_property
    def kinds(self) -> dict[int, str]:
        """Kind of node in each single hole."""
        single = {hole.number: self._match.one(hole.name) for hole in self._holes if not hole.many}
        return {number: node.kind() for number, node in single.items() if node is not None}

    def _held(self, hole: Hole) -> list[SgNode]:
        if hole.many:
            return self._match.many(hole.name)
        node = self._match.one(hole.name)
        return [node] if node is not None else []


_MOST_WRONG = 400
"""Places that a candidate may have wrong; what is more general than that is judged by these."""


@dataclass(slots=True, eq=False)
class Judgement:
    """`right`: changed by the author in this way; `wrong`: left alone, or changed in another way; `outside`:
    left alone in files that the author did not touch at all, so that the scope may be what is wrong."""

    right: list[Hit] = field(default_factory=list)
    wrong: list[Hit] = field(default_factory=list)
    outside: list[Hit] = field(default_factory=list)

    @property
    def files(self) -> int:
        """Number of examples with a right place."""
        return len({hit.file for hit in self.right})


class Judge:
    """Knows all examples: their trees, what changed in them, and the nodes by their place."""

    def __init__(self, diffs: Sequence[TreeDiff], paths: Sequence[str], untouched: Sequence[bool]) -> None:
        self.diffs = diffs
        self.paths = paths
        self.untouched = untouched
        self._by_place: dict[int, dict[tuple[int, int, str], Node]] = {}
        self._edited: list[dict[tuple[int, int], TreeEdit]] = []
        self._words: dict[tuple[int, bool], frozenset[str]] = {}
        for diff in diffs:
            self._edited.append({edit.before.inner: edit for edit in diff.edits})

    def judge(self, candidate: Candidate, step: Step) -> Judgement:
        """Every match of the step in the examples."""
        judgement = Judgement()
        wanted = {(i.file, *i.template.before.inner) for i in candidate.instances}
        for file, diff in enumerate(self.diffs):
            if not step.pattern.may_match(diff.before.source):
                continue
            for match in diff.before.tree.matches(step.pattern):
                if not is_whole(match):
                    continue
                if (file, match.start, match.end) in wanted:
                    judgement.right.append(self._hit(candidate, file, match))
                    continue
                if self._is_nested(candidate, file, match):
                    judgement.right.append(self._hit(candidate, file, match))
                    continue
                if self.untouched[file]:
                    judgement.outside.append(self._hit(candidate, file, match))
                    continue
                if len(judgement.wrong) >= _MOST_WRONG:
                    continue
                verdict = self._verdict(candidate, file, match)
                if verdict:
                    hit = self._hit(candidate, file, match)
                    hit.is_conflict = verdict == "conflict"
                    judgement.wrong.append(hit)
        return judgement

    def renames_imports(self, instances: Sequence[Instance]) -> bool:
        """True when a name that becomes another one may do so in import statements as well.

        Not when the examples import the old name and never the new one, nor for one that needs no import.
        """
        before, after = instances[0].template.before, instances[0].template.after
        if after is None or not before.is_leaf or not after.is_leaf or after.text in BUILTINS:
            return False
        files = {instance.file for instance in instances}
        old = any(before.text in self._imported(file, after=False) for file in files)
        new = any(after.text in self._imported(file, after=True) for file in files)
        return new or not old

    def _imported(self, file: int, *, after: bool) -> frozenset[str]:
        """All words of a file's import statements."""
        key = (file, after)
        if key not in self._words:
            tree = self.diffs[file].after if after else self.diffs[file].before
            nodes = [node for node in tree.root.walk() if node.raw in tree.grammar.imports]
            self._words[key] = frozenset(leaf.text for node in nodes for leaf in node.leaves())
        return self._words[key]

    def scope(self, judgement: Judgement, outside: Sequence[Hit]) -> Scope | None:
        """The scope that holds the right places and none of those outside; None when no folder tells
        them apart."""
        changed = {path for path, untouched in zip(self.paths, self.untouched, strict=True) if not untouched}
        outside_paths = {self.paths[hit.file] for hit in outside}
        return narrowed({self.paths[hit.file] for hit in judgement.right}, outside_paths) or narrowed(
            changed, outside_paths
        )

    def _is_nested(self, candidate: Candidate, file: int, match: Match) -> bool:
        """True when the author did the same here, and changed more inside of what a hole holds."""
        edit = self._edited[file].get((match.start, match.end))
        if edit is None or edit.after is None:
            return False
        wanted = _looks_like(candidate, match)
        return wanted.fullmatch("".join(f"{leaf.text}\0" for leaf in edit.after.leaves())) is not None

    def _verdict(self, candidate: Candidate, file: int, match: Match) -> str:
        """ "" for a place that says nothing: only what a hole holds, or something around it, was changed."""
        place = (match.start, match.end)
        if place in self._edited[file]:
            return "conflict"
        if _is_done(candidate, match):
            return ""
        holes = self._hole_places(candidate, match)
        touched = False
        for start, end in self.diffs[file].touched:
            if start > match.end or end < match.start:
                continue
            if start == end and not (match.start < start < match.end):
                continue
            if (end == match.start or start == match.end) and start != end:
                continue
            if any(first <= start and end <= last for first, last in holes) and start != end:
                continue
            touched = True
            if start <= match.start and match.end <= end:
                return ""
        return "conflict" if touched else "alone"

    def _hole_places(self, candidate: Candidate, match: Match) -> list[tuple[int, int]]:
        places: list[tuple[int, int]] = []
        for hole in candidate.first.template.holes:
            nodes = (
                match.many(hole.name) if hole.many else [n for n in [match.one(hole.name)] if n is not None]
            )
            if nodes:
                places.append((extent(nodes[0])[0], extent(nodes[-1])[1]))
        return places

    def _hit(self, candidate: Candidate, file: int, match: Match) -> Hit:
        node = self._nodes(file).get((match.start, match.end, match.node.kind()))
        return Hit(file, match, candidate.first.template.holes, node, self.diffs[file].before)

    def _nodes(self, file: int) -> dict[tuple[int, int, str], Node]:
        if file not in self._by_place:
            nodes = self._by_place[file] = {}
            for node in self.diffs[file].before.root.walk():
                nodes.setdefault((*node.inner, node.raw), node)
        return self._by_place[file]


def _is_done(candidate: Candidate, match: Match) -> bool:
    """True for a place that reads as the fix already, of a fix without holes."""
    template = candidate.first.template
    if template.after is None or template.new or not template.unread:
        return False
    return "".join(match.node.text().split()) == "".join(leaf.text for leaf in template.after.leaves())


def _looks_like(candidate: Candidate, match: Match) -> re.Pattern[str]:
    """What the tokens of a place look like when the fix was made, whatever its holes hold by then.

    A hole that holds a single token has nothing inside that could have changed.
    """
    template = candidate.first.template
    single = {hole.number: match.one(hole.name) for hole in template.holes if not hole.many}
    tokens = template.key[2]
    parts: list[str] = []
    for token in tokens if isinstance(tokens, tuple) else ():
        if isinstance(token, str):
            parts.append(re.escape(token) + r"\0")
            continue
        node = single.get(token[0])
        if node is not None and not node.children():
            parts.append(re.escape(node.text()) + r"\0")
        else:
            parts.append(rf"(?:[^\0]*\0){'*' if token[1] else '+'}?")
    return re.compile("".join(parts))
