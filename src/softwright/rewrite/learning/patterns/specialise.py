"""From the most general template to a rule: the weakest conditions that keep it off what was left alone."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations, takewhile

from softwright.rewrite.learning.patterns.anchors import anchor, needed_anchor
from softwright.rewrite.learning.patterns.candidate import Candidate, Demand, Values, hole_nodes, write_step
from softwright.rewrite.learning.patterns.judge import Hit, Judge, Judgement
from softwright.rewrite.learning.patterns.priors import (
    MOST_VALUES,
    makes_asynchronous,
    prior_demands,
    prior_places,
    role_of,
)
from softwright.rewrite.learning.patterns.renames import is_replaced
from softwright.rewrite.learning.patterns.scope import without
from softwright.rewrite.learning.trees.template import Instance, is_bases
from softwright.rewrite.rule import Scope, Step

_MOST_EXCLUDED = 8


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
    candidate.demands = prior_demands(candidate, judgement)
    candidate.places = prior_places(candidate, judgement, judge)
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
        if 0 < len(texts) <= MOST_VALUES and (repeated or is_name or node.size <= 3):
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
        if found and all(value is not None for value in values) and len(found) <= MOST_VALUES:
            yield name, found


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
    return is_base_gone or makes_asynchronous(candidate)


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
