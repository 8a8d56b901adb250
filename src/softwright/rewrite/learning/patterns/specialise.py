"""From the most general template to a rule: the weakest conditions that keep it off what was left alone."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations, takewhile

from softwright.rewrite.learning.patterns.anchors import anchor, is_distinctive, needed_anchor
from softwright.rewrite.learning.patterns.candidate import Candidate, Demand, Values, hole_nodes, write_step
from softwright.rewrite.learning.patterns.judge import BUILTINS, Hit, Judge, Judgement
from softwright.rewrite.learning.patterns.renames import is_replaced
from softwright.rewrite.learning.patterns.scope import without
from softwright.rewrite.learning.patterns.surroundings import LISTS_OF_CALLS, Feature
from softwright.rewrite.learning.trees.grammar import Grammar
from softwright.rewrite.learning.trees.template import Instance, is_bases
from softwright.rewrite.learning.trees.tree import Node
from softwright.rewrite.rule import Scope, Step

_MOST_VALUES = 4
_MOST_EXCLUDED = 8
_FEW_OWNERS = 2
"""Owners of an attribute with a common name up to which these are meant, and not any."""


class Learnt:
    """A candidate that passed: its step and what it does to the examples."""

    def __init__(
        self,
        candidate: Candidate,
        step: Step,
        judgement: Judgement,
        anchor: float,
        scope: Scope,
        left_alone: int = 0,
    ) -> None:
        self.candidate = candidate
        self.step = step
        self.judgement = judgement
        self.anchor = anchor
        self.scope = scope
        self.left_alone = left_alone

    def made_by(self) -> list[Instance]:
        """The edits that the rule makes."""
        right = {(hit.file, hit.start, hit.end) for hit in self.judgement.right}
        return [i for i in self.candidate.instances if (i.file, *i.template.before.inner) in right]

    @property
    def conflicts(self) -> int:
        """Places that the author changed in another way."""
        return sum(hit.is_conflict for hit in self.judgement.wrong)


def specialise(instances: list[Instance], judge: Judge) -> Learnt | None:
    """The rule for edits of one template, None when none is both right and well anchored."""
    replaced = is_replaced(instances, judge.diffs)
    candidate = Candidate(instances, is_replaced=replaced)
    candidate.not_in_imports = replaced or not judge.renames_imports(instances)
    trees = [(diff.before, diff.after) for diff in judge.diffs]
    step = write_step(candidate, trees)
    if step is None:
        return None
    judgement = judge.judge(candidate, step)
    if not judgement.right:
        return None
    candidate.demands = _prior(candidate, judgement)
    candidate.places = _prior_places(candidate, judgement, judge) | _origin(candidate, judgement)
    candidate.places |= _postponed(candidate, judgement, judge)
    if _frees_attributes(candidate) or (_needs_places(candidate) and not candidate.places):
        return None
    chosen = _weakest(candidate, judgement)
    if chosen is None:
        return None
    scope = judge.scope(judgement, [hit for hit in judgement.outside if _meets(chosen, hit)])
    if scope is None:  # the paths say nothing: perhaps the places do
        among = Judgement(judgement.right, [*judgement.wrong, *judgement.outside])
        chosen = _weakest(candidate, among, by_texts=False) or chosen
        scope = without({judge.paths[h.file] for h in judgement.outside if _meets(chosen, h)})
    step = write_step(chosen, trees)
    if step is not None and guard(chosen, step, judge):
        step = write_step(chosen, trees)
    if step is None:
        return None
    final = judge.judge(chosen, step)
    if not final.right or not _is_tolerable(final.right, final.wrong):
        return None
    excluded = len(judgement.wrong) + len(judgement.outside) - len(final.wrong)
    if chosen.is_narrowed and excluded > _MOST_EXCLUDED * len(final.right):
        return None  # conditions that keep a rule off nearly everything it is about hold by chance
    return Learnt(chosen, step, final, anchor(chosen), scope, max(0, excluded))


def guard(candidate: Candidate, step: Step, judge: Judge) -> bool:
    """Keep the candidate off its own results, where it would match them; True when that was needed."""
    for instance in candidate.instances[:3]:
        after = instance.template.after
        if after is None:
            continue
        start, end = after.inner
        for match in judge.diffs[instance.file].after.tree.matches(step.pattern):
            if start <= match.start and match.end <= end:
                if (match.start, match.end) == (start, end):
                    candidate.never_as_fixed = True
                else:
                    candidate.never_inside_itself = True
    return candidate.never_as_fixed or candidate.never_inside_itself


def _prior(candidate: Candidate, judgement: Judgement) -> dict[int, Demand]:
    """Names that say what is called or defined stay literal where they are the same in all places."""
    demands: dict[int, Demand] = {}
    grammar_names = ("attribute", "callee", "keyword", "definition")
    for number, node in hole_nodes(candidate).items():
        texts = frozenset(hit.texts[number] for hit in judgement.right if number in hit.texts)
        if not texts:
            continue
        if (
            texts <= {"self", "cls", "this"}
            or (role_of(node) in grammar_names and len(texts) == 1)
            or (role_of(node) in grammar_names and len(texts) <= 3 and len(judgement.right) >= 3 * len(texts))
        ):
            demands[number] = Demand(texts)
    return demands


def _prior_places(candidate: Candidate, judgement: Judgement, judge: Judge) -> dict[str, frozenset[Feature]]:
    """What is known of all places from the start.

    A name of many meanings is only renamed in the roles (attribute, keyword, variable) that were seen; what
    belongs to an imported name in all places (`datetime.utcnow()`) is meant and not anything of that name.
    Functions become asynchronous where they wait.
    """
    if _makes_asynchronous(candidate):
        return _placed(judgement.right, "holds")
    if candidate.is_replaced or _calls_what_it_named(candidate, judge):
        return _placed(judgement.right, "place")
    before = candidate.first.template.before
    grammar = judge.diffs[candidate.first.file].before.grammar
    meant = _placed(judgement.right, "resolves")
    is_whole_name = not candidate.is_name or candidate.not_in_imports
    if len(meant.get("resolves", ())) == 1 and is_whole_name and not _is_relative(meant["resolves"]):
        return meant
    if is_bases(before):
        held = _placed(judgement.right, "held")
        in_class = _placed(judgement.right, "place")
        return {**held, **in_class} if held or not candidate.first.template.holes else {}
    if before.raw in LISTS_OF_CALLS or before.raw in ("parameters", "formal_parameters"):
        whole = _placed(judgement.right, "callee")
        if 0 < len(whole.get("callee", ())) <= _FEW_OWNERS:
            return whole
        return _placed(judgement.right, "called") or _placed(judgement.right, "owner")
    if candidate.is_deletion and before.parent is not None and before.parent.kind in grammar.lists:
        return _prior_of_element(before, judgement, grammar)
    is_python = judge.diffs[candidate.first.file].before.language == "python"
    if not candidate.is_name or not is_python or before.raw != "identifier" or is_distinctive(before.text):
        return {}
    roles = _placed(judgement.right, "role")
    if roles.get("role") != frozenset({("attribute",)}):
        return roles if len(roles.get("role", ())) == 1 else {}
    owners = _placed(judgement.right, "receiver")
    return owners if 0 < len(owners.get("receiver", ())) <= _FEW_OWNERS else roles


def _origin(candidate: Candidate, judgement: Judgement) -> dict[str, frozenset[Feature]]:
    """A name that is renamed with its import is not meant where it is imported from another module."""
    if not candidate.is_name or candidate.not_in_imports or candidate.is_replaced:
        return {}
    found = {hit.places["origin"] for hit in judgement.right if "origin" in hit.places}
    modules = {module for module, _ in found} - {""}
    if not 0 < len(modules) <= _FEW_OWNERS:
        return {}
    return {"origin": frozenset({*found, ("", next(iter(found))[1])})}


def _postponed(candidate: Candidate, judgement: Judgement, judge: Judge) -> dict[str, frozenset[Feature]]:
    """Types that only an annotation may have where annotations are not evaluated stay within annotations."""
    after = candidate.first.template.after
    if after is None or not (after.raw in _TYPES or after.text in BUILTINS):
        return {}
    files = {hit.file for hit in judgement.right}
    are_postponed = all(judge.diffs[file].after.postpones_annotations for file in files)
    return _placed(judgement.right, "annotation") if are_postponed else {}


def _is_relative(names: frozenset[Feature]) -> bool:
    return any(value[0].startswith(".") for value in names)


def _prior_of_element(element: Node, judgement: Judgement, grammar: Grammar) -> dict[str, frozenset[Feature]]:
    """Where an element of a list goes: a value only there, and what hardly names one thing only where one
    function is called."""
    places: dict[str, frozenset[Feature]] = {}
    if element.raw not in grammar.contexts:
        places = _placed(judgement.right, "place")
    if not is_distinctive(next(element.leaves()).text):
        calls = _placed(judgement.right, "call")
        if len(judgement.right) > 1 and len(calls.get("call", ())) == 1:
            places |= calls
    return places


def role_of(node: Node) -> str:
    """callee, attribute, keyword, definition, or "" for anything else."""
    parent = node.parent
    if parent is None or node.children:
        return "callee" if parent is not None and _is_callee(node, parent) else ""
    if _is_callee(node, parent):
        return "callee"
    if parent.raw == "method_invocation" and node.place == 0:
        return "callee"
    if parent.kind in _ACCESS and node.place == len(parent.children) - 1:
        return "attribute"
    if parent.raw in ("keyword_argument", "pair", "keyed_element") and node.place == 0:
        return "keyword"
    return "definition" if parent.raw.endswith(("_definition", "_declaration")) else ""


def _is_callee(node: Node, parent: Node) -> bool:
    """The first child of a call; of `new X(…)` the second."""
    return parent.raw in _CALLS and node.place == (1 if parent.children[0].text == "new" else 0)


_TYPES = frozenset({"generic_type", "union_type", "subscript", "binary_operator"})
_CALLS = frozenset({"call", "call_expression", "new_expression", "object_creation_expression", "decorator"})
_ACCESS = frozenset({"attribute", "member_expression", "selector_expression", "field_access"})

Condition = Callable[[Hit], bool]


def _weakest(candidate: Candidate, judgement: Judgement, *, by_texts: bool = True) -> Candidate | None:
    """The candidate with the fewest conditions that touch nothing it must not touch.

    Without `by_texts` only kinds and places become conditions, no lists of what holes held.
    """
    right = judgement.right
    wrong = [hit for hit in judgement.wrong if _meets(candidate, hit)]
    enough = needed_anchor(judgement)
    if anchor(candidate) >= enough and not wrong:
        return candidate
    best: Candidate | None = None
    for narrower in _narrower(candidate, right):
        if not by_texts and sum(bool(d.texts) for d in narrower.demands.values()) > len(candidate.demands):
            continue
        if anchor(narrower) < enough:
            continue
        left = [hit for hit in wrong if _meets(narrower, hit)]
        if not left:
            return narrower
        if best is None and _is_tolerable(right, left):
            best = narrower
    if anchor(candidate) >= enough and _is_tolerable(right, wrong):
        return candidate
    return best


def _narrower(candidate: Candidate, right: list[Hit]) -> Iterator[Candidate]:
    """Candidates with one more condition, then with two, then with all."""
    single = [*_demands(candidate, right), *_places(candidate, right)]
    for number, demand in [pair for pair in single if isinstance(pair[0], int)]:
        yield _with(candidate, [(number, demand)])
    for name, values in [pair for pair in single if isinstance(pair[0], str)]:
        yield _with(candidate, [(name, values)])
    for first, second in combinations(single, 2):
        if first[0] != second[0]:
            yield _with(candidate, [first, second])
    every: dict[int | str, object] = {}
    for key, value in single:
        if isinstance(key, int):
            every[key] = value
    if len(every) > 2:
        yield _with(candidate, list(every.items()))


def _demands(candidate: Candidate, right: list[Hit]) -> Iterator[tuple[int | str, object]]:
    nodes = hole_nodes(candidate)
    for number, node in nodes.items():
        if number in candidate.demands:
            continue
        kinds = frozenset(hit.kinds[number] for hit in right if number in hit.kinds)
        texts = frozenset(hit.texts[number] for hit in right if number in hit.texts)
        if 0 < len(kinds) <= 2:
            yield number, Demand(kinds=kinds)
        if node.is_leaf and node.named:
            for regex in _affixes(texts):
                yield number, Demand(regex=regex)
        is_name = role_of(node) != ""
        repeated = len(right) >= 2 * len(texts)
        if 0 < len(texts) <= _MOST_VALUES and (repeated or is_name or node.size <= 3):
            yield number, Demand(texts=texts)


def _affixes(texts: Values) -> Iterator[str]:
    """Expressions for the words that all names begin or end with."""
    if len(texts) < 2:
        return
    words = [re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])|_+", text) for text in texts]
    first = "".join(_shared_start(words))
    last = "".join(_shared_start([word[::-1] for word in words])[::-1])
    if len(first.strip("_")) >= 3:
        yield f"^{re.escape(first)}"
    if len(last.strip("_")) >= 3:
        yield f"{re.escape(last)}$"


def _shared_start(lists: list[list[str]]) -> list[str]:
    shared = takewhile(lambda column: len(set(column)) == 1, zip(*lists, strict=False))
    return [column[0] for column in shared]


def _places(candidate: Candidate, right: list[Hit]) -> Iterator[tuple[int | str, object]]:
    for name in ("resolves", "based", "annotation", "place", "owner", "above", "call", "definition"):
        if name in candidate.places:
            continue
        values = [hit.places.get(name) for hit in right]
        found = frozenset(value for value in values if value is not None)
        if found and all(value is not None for value in values) and len(found) <= _MOST_VALUES:
            yield name, found


def _placed(right: list[Hit], name: str) -> dict[str, frozenset[Feature]]:
    """One feature alone, where all places have it and its values are few."""
    values = frozenset(hit.places.get(name, ()) for hit in right)
    return {name: values} if () not in values and len(values) <= _MOST_VALUES else {}


def _calls_what_it_named(candidate: Candidate, judge: Judge) -> bool:
    """True when a name becomes a call of it (`print` -> `print()`): not so where it is called already."""
    before, after = candidate.first.template.before, candidate.first.template.after
    if after is None or not before.is_leaf:
        return False
    calls = judge.diffs[candidate.first.file].after.grammar.calls
    return after.raw in calls and next(after.leaves()).text == before.text


def _frees_attributes(candidate: Candidate) -> bool:
    """True when any attribute would become a name alone (`module.$A` -> `$A`), which nothing need define."""
    tokens = candidate.first.template.key[2]
    only = tokens[0] if isinstance(tokens, tuple) and len(tokens) == 1 else ""
    if isinstance(only, str) or only[0] in candidate.demands:
        return False
    node = hole_nodes(candidate).get(only[0])
    return node is not None and role_of(node) == "attribute"


def _needs_places(candidate: Candidate) -> bool:
    """True for templates that say nothing by themselves."""
    is_base_gone = candidate.is_deletion and is_bases(candidate.first.template.before)
    return is_base_gone or _makes_asynchronous(candidate)


def _makes_asynchronous(candidate: Candidate) -> bool:
    """True when `async` is all that is added: which functions wait is said by what they hold."""
    _, before, after = candidate.first.template.key
    if not isinstance(before, tuple) or not isinstance(after, tuple) or "async" in before:
        return False
    return "async" in after and [each for each in after if each != "async"] == list(before)


def _with(candidate: Candidate, more: list[tuple[int | str, object]]) -> Candidate:
    demands, places = dict(candidate.demands), dict(candidate.places)
    for key, value in more:
        if isinstance(key, int):
            assert isinstance(value, Demand)
            demands[key] = value
        else:
            assert isinstance(value, frozenset)
            places[key] = value
    return replace(candidate, demands=demands, places=places, extra_demands=True)


def _meets(candidate: Candidate, hit: Hit) -> bool:
    for number, demand in candidate.demands.items():
        if demand.texts and hit.texts.get(number) not in demand.texts:
            return False
        if demand.kinds and hit.kinds.get(number) not in demand.kinds:
            return False
        if demand.regex and not re.search(demand.regex, hit.texts.get(number, "")):
            return False
    return all(hit.places.get(name) in values for name, values in candidate.places.items())


def _is_tolerable(right: list[Hit], wrong: list[Hit]) -> bool:
    """People miss places and change some in another way: a few are borne, of those left alone fewer."""
    if not wrong:
        return True
    count = len(right)
    alone = sum(not hit.is_conflict for hit in wrong)
    if alone == 0:
        return count >= 2 and count / (count + len(wrong)) >= 0.75
    return count >= 8 and count / (count + len(wrong)) >= 0.93
