"""Patterns of calls: every match is a call, and the source of a call alone tells whether it is one.

So where the places of a file's calls are known, only those are parsed that have the right name.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ast_grep_py import SgNode, SgRoot

from softwright.core import InvalidInput, Span
from softwright.facts.structure.decoding import Decoded, decode
from softwright.facts.structure.pattern import Pattern
from softwright.facts.structure.search import Bound, Found, Tree, found

_EXPANDO = "µ"  # what ast-grep makes of `$` in Python
_NOT_ALWAYS_CALLS = frozenset({"print", "exec", "match", "case", "type", "await", "async", "_"})
"""Names that are statements in some version of Python, so that grammars may differ about their calls."""
_WITHIN = frozenset({"regex", "kind", "pattern"})
"""Keys of rule objects that look at nothing outside of the node."""


def called_name(pattern: Pattern) -> str | None:
    """The last name of what every match of a Python pattern calls; None when its matches may be other
    things than calls, call several names, or depend on what stands around them.
    """
    text = pattern.rule.get("pattern")
    if pattern.language != "python" or not isinstance(text, str) or len(pattern.rule) > 1:
        return None
    if pattern.utils or pattern.resolves or not looks_within(pattern.constraints.values()):
        return None
    call = _only_call(SgRoot(text.replace("$", _EXPANDO), "python").root())
    called = call.field("function") if call else None
    if called is not None and called.kind() == "attribute":
        called = called.field("attribute")
    if called is None or called.kind() != "identifier":
        return None
    name = called.text()
    return name if name.isascii() and name not in _NOT_ALWAYS_CALLS else None


def found_at(
    patterns: Sequence[Pattern], source: bytes, places: Iterable[tuple[int, int]]
) -> list[tuple[Pattern, Found]] | None:
    """Matches among the calls at these places (first and past-the-end byte) of a Python file.

    Only for patterns that have a `called_name`, and places of all calls of such names. None when a place
    does not tell: then the whole file must be searched.
    """
    try:
        decoded = decode(source, "python")
    except InvalidInput:
        return []
    if decoded.encoding != "utf-8" or decoded.prefix:
        return None
    matches: list[tuple[Pattern, Found]] = []
    for start, end in places:
        written = source[start:end]
        likely = [pattern for pattern in patterns if pattern.may_match(written)]
        if not likely:
            continue
        tree = _alone(written)
        if tree is None:
            return None
        for pattern in likely:
            for match in tree.matches(pattern):
                if match.end - match.start == len(tree.text):  # inner calls have places of their own
                    matches.append((pattern, moved(found(match, _text(written, tree)), start)))
    return matches


def _alone(written: bytes) -> Tree | None:
    """The call parsed by itself, None when it is not the same as in its file: cut lines, errors."""
    tree = Tree(written.decode(), "python")
    call = _only_call(tree.root)
    if call is None or call.text() != tree.text or tree.root.find({"rule": {"kind": "ERROR"}}):
        return None
    return tree


def _only_call(root: SgNode) -> SgNode | None:
    statements = root.children()
    inner = statements[0].children() if len(statements) == 1 else []
    return inner[0] if len(inner) == 1 and inner[0].kind() == "call" else None


def _text(written: bytes, tree: Tree) -> Decoded:
    return Decoded(written, tree.text, "utf-8")


def moved(match: Found, by: int) -> Found:
    """The match with all of its spans `by` bytes further on."""
    bindings = {name: replace(bound, span=_shifted(bound, by)) for name, bound in match.bindings.items()}
    return replace(match, span=Span(match.span.start + by, match.span.end + by), bindings=bindings)


def _shifted(bound: Bound, by: int) -> Span | None:
    return bound.span and Span(bound.span.start + by, bound.span.end + by)


def looks_within(rules: Iterable[object]) -> bool:
    """True when these rule objects look at nothing but the node and what is in it."""
    return all(
        isinstance(rule, dict) and rule.keys() <= _WITHIN and isinstance(rule.get("pattern", ""), str)
        for rule in rules
    )
