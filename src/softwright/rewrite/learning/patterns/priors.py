"""What is demanded of a rule's places from the start, whether or not anything was left alone."""

from softwright.rewrite.learning.patterns.anchors import is_distinctive
from softwright.rewrite.learning.patterns.candidate import Candidate, Demand, hole_nodes
from softwright.rewrite.learning.patterns.judge import BUILTINS, Hit, Judge, Judgement
from softwright.rewrite.learning.patterns.surroundings import LISTS_OF_CALLS, Feature
from softwright.rewrite.learning.trees.grammar import Grammar
from softwright.rewrite.learning.trees.template import is_bases
from softwright.rewrite.learning.trees.tree import Node

MOST_VALUES = 4
"""Values up to which a feature, or what a hole holds, may become a condition."""
_FEW_OWNERS = 2
"""Owners of an attribute with a common name up to which these are meant, and not any."""
_TYPES = frozenset({"generic_type", "union_type", "subscript", "binary_operator"})
_CALLS = frozenset({"call", "call_expression", "new_expression", "object_creation_expression", "decorator"})
_ACCESS = frozenset({"attribute", "member_expression", "selector_expression", "field_access"})


def prior_demands(candidate: Candidate, judgement: Judgement) -> dict[int, Demand]:
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


def prior_places(candidate: Candidate, judgement: Judgement, judge: Judge) -> dict[str, frozenset[Feature]]:
    """What is known of all places from the start."""
    return {
        **_meant(candidate, judgement, judge),
        **_origin(candidate, judgement),
        **_postponed(candidate, judgement, judge),
    }


def _meant(candidate: Candidate, judgement: Judgement, judge: Judge) -> dict[str, frozenset[Feature]]:
    """By which features of the places one tells what is meant.

    A name of many meanings is only renamed in the roles (attribute, keyword, variable) that were seen; what
    belongs to an imported name in all places (`datetime.utcnow()`) is meant and not anything of that name.
    Functions become asynchronous where they wait.
    """
    if makes_asynchronous(candidate):
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


def _placed(right: list[Hit], name: str) -> dict[str, frozenset[Feature]]:
    """One feature alone, where all places have it and its values are few."""
    values = frozenset(hit.places.get(name, ()) for hit in right)
    return {name: values} if () not in values and len(values) <= MOST_VALUES else {}


def _calls_what_it_named(candidate: Candidate, judge: Judge) -> bool:
    """True when a name becomes a call of it (`print` -> `print()`): not so where it is called already."""
    before, after = candidate.first.template.before, candidate.first.template.after
    if after is None or not before.is_leaf:
        return False
    calls = judge.diffs[candidate.first.file].after.grammar.calls
    return after.raw in calls and next(after.leaves()).text == before.text


def makes_asynchronous(candidate: Candidate) -> bool:
    """True when `async` is all that is added: which functions wait is said by what they hold."""
    _, before, after = candidate.first.template.key
    if not isinstance(before, tuple) or not isinstance(after, tuple) or "async" in before:
        return False
    return "async" in after and [each for each in after if each != "async"] == list(before)
