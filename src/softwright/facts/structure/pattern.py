"""A structural pattern: an ast-grep rule object that knows its language, its literals and its names."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from ast_grep_py import SgNode, SgRoot

from softwright.core import LANGUAGES, InvalidInput, digest, nearest
from softwright.facts.structure.content import Content
from softwright.facts.structure.kinds import Kinds, kinds_of
from softwright.facts.structure.literals import Derivation, Groups, merge, resolved_groups, whole
from softwright.facts.structure.repeated_fields import repeated_fields
from softwright.facts.structure.sequences import sequences

PATTERN_KEYS = ("rule", "constraints", "utils", "transform", "resolves")
"""Keys of a pattern given as a mapping; without `rule` the mapping itself is the rule object."""

_DOTTED = re.compile(r"[\w.@/$-]*[\w$](\.\*)?")
_NAMED = re.compile(r"\$(\$\$|\$)?([A-Z_][A-Z0-9_]*)")
# ast-grep reads `$` as a letter by replacing it with one that the grammar accepts in identifiers
_EXPANDO = {"python": "µ", "go": "µ", "rust": "µ"}

_CLASS = re.compile(r"\\\\[wWdDsSbB]|\\p")
_READING = 10
"""Times that a regex with a class of letters takes as long to be read as a plain rule object."""


@dataclass(frozen=True)
class Pattern:
    """What to find: an ast-grep `rule` object with its `constraints`, local `utils` and `transform`.

    `resolves` maps a metavariable (or `match`, the whole match; of a call, its callee) to the dotted
    names it may stand for, as this file's imports spell them. Made by `Pattern.parse`, which checks.
    """

    language: str
    rule: Mapping[str, Any]
    constraints: Mapping[str, Any] = field(default_factory=dict)
    utils: Mapping[str, Any] = field(default_factory=dict)
    transform: Mapping[str, Any] = field(default_factory=dict)
    resolves: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def parse(cls, given: str | Mapping[str, Any], language: str) -> "Pattern":
        """A checked pattern from pattern text, a rule object, or a mapping with the keys `PATTERN_KEYS`.

        Raises InvalidInput for an unknown language or key, or what ast-grep refuses.
        """
        if language not in LANGUAGES:
            raise InvalidInput(f"unknown language `{language}`; {nearest(language, LANGUAGES)}")
        if isinstance(given, str):
            given = {"rule": {"pattern": given}}
        elif "rule" not in given:
            given = {"rule": given}
        unknown = [key for key in given if key not in PATTERN_KEYS]
        if unknown:
            raise InvalidInput(f"unknown key `{unknown[0]}`; {nearest(str(unknown[0]), PATTERN_KEYS)}")
        parts = {
            key: _mapping(key, given[key]) for key in PATTERN_KEYS if given.get(key) and key != "resolves"
        }
        if "rule" not in parts:
            raise InvalidInput("the rule object is empty", hint="give it a `pattern`, `kind`, `any` or `all`")
        pattern = cls(language, resolves=_resolves(given.get("resolves")), **parts)
        pattern.check()
        return pattern

    def check(self) -> None:
        """Have ast-grep compile the pattern; raises InvalidInput with its reason."""
        for text in _pattern_texts([self.rule, self.utils, self.constraints]):
            if _is_broken(text, self.language):
                raise InvalidInput(
                    f"pattern `{_short(text)}` is not whole {self.language} code",
                    hint="give code that stands alone, or `pattern: {context: …, selector: node_kind}`",
                )
        self._check_fields()
        try:
            SgRoot("", self.language).root().find_all(self.config())
        except Exception as error:
            raise InvalidInput(
                f"ast-grep refuses the rule: {_reason(error)}",
                hint="compare the rule object with https://ast-grep.github.io/reference/rule.html",
            ) from error
        unbound = [name for name in self.resolves if name != "match" and name not in self.metavariables]
        if unbound:
            allowed = [*self.metavariables, "match"]
            raise InvalidInput(
                f"`resolves` names no metavariable `{unbound[0]}`; {nearest(unbound[0], allowed)}"
            )

    def _check_fields(self) -> None:
        for part in (self.rule, *self.utils.values(), *self.constraints.values()):
            for kind, field_name in repeated_fields(part, self.language):
                raise InvalidInput(
                    f"`field: {field_name}` of `{kind}` sees only the first of several",
                    hint=f"leave `field: {field_name}` out and ask for the kinds of the children: "
                    "without `field` all of them are looked at",
                )

    def config(self) -> Any:
        """The rule configuration in the form that ast-grep takes."""
        config: dict[str, Any] = {"rule": self.rule}
        for key in ("constraints", "utils", "transform"):
            if getattr(self, key):
                config[key] = getattr(self, key)
        return config

    @cached_property
    def metavariables(self) -> dict[str, bool]:
        """Names that the rule may bind -> True for those that bind a sequence (`$$$NAME`)."""
        names: dict[str, bool] = {}
        for text in _pattern_texts([self.rule, self.utils, self.constraints]):
            for marks, name in _NAMED.findall(text):
                if not name.startswith("_"):
                    names[name] = names.get(name, False) or marks == "$$"
        return names

    @cached_property
    def literals(self) -> Groups:
        """Words a file must hold, as a conjunction of alternatives; empty when nothing is certain."""
        return merge(self._demanded(), *self._resolved())

    @cached_property
    def words(self) -> Groups:
        """As `literals`, of words that stand alone: no letter, digit or underscore is next to them."""
        return merge(self._demanded(whole=True), *(whole(groups) for groups in self._resolved()))

    @cached_property
    def inner(self) -> tuple[frozenset[str], ...]:
        """Words as `literals`, of those that a match itself holds."""
        groups = self._demanded(inner=True)
        return tuple(frozenset(word.decode("ascii") for word in group) for group in groups)

    @cached_property
    def kinds(self) -> Kinds | None:
        """The kinds of node that can match, None when any can."""
        return self.kinds_of(self.rule)

    def kinds_of(self, rule: Mapping[str, Any]) -> Kinds | None:
        """As `kinds`, of a rule object within this pattern."""
        return kinds_of(rule, self.utils, lambda given: pattern_node(given, self.language))

    @cached_property
    def weight(self) -> int:
        """How much longer than most the rule takes to be read by ast-grep: classes of letters are large."""
        return 1 + _READING * len(_CLASS.findall(str(self.config())))

    @cached_property
    def surely_bound(self) -> frozenset[str]:
        """Single metavariables that every match binds to a node within it."""
        return self._derivation().surely_bound(self.rule)

    @cached_property
    def unresolved(self) -> "Pattern":
        """The pattern whatever its names stand for."""
        return replace(self, resolves={})

    def _demanded(self, *, whole: bool = False, inner: bool = False) -> Groups:
        return self._derivation(whole=whole, inner=inner).groups(self.rule, self.constraints)

    def _derivation(self, *, whole: bool = False, inner: bool = False) -> Derivation:
        return Derivation(self.language, self.utils, self._selected, whole=whole, inner=inner)

    def _resolved(self) -> list[Groups]:
        # `default` names an export that an importing file need not spell
        resolved = [tuple(name.replace(".default", "") for name in names) for names in self.resolves.values()]
        return [resolved_groups(names) for names in resolved]

    @cached_property
    def chains(self) -> tuple[re.Pattern[bytes], ...]:
        """Tokens that a Python file must hold, with nothing but blanks and comments between."""
        if self.language != "python":
            return ()
        given = [self.rule.get("pattern")]
        if isinstance(self.rule.get("all"), list):
            given += [part.get("pattern") for part in self.rule["all"] if isinstance(part, Mapping)]
        nodes = (pattern_node(one, self.language) for one in given)
        return tuple(dict.fromkeys(chain for node in nodes if node for chain in sequences(node)))

    @cached_property
    def digest(self) -> str:
        """Name of exactly this pattern."""
        resolves = {name: list(names) for name, names in self.resolves.items()}
        return digest([self.language, self.config(), resolves])

    def may_match(self, source: bytes | Content) -> bool:
        """False only when the pattern cannot match in `source`; costs a few microseconds.

        Give a Content when many patterns are asked about one file.
        """
        content = source if isinstance(source, Content) else Content(source)
        if content.is_listed and not all(any(map(content.stands_in, group)) for group in self.words):
            return False
        return (
            all(any(map(content.holds, group)) for group in self.literals)
            and all(chain.search(content.source) for chain in self.chains)
            and (content.is_listed or all(any(map(content.stands_in, group)) for group in self.words))
        )

    def _selected(self, context: str, selector: str) -> str:
        node = _selected_node(context, selector, self.language)
        return node.text().replace(_EXPANDO.get(self.language, "$"), "$") if node else ""


def _mapping(key: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidInput(f"`{key}` is {value!r}, not a mapping", hint="write `key: value` lines below it")
    return value


def _resolves(given: Any) -> dict[str, tuple[str, ...]]:
    if given is None:
        return {}
    if isinstance(given, str | list):
        given = {"match": given}
    names: dict[str, tuple[str, ...]] = {}
    for variable, value in _mapping("resolves", given).items():
        dotted = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else ()
        if not dotted or not all(isinstance(d, str) and _DOTTED.fullmatch(d) for d in dotted):
            raise InvalidInput(
                f"`resolves.{variable}` is {value!r}",
                hint="give a dotted name such as `datetime.datetime.utcnow`",
            )
        names[str(variable).lstrip("$")] = dotted
    return names


def _pattern_texts(values: Iterable[Any]) -> list[str]:
    """All pattern texts in rule objects, whatever their depth."""
    texts: list[str] = []
    for value in values:
        if isinstance(value, Mapping):
            pattern = value.get("pattern")
            if isinstance(pattern, Mapping):
                texts.append(str(pattern.get("context", "")))
            elif isinstance(pattern, str):
                texts.append(pattern)
            texts += _pattern_texts(part for key, part in value.items() if key != "pattern")
        elif isinstance(value, list):
            texts += _pattern_texts(value)
    return texts


def _selected_node(context: str, selector: str, language: str) -> SgNode | None:
    """The node of this kind in code given as context of a pattern, None when there is none."""
    try:
        root = SgRoot(context.replace("$", _EXPANDO.get(language, "$")), language).root()
        return root.find(kind=selector)
    except Exception:
        return None


def pattern_node(given: object, language: str) -> SgNode | None:
    """The tree of a pattern that compares all its tokens, None when it is broken or lenient."""
    if isinstance(given, str):
        node: SgNode | None = SgRoot(given.replace("$", _EXPANDO.get(language, "$")), language).root()
    elif isinstance(given, Mapping) and given.get("strictness", "smart") in ("cst", "smart"):
        context, selector = str(given.get("context", "")), given.get("selector")
        if not isinstance(selector, str):
            return pattern_node(context, language)
        node = _selected_node(context, selector, language)
    else:
        return None
    return None if node is None or node.find({"rule": {"kind": "ERROR"}}) else node


def _is_broken(text: str, language: str) -> bool:
    if language not in ("python", "javascript", "typescript", "tsx"):
        return False  # patterns of the other languages are often parts that ast-grep mends by itself
    letter = _EXPANDO.get(language, "$")
    root = SgRoot(text.replace("$", letter), language).root()
    return not text.strip() or root.find({"rule": {"kind": "ERROR"}}) is not None


def _reason(error: Exception) -> str:
    """The lines of ast-grep's chain of causes, without its backtrace."""
    text = str(error).split("Stack backtrace", 1)[0]
    lines = [re.sub(r"^\d+: ", "", line.strip()) for line in text.splitlines()]
    said = [line for line in lines if line and line not in ("cannot get matcher", "Caused by:")]
    return " ".join(said) or type(error).__name__


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:57] + "…"
