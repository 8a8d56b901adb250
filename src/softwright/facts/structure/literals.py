"""Words that a file must hold before a rule object can match in it: a filter that saves the parse.

The result is a conjunction of alternatives: at least one word of every group must be present. It may be
weaker than the rule, never stronger; where nothing is certain nothing is demanded. Most words stand alone
wherever the rule matches: neither a letter, a digit nor an underscore is next to them. Groups of only such
words are derived apart, for filters that know whole words and not their parts.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from softwright.facts.structure.required import required_texts, required_words

Groups = tuple[frozenset[bytes], ...]

_METAVARIABLE = re.compile(r"\$+[A-Z0-9_]*")
_CAPTURE = re.compile(r"(?<!\$)\$(?:\$)?([A-Z][A-Z0-9_]*)")
# string prefixes vary; bytes of letters beyond ASCII may look like ASCII ones in some encodings
_WORD = re.compile(r"(?<![\w$]|[^\0-\x7f])(?![rbuftRBUFT]{1,2}[\"'])[A-Za-z0-9_]+(?![\w$]|[^\0-\x7f])")
# of a string with an escape in it, grammars compare the escapes only
_QUOTED = re.compile(r"(\"{3}|'{3}|[\"'`])(?:\\.|(?!\1)[^\\])*\1", re.DOTALL)
# what begins such a string is compared
_OPENED = re.compile(r"""^([A-Za-z]{1,2}(?:\"{3}|'{3}|["']))(?=[^{]*\\)""")
_CHOICE = re.compile(r"\^\((?:\?:)?([A-Za-z0-9_|]+)\)\$")
_GROUPED = re.compile(r"\((?:\?:)?((?:\\.|[^()\\])*)\)", re.DOTALL)
_ALTERNATIVE = re.compile(r"(?:\\.|[^|\\])+|(?<=\|)(?=\||$)|^(?=\|)", re.DOTALL)
_PLAIN = re.compile(r"(?:\\[^A-Za-z0-9]|[^\\^$.*+?()\[\]{}|])*", re.DOTALL)
_WORDS = re.compile(r"[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*")
_MOST_WORDS = 4
"""Words of one text that are asked for: the longest."""
_COMMENT = {"python": re.compile(r"#")}
_COMMENT_ELSEWHERE = re.compile(r"//|/\*|#")
_GLUED = frozenset(b"if else and or in is not for from as async instanceof of".split())
"""Words that may follow a number without a blank."""
_RELATIONS = ("inside", "has", "precedes", "follows")

Selected = Callable[[str, str], str]
"""(context, selector) -> text of the selected node, "" when unknown."""


class Derivation:
    """Derives groups from one rule object; `utils` are its local utility rules.

    `whole` leaves out what may be found as a part of a longer word, `inner` what may stand outside of the
    match.
    """

    def __init__(
        self,
        language: str,
        utils: Mapping[str, Any],
        selected: Selected,
        *,
        whole: bool = False,
        inner: bool = False,
    ) -> None:
        self._language = language
        self._whole = whole
        self._inner = inner
        self._relations = ("has",) if inner else _RELATIONS
        self._utils = utils
        self._selected = selected
        self._open: set[str] = set()

    def groups(self, rule: Mapping[str, Any], constraints: Mapping[str, Any] | None = None) -> Groups:
        """The groups of the rule and of those constraints whose metavariable is surely bound."""
        found = set(self._rule(rule))
        if constraints:
            bound = self.surely_bound(rule)
            for name, constraint in constraints.items():
                if name in bound and isinstance(constraint, Mapping):
                    found |= self._rule(constraint)
        return tuple(sorted(found, key=_strength, reverse=True))

    def surely_bound(self, rule: Mapping[str, Any]) -> frozenset[str]:
        """Single metavariables that every match of the rule binds."""
        names: set[str] = set()
        pattern = rule.get("pattern")
        if isinstance(pattern, str):
            names |= set(_CAPTURE.findall(pattern))
        elif isinstance(pattern, Mapping) and pattern.get("selector"):
            part_of = self._selected(str(pattern.get("context", "")), str(pattern["selector"]))
            names |= set(_CAPTURE.findall(part_of))
        for part in _list(rule.get("all")):
            names |= self.surely_bound(part)
        alternatives = [self.surely_bound(part) for part in _list(rule.get("any"))]
        if alternatives:
            names |= frozenset.intersection(*alternatives)
        return frozenset(names)

    def _rule(self, rule: Mapping[str, Any]) -> set[frozenset[bytes]]:
        found: set[frozenset[bytes]] = set()
        if "pattern" in rule:
            found |= {frozenset({word}) for word in self._pattern(rule["pattern"])}
        if isinstance(rule.get("regex"), str):
            found |= self._expression(rule["regex"])
        for part in _list(rule.get("all")):
            found |= self._rule(part)
        if _list(rule.get("any")):
            found |= self._either(_list(rule["any"]))
        for relation in self._relations:
            if isinstance(rule.get(relation), Mapping):
                found |= self._rule(rule[relation])
        if isinstance(rule.get("matches"), str):
            found |= self._util(rule["matches"])
        return found

    def _expression(self, regex: str) -> set[frozenset[bytes]]:
        if not self._whole:
            return _regex(regex)
        if self._language != "python":
            return set()  # the text of a node may begin within a word: behind an escape in a string
        choice = _CHOICE.fullmatch(regex)
        words = [choice[1].split("|")] if choice else [[word] for word in required_words(regex)]
        groups = ({word.encode() for word in some} for some in words)
        return {frozenset(group) for group in groups if all(group) and all(map(stands_alone, group))}

    def _pattern(self, pattern: Any) -> set[bytes]:
        if isinstance(pattern, Mapping):
            if pattern.get("strictness", "smart") not in ("cst", "smart"):
                return set()
            context, selector = pattern.get("context", ""), pattern.get("selector")
            text = self._selected(context, selector) if selector else context
        else:
            text = pattern
        if not isinstance(text, str):
            return set()
        opened = _OPENED.findall(text) if self._inner and self._language == "python" else ()
        text = _QUOTED.sub(lambda found: " " if "\\" in found[0] else found[0], text)
        text = _COMMENT.get(self._language, _COMMENT_ELSEWHERE).split(text, maxsplit=1)[0]
        text = _METAVARIABLE.sub(" ", re.sub(r"[\w$]*\w\$[\w$]*", " ", text))
        words = {word.encode() for word in (*_WORD.findall(text), *opened) if word.isascii()}
        return {word for word in words if stands_alone(word)} if self._whole else words

    def _either(self, rules: list[Mapping[str, Any]]) -> set[frozenset[bytes]]:
        best: list[frozenset[bytes]] = []
        for rule in rules:
            groups = self._rule(rule)
            if not groups:
                return set()
            best.append(max(groups, key=_strength))
        return {frozenset().union(*best)}

    def _util(self, name: str) -> set[frozenset[bytes]]:
        if name in self._open or not isinstance(self._utils.get(name), Mapping):
            return set()
        self._open.add(name)
        try:
            return self._rule(self._utils[name])
        finally:
            self._open.discard(name)


def resolved_groups(names: tuple[str, ...]) -> Groups:
    """Words that must be present for a name to resolve to one of these dotted names through imports."""
    paths = [[part for part in name.split(".") if part and part != "*"] for name in names]
    paths = [path[1:] if path[:1] == ["builtins"] else path for path in paths]
    if not paths or not all(paths):
        return ()
    if len(paths) == 1:
        return tuple(frozenset({part.encode()}) for part in dict.fromkeys(paths[0]))
    ends = (frozenset(path[0].encode() for path in paths), frozenset(path[-1].encode() for path in paths))
    return tuple(dict.fromkeys(ends))


def stands_alone(word: bytes) -> bool:
    """True when a token of this text is never joined to the letters or digits of another one."""
    return not word[:1].isdigit() and word not in _GLUED


def whole(groups: Groups) -> Groups:
    """Groups of names (which may hold dots, dashes, slashes) as groups of words that stand alone.

    Of every name its longest word is taken; a group with a name that has none is left out.
    """
    found = []
    for group in groups:
        words = [max(_plain_words(name), key=len, default=b"") for name in group]
        if words and all(words):
            found.append(frozenset(words))
    return tuple(found)


def _plain_words(name: bytes) -> list[bytes]:
    parts = re.split(rb"[^\w$\x80-\xff]+", name)
    return [part for part in parts if re.fullmatch(rb"\w+", part) and stands_alone(part)]


def merge(*many: Groups) -> Groups:
    """All groups together, the most selective first."""
    return tuple(sorted({group for groups in many for group in groups}, key=_strength, reverse=True))


def _strength(group: frozenset[bytes]) -> tuple[int, int, list[bytes]]:
    return (min(len(word) for word in group), -len(group), sorted(group))


def _list(value: Any) -> list[Mapping[str, Any]]:
    return [part for part in value if isinstance(part, Mapping)] if isinstance(value, list) else []


def _regex(pattern: str) -> set[frozenset[bytes]]:
    """Groups of a regular expression: alternative plain texts, or what stands in it outside of any choice."""
    inner = pattern.removeprefix("^")
    if not inner.endswith("\\$"):
        inner = inner.removesuffix("$")
    grouped = _GROUPED.fullmatch(inner)
    texts = [_plain_text(part) for part in _ALTERNATIVE.findall(grouped[1] if grouped else inner)]
    words = [_WORDS.findall(text or "") for text in texts]
    if not words or not all(words):
        return {frozenset({word.encode()}) for word in required_texts(pattern)}
    if len(words) == 1:
        return {frozenset({word.encode()}) for word in sorted(words[0], key=len)[-_MOST_WORDS:]}
    return {frozenset(max(some, key=len).encode() for some in words)}


def _plain_text(alternative: str) -> str | None:
    """What an alternative stands for when it is no more than an ASCII text, None otherwise."""
    if not (alternative.isascii() and _PLAIN.fullmatch(alternative)):
        return None
    return re.sub(r"\\(.)", r"\1", alternative, flags=re.DOTALL)
