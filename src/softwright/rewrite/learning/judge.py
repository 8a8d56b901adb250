"""What a candidate would do to the examples: as the author did, where nothing was done, or otherwise."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from softwright.facts.structure import Match, extent, is_whole
from softwright.rewrite.learning.candidate import Candidate
from softwright.rewrite.learning.diff import TreeDiff, TreeEdit
from softwright.rewrite.learning.scope import narrowed
from softwright.rewrite.learning.surroundings import Feature, features
from softwright.rewrite.learning.tree import Node
from softwright.rewrite.rule import Scope, Step


@dataclass(slots=True, eq=False)
class Hit:
    """One match in an example: what its holes hold (text and kind), and where it stands."""

    file: int
    start: int
    end: int
    texts: dict[int, str]
    kinds: dict[int, str]
    places: dict[str, Feature]
    is_conflict: bool = False


@dataclass(slots=True, eq=False)
class Judgement:
    """`right`: changed by the author in this way; `wrong`: left alone, or changed in another way; `outside`: left
    alone in files that the author did not touch at all, so that the scope may be what is wrong."""

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
        self._nodes: list[dict[tuple[int, int, str], Node]] = []
        self._edited: list[dict[tuple[int, int], TreeEdit]] = []
        self._results: dict[Candidate, re.Pattern[str]] = {}
        for diff in diffs:
            nodes: dict[tuple[int, int, str], Node] = {}
            for node in diff.before.root.walk():
                nodes.setdefault((*node.inner, node.raw), node)
            self._nodes.append(nodes)
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
                verdict = self._verdict(candidate, file, match)
                if verdict:
                    hit = self._hit(candidate, file, match)
                    hit.is_conflict = verdict == "conflict"
                    judgement.wrong.append(hit)
        return judgement

    def scope(self, judgement: Judgement, outside: Sequence[Hit]) -> Scope | None:
        """The scope that holds the right places and none of those outside; None when no folder tells them apart."""
        return narrowed(
            {self.paths[hit.file] for hit in judgement.right}, {self.paths[hit.file] for hit in outside}
        )

    def _is_nested(self, candidate: Candidate, file: int, match: Match) -> bool:
        """True when the author did the same here, and changed more inside of what a hole holds."""
        edit = self._edited[file].get((match.start, match.end))
        if edit is None or edit.after is None:
            return False
        wanted = self._results.get(candidate)
        if wanted is None:
            wanted = self._results[candidate] = _looks_like(candidate)
        return wanted.fullmatch("".join(f"{leaf.text}\0" for leaf in edit.after.leaves())) is not None

    def _verdict(self, candidate: Candidate, file: int, match: Match) -> str:
        """"" for a place that says nothing: only what a hole holds, or something around it, was changed."""
        place = (match.start, match.end)
        if place in self._edited[file]:
            return "conflict"
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
            nodes = match.many(hole.name) if hole.many else [n for n in [match.one(hole.name)] if n is not None]
            if nodes:
                places.append((extent(nodes[0])[0], extent(nodes[-1])[1]))
        return places

    def _hit(self, candidate: Candidate, file: int, match: Match) -> Hit:
        texts: dict[int, str] = {}
        kinds: dict[int, str] = {}
        for hole in candidate.first.template.holes:
            if hole.many:
                nodes = match.many(hole.name)
                texts[hole.number] = " ".join(node.text() for node in nodes)
                kinds[hole.number] = "" if nodes else "empty"
                continue
            node = match.one(hole.name)
            if node is not None:
                texts[hole.number], kinds[hole.number] = node.text(), node.kind()
        node_here = self._nodes[file].get((match.start, match.end, match.node.kind()))
        places = features(node_here, self.diffs[file].before.grammar) if node_here is not None else {}
        return Hit(file, match.start, match.end, texts, kinds, places)


def _looks_like(candidate: Candidate) -> re.Pattern[str]:
    """What the tokens of a place look like when the fix was made, whatever its holes hold by then."""
    tokens = candidate.first.template.key[2]
    parts: list[str] = []
    for token in tokens if isinstance(tokens, tuple) else ():
        if isinstance(token, str):
            parts.append(re.escape(token) + r"\0")
        else:
            parts.append(rf"(?:[^\0]*\0){'*' if token[1] else '+'}?")
    return re.compile("".join(parts))
