"""A group of edits with one template, and the rule step that does what they do."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from softwright.core import InvalidInput
from softwright.facts.structure import Pattern
from softwright.rewrite.learning.patterns.surroundings import BASE, Feature, condition
from softwright.rewrite.learning.trees.holes import code_with_holes
from softwright.rewrite.learning.trees.template import Instance, is_bases
from softwright.rewrite.learning.trees.tree import Node, SyntaxTree
from softwright.rewrite.rule import Step
from softwright.rewrite.template import parse_template

Values = frozenset[str]

_MEANT = ("resolves", "held", "based")
"""Features that names tell, and not where a node stands."""
_NAMED = ("resolves", "held")
"""Those for which the template has a place."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What is demanded of a hole: one of the `texts`, one of the `kinds`, or a text that `regex` finds."""

    texts: Values = frozenset()
    kinds: Values = frozenset()
    regex: str = ""


@dataclass(slots=True, eq=False)
class Candidate:
    """Edits of one template at one level, with what is demanded beyond the template."""

    instances: list[Instance]
    demands: dict[int, Demand] = field(default_factory=dict)
    places: dict[str, frozenset[Feature]] = field(default_factory=dict)
    never_inside_itself: bool = False
    never_as_fixed: bool = False
    extra_demands: bool = False
    not_in_imports: bool = False
    is_replaced: bool = False

    @property
    def first(self) -> Instance:
        """The instance whose text the rule is written from."""
        return self.instances[0]

    @property
    def is_deletion(self) -> bool:
        """True when the match goes without a trace."""
        return self.first.template.after is None

    @property
    def is_narrowed(self) -> bool:
        """True when values of holes or the place had to be demanded. A name that is meant is no demand."""
        meant = {"role", "called", "callee", "owner", "receiver", "origin", "annotation", *_MEANT}
        if is_bases(self.first.template.before):
            meant |= {"place"}
        return bool(self.places.keys() - meant) or self.extra_demands

    @property
    def lists_values(self) -> bool:
        """True when a hole may hold one of several texts only, or a name was replaced and not renamed."""
        return self.is_replaced or any(len(demand.texts) > 1 for demand in self.demands.values())

    @property
    def is_name(self) -> bool:
        """True when one token becomes another one."""
        return self.first.template.before.is_leaf


def write_step(candidate: Candidate, trees: Sequence[tuple[SyntaxTree, SyntaxTree]]) -> Step | None:
    """The step of a rule; None when ast-grep has no words for it.

    `trees` are the examples, before and after.
    """
    writer = _Writer(candidate, trees)
    try:
        return writer.step()
    except InvalidInput:
        return None


class _Writer:
    def __init__(self, candidate: Candidate, trees: Sequence[tuple[SyntaxTree, SyntaxTree]]) -> None:
        self.candidate = candidate
        self.trees = trees
        self.tree, self.after = trees[candidate.first.file]
        self.grammar = self.tree.grammar
        self.template = candidate.first.template

    def step(self) -> Step | None:
        names = self._names()
        rule = self._rule(names)
        if rule is None:
            return None
        given: dict[str, Any] = {"rule": rule}
        constraints = self._constraints(names, rule)
        if constraints:
            given["constraints"] = constraints
        resolves = self._resolves()
        if resolves:
            given["resolves"] = resolves
        pattern = Pattern.parse(given, self.tree.language)
        fix = self._fix(names)
        return Step(pattern, parse_template(fix, pattern.metavariables, ()))

    def _resolves(self) -> dict[str, list[str]]:
        """What the match, or what its only hole holds, must stand for."""
        holes = [hole.name for hole in self.template.holes if not hole.many]
        meant = {"resolves": "match", "held": holes[0] if holes else "", "based": BASE}
        places = self.candidate.places
        return {meant[key]: sorted(name for (name,) in places[key]) for key in meant if key in places}

    def _names(self) -> dict[int, str]:
        names: dict[int, str] = {}
        for hole in self.template.holes:
            demand = self.candidate.demands.get(hole.number)
            if demand is not None and len(demand.texts) == 1 and not hole.many:
                names[hole.number] = next(iter(demand.texts))
            else:
                names[hole.number] = f"$$${hole.name}" if hole.many else f"${hole.name}"
        return names

    def _fix(self, names: Mapping[int, str]) -> str:
        if self.template.after is None:
            return ""
        return code_with_holes(self.template.after, self.template.new, self.after, dict(names), is_fix=True)

    # -- the rule object -----------------------------------------------------------------------------------

    def _rule(self, names: Mapping[int, str]) -> dict[str, Any] | None:
        base = self._leaf() if self.template.before.is_leaf else self._tree(names)
        if base is None:
            return None
        places = self.candidate.places.items()
        more = [condition(name, values, self.grammar) for name, values in places if name not in _NAMED]
        more += self._never(names)
        if self.template.before.is_leaf and self.candidate.not_in_imports:
            kinds = [{"kind": kind} for kind in sorted(self.grammar.imports)]
            around = kinds[0] if len(kinds) == 1 else {"any": kinds}
            more.append({"not": {"inside": {**around, "stopBy": "end"}}})
        if not more:
            return base
        return {"all": [base, *more]}

    def _leaf(self) -> dict[str, Any] | None:
        node = self.template.before
        kinds = sorted({instance.template.before.raw for instance in self.candidate.instances})
        if not node.named:
            return None
        if node.raw in self.grammar.names and set(kinds) <= self.grammar.names:
            kinds = kinds if self.candidate.places.keys() - {"origin"} else sorted(self.grammar.names)
        text = {"regex": f"^{re.escape(node.text)}$"}
        return (
            {"kind": kinds[0], **text} if len(kinds) == 1 else {"any": [{"kind": k} for k in kinds], **text}
        )

    def _tree(self, names: Mapping[int, str]) -> dict[str, Any] | None:
        old = code_with_holes(self.template.before, self.template.old, self.tree, dict(names))
        forms: list[dict[str, Any]] = []
        raws = self._widened({i.template.before.raw for i in self.candidate.instances})
        for raw in sorted(raws):
            wanted = next((i for i in self.candidate.instances if i.template.before.raw == raw), None)
            form = self._form(old, raw, wanted)
            if form is None and wanted is not None and len(raws) == 1:
                return None
            if form is not None and form not in forms:
                forms.append(form)
        if not forms:
            return None
        return forms[0] if len(forms) == 1 else {"any": forms}

    def _widened(self, raws: set[str]) -> set[str]:
        """An annotation and an expression that read the same have different kinds in Python."""
        if self.tree.language == "python":
            for one, other in (("subscript", "generic_type"), ("binary_operator", "union_type")):
                if raws & {one, other}:
                    raws = raws | {one, other}
        return raws

    def _form(self, old: str, raw: str, wanted: Instance | None) -> dict[str, Any] | None:
        """The way to write the pattern in which it has the kind wanted."""
        for form in self._forms(old, raw):
            if wanted is None:
                if self._parses(form):
                    return form
                continue
            tree = self.trees[wanted.file][0]
            start, end = wanted.template.before.inner
            if any(match == (start, end) for match in self._found(form, tree)):
                return form
        return None

    def _forms(self, old: str, raw: str) -> Iterator[dict[str, Any]]:
        if raw not in ("generic_type", "union_type", "argument_list", "parameters"):
            yield {"pattern": old}
        context = self.grammar.contexts.get(raw)
        if context is not None:
            yield {"pattern": {"context": context % old, "selector": raw}}

    def _parses(self, form: dict[str, Any]) -> bool:
        try:
            Pattern.parse({"rule": form}, self.tree.language)
        except InvalidInput:
            return False
        return True

    def _found(self, form: dict[str, Any], tree: SyntaxTree) -> list[tuple[int, int]]:
        try:
            pattern = Pattern.parse({"rule": form}, self.tree.language)
        except InvalidInput:
            return []
        return [(match.start, match.end) for match in tree.tree.matches(pattern)]

    def _never(self, names: Mapping[int, str]) -> list[dict[str, Any]]:
        """Conditions that keep the rule off its own result."""
        candidate = self.candidate
        if not (candidate.never_as_fixed or candidate.never_inside_itself):
            return []
        forms = self.fixed_forms(names)
        never = [{"not": form} for form in forms] if candidate.never_as_fixed else []
        if candidate.never_inside_itself:
            never += [{"not": {"inside": {**form, "stopBy": "end"}}} for form in forms]
        return never

    def fixed_forms(self, names: Mapping[int, str] | None = None) -> list[dict[str, Any]]:
        """Rule objects for the result, with anything in the holes."""
        after = self.template.after
        if after is None:
            return []
        ignored = {
            hole.number: "$$$" if hole.many and not hole.separator else "$_" for hole in self.template.holes
        }
        for number, name in (names or {}).items():
            if not name.startswith("$"):
                ignored[number] = name
        new = code_with_holes(after, self.template.new, self.after, ignored)
        raws = self._widened({i.template.after.raw for i in self.candidate.instances if i.template.after})
        forms = [next((f for f in self._forms(new, raw) if self._parses(f)), None) for raw in sorted(raws)]
        return [form for form in forms if form is not None]

    def _constraints(self, names: Mapping[int, str], rule: object) -> dict[str, Any]:
        constraints: dict[str, Any] = {}
        for hole in self.template.holes:
            demand = self.candidate.demands.get(hole.number)
            if demand is None or hole.many or not names[hole.number].startswith("$"):
                continue
            if demand.texts:
                words = "|".join(re.escape(text) for text in sorted(demand.texts))
                constraints[hole.name] = {"regex": f"^(?:{words})$"}
            elif demand.regex:
                constraints[hole.name] = {"regex": demand.regex}
            elif demand.kinds:
                kinds = [{"kind": kind} for kind in sorted(demand.kinds)]
                constraints[hole.name] = kinds[0] if len(kinds) == 1 else {"any": kinds}
        return constraints


def hole_nodes(candidate: Candidate) -> dict[int, Node]:
    """The first instance's node of every single hole."""
    return {hole.number: hole.nodes[0] for hole in candidate.first.template.holes if not hole.many}
