"""What a rule object demands, in words."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from softwright.rewrite.learning.patterns.exports import EXPORTED
from softwright.rewrite.words.idioms import idiom

EXPORTS = "in `__all__`"
"""Where a module says what it exports."""

LONGEST_REGEX = 40
"""Characters of a regex that is told as it is."""

_ATTRIBUTE = "an attribute"
_KINDS = {
    "identifier": "a name",
    "type_identifier": "a type's name",
    "property_identifier": "a property's name",
    "field_identifier": "a field's name",
    "integer": "a number",
    "float": "a number",
    "number": "a number",
    "argument_list": "arguments",
    "arguments": "arguments",
    "parameters": "parameters",
    "formal_parameters": "parameters",
    "import_statement": "an import",
    "import_from_statement": "an import",
    "future_import_statement": "an import",
    "import_declaration": "an import",
    "block": "a block",
    "module": "the file",
    "program": "the file",
    "call": "a call",
    "call_expression": "a call",
    "method_invocation": "a call",
    "new_expression": "a call",
    "object_creation_expression": "a call",
    "attribute": _ATTRIBUTE,
    "member_expression": _ATTRIBUTE,
    "field_access": _ATTRIBUTE,
    "selector_expression": _ATTRIBUTE,
    "string_content": "a string's text",
    "string_fragment": "a string's text",
    "true": "`true`",
    "false": "`false`",
    "none": "`None`",
    "null": "`null`",
}
_ENDINGS = re.compile(r"_(statement|definition|expression|declaration|specifier)$")
_RELATIONS = {"inside": "inside", "has": "with", "precedes": "before", "follows": "behind"}
_ANY_HEAD = r"(?:[\s\S]*\W)?"
_HOLE = re.compile(r"\$[A-Z_][A-Z0-9_]*")
_NO_VARIABLE = ("not as an attribute", "not as a keyword")
_CALLED = frozenset({"function", "name", "constructor", "method", "type"})


class Obscure(Exception):
    """A demand that has no short words: it is counted, and stands in the rule's file."""


def one_of(parts: Iterable[str], word: str = "or") -> str:
    """`a`, `b or c`, `a, b or c`; each once."""
    listed = list(dict.fromkeys(parts))
    return f" {word} ".join([", ".join(listed[:-1]), listed[-1]]) if len(listed) > 1 else "".join(listed)


def kind_words(kind: str) -> str:
    """A kind of node as one would say it: `function_definition` is "a function"."""
    if kind in _KINDS:
        return _KINDS[kind]
    name = _ENDINGS.sub("", kind).replace("_", " ")
    return f"an {name}" if name[:1] in "aeiou" else f"a {name}"


def literals(regex: str) -> list[str]:
    """The texts that a regex stands for when it is nothing but texts (`^(a|b)$`), else none."""
    inner = re.fullmatch(r"\^(.*)\$", regex, re.DOTALL)
    if inner is None:
        return []
    text = inner[1].removeprefix(_ANY_HEAD)
    group = re.fullmatch(r"\((?:\?:)?([^()]*)\)", text)
    parts = (group[1] if group else text).split("|")
    found = [re.sub(r"\\(\W)", r"\1", part) for part in parts]
    plain = all(re.fullmatch(r"(\\\W|[^\\.^$*+?()\[\]{}|])*", part) for part in parts)
    return found if plain and (group or len(parts) == 1) else []


def regex_words(regex: str) -> str:
    """What a text must be: one of some texts, or like a short regex. Raises Obscure for a long one."""
    texts = literals(regex)
    if not texts and len(regex) > LONGEST_REGEX:
        raise Obscure
    return one_of(f"`{text}`" for text in texts) if texts else f"reading like `{regex}`"


def noun(rule: Mapping[str, Any]) -> str:
    """What a rule object stands for, such as "a string" or "a call of `isinstance`". Raises Obscure."""
    rest = {key: value for key, value in rule.items() if key not in ("stopBy", "field")}
    if set(rest) == {"not"}:
        return f"anything but {noun(rest['not'])}"
    if isinstance(rest.get("any"), list) and "kind" not in rest:
        name = one_of(noun(part) for part in rest.pop("any"))
    elif "kind" in rest:
        name = _kind(rest)
    elif "pattern" in rest:
        name = f"`{pattern_text(rest.pop('pattern'))}`"
    elif "regex" in rest:
        name = regex_words(rest.pop("regex"))
        name = name if name.startswith("`") else f"something {name}"
    else:
        raise Obscure
    if "regex" in rest:
        name += f" {regex_words(rest.pop('regex'))}"
    return " ".join([name, *_conditions(rest, of_noun=True)])


def _kind(rest: dict[str, Any]) -> str:
    name = kind_words(rest.pop("kind"))
    called = rest.get("has")
    if isinstance(called, Mapping) and set(called) == {"field", "regex"} and called["field"] in _CALLED:
        rest.pop("has")
        of = "of " if name == "a call" else ""
        return f"{name} {of}{regex_words(called['regex'])}"
    return name


def conditions(rule: Mapping[str, Any]) -> tuple[list[str], int]:
    """The demands of a rule object beyond what it is: phrases behind the code, and how many have none."""
    told: list[str] = []
    obscure = 0
    for key, value in rule.items():
        for part in value if key == "all" else [{key: value}]:
            try:
                told += _conditions(part) if key != "all" else _phrases(part)
            except Obscure:
                obscure += 1
    if set(_NO_VARIABLE) <= set(told):
        told = ["as a variable", *(phrase for phrase in told if phrase not in _NO_VARIABLE)]
    return told, obscure


def _conditions(rule: Mapping[str, Any], *, of_noun: bool = False) -> list[str]:
    """What a rule object demands of a match, or of something around it that is told by a noun."""
    told: list[str] = []
    for key, value in rule.items():
        if key in _RELATIONS:
            is_place = key == "inside" and (not of_noun or value == EXPORTED)
            told.append(_placed(value) if is_place else f"{_RELATIONS[key]} {noun(value)}")
        elif key == "all":
            told += [phrase for part in value for phrase in _phrases(part)]
        elif key == "any":
            told.append(one_of(_alternative(part) for part in value))
        elif key == "not":
            told += [f"not {phrase}" for phrase in _phrases(value)]
        elif key not in ("kind", "regex", "pattern", "stopBy", "field"):
            raise Obscure
    return told


def exported(rule: object) -> bool:
    """True for the condition that a text is an entry of `__all__`."""
    return isinstance(rule, Mapping) and rule.get("inside") == EXPORTED


def _placed(rule: Mapping[str, Any]) -> str:
    """Where something stands: inside of what, or as which part of an attribute, a keyword or a definition."""
    if rule == EXPORTED:
        return EXPORTS
    if rule.get("field") == "name" and set(rule) <= {"kind", "field", "stopBy"}:
        told = kind_words(str(rule["kind"]))
        return "as a keyword" if rule["kind"] == "keyword_argument" else f"as the name of {told}"
    if kind_words(str(rule.get("kind", ""))) != _ATTRIBUTE or not set(rule) <= {
        "kind",
        "field",
        "has",
        "stopBy",
    }:
        return f"inside {noun(rule)}"
    owner = rule.get("has")
    if isinstance(owner, Mapping):
        return (
            f"as an attribute of {regex_words(owner['regex'])}"
            if "regex" in owner
            else f"inside {noun(rule)}"
        )
    return "in front of an attribute" if rule.get("field") in ("object", "operand") else "as an attribute"


def constraint(variable: str, rule: Mapping[str, Any]) -> str:
    """A demand on a metavariable, such as "`$A` is a string". Raises Obscure."""
    if set(rule) == {"not"}:
        return f"`${variable}` is not {noun(rule['not'])}"
    if set(rule) == {"regex"} and not literals(rule["regex"]):
        return f"`${variable}` reads like {regex_words(rule['regex']).removeprefix('reading like ')}"
    return f"`${variable}` is {noun(rule)}"


def pattern_text(pattern: object) -> str:
    """The code of a pattern, on one line."""
    text = pattern.get("context", "") if isinstance(pattern, Mapping) else str(pattern)
    return short(str(text))


def short(code: str, width: int = 90) -> str:
    """Code on one line, its middle left out where it is long."""
    line = " ".join(code.split())
    return line if len(line) <= width else f"{line[: width - 20].rstrip()} … {line[-15:].lstrip()}"


def shown(code: str) -> str:
    """Code on one line, with dots for any number of elements."""
    return re.sub(r"\$\$\$[A-Z_0-9]*", "…", short(code))


def _being(rule: Mapping[str, Any]) -> list[str]:
    """What it is; a kind is not told where its place is, nor a hole that only names the match."""
    own = {key: rule[key] for key in ("kind", "regex", "pattern") if key in rule}
    if set(own) == {"kind"} and set(rule) & {*_RELATIONS, "all", "any", "not"}:
        return []
    if set(own) == {"pattern"} and _HOLE.fullmatch(str(own["pattern"])):
        return []
    return [noun(own)] if own else []


def _alternative(rule: Mapping[str, Any]) -> str:
    phrases = _phrases(rule)
    if not phrases:
        raise Obscure
    return " and ".join(phrases)


def _phrases(rule: Mapping[str, Any]) -> list[str]:
    """What a rule object is and demands."""
    known = idiom(rule)
    return [known] if known else [*_being(rule), *_conditions(rule)]
