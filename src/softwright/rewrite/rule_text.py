"""The text of a rule's file: what `parse_rule` reads back as the same rule."""

import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import groupby
from typing import Any

import yaml

from softwright.core import InvalidInput
from softwright.rewrite.rule import Rule, Sample, Scope, Step
from softwright.rewrite.rule_file import parse_rule
from softwright.rewrite.template import Template

WIDTH = 100
"""Columns that a mapping or list may fill when it is written in one line."""

_TICKS = re.compile(r"^`{3,}", re.MULTILINE)
_BREAKS = re.compile(r"[\r\x85\u2028\u2029]")  # what YAML may read as another line break than it was
_LINE = re.compile(r"[^\n]*[^\s][^\n]*")
_ENDLESS = 10**9


def write_rule(rule: Rule) -> str:
    """The Markdown file of a rule; reading it gives the rule again (its path and sample lines aside).

    Raises InvalidInput for a rule that has no such file: a sample without a last newline, say, or a reason
    that holds a heading of its own.
    """
    text = "\n".join((*_front(rule), *_prose(rule), *_block(rule), *_samples(rule)))
    fault = _fault(rule, text)
    if fault:
        raise InvalidInput(f"the rule `{rule.id}` cannot be written as a file: {fault}")
    return text


def step_mapping(step: Step, *, utils: bool = True) -> dict[str, Any]:
    """A step as its YAML has it: `rule`, `constraints`, `utils`, `transform`, `resolves`, `fix`."""
    pattern = step.pattern
    given: dict[str, Any] = {"rule": _plain(pattern.rule)}
    for key in ("constraints", "utils", "transform"):
        value = getattr(pattern, key)
        if value and (key != "utils" or utils):
            given[key] = _plain(value)
    if pattern.resolves:
        given["resolves"] = _resolves(pattern.resolves)
    if step.fix is not None:
        given["fix"] = fix_text(step.fix)
    return given


def fix_text(fix: Template) -> str:
    """The text that reads as this template: texts of several lines end with the newline of YAML's blocks."""
    return f"{fix.text}\n" if "\n" in fix.text else fix.text


def yaml_text(value: Mapping[str, Any], *, blocks: bool = True, open_to: int = 1) -> str:
    """A YAML document that ends with a newline: a part that fits into one line is written in one.

    The outer `open_to` levels are written over lines all the same. With `blocks` a text of several lines
    stands as it is below its key, else it is one line with escapes.
    """
    kind = _Dumper if blocks else _OneLine
    node = kind(io.StringIO()).represent_data(value)
    _fold(node, kind, room=WIDTH, open_to=open_to)
    return _serialized(node, kind)


def _front(rule: Rule) -> list[str]:
    front: dict[str, Any] = {"id": rule.id, "language": rule.language, "message": rule.message}
    front["safety"] = rule.safety.value
    imports = {
        "add": list(rule.imports_add),
        "remove": list(rule.imports_remove),
        "replace": dict(rule.imports_replace),
    }
    if any(imports.values()):
        front["imports"] = {key: names for key, names in imports.items() if names}
    if rule.scope != Scope():
        front["scope"] = _scope(rule.scope)
    if rule.min_python:
        front["min-python"] = rule.min_python
    if rule.python:
        front["python"] = rule.python
    return ["---", *yaml_text(front, blocks=False).split("\n")[:-1], "---"]


def _scope(scope: Scope) -> dict[str, Any]:
    given = {"include": list(scope.include), "exclude": list(scope.exclude)}
    shown: dict[str, Any] = {key: globs for key, globs in given.items() if globs}
    return shown if scope.tests is True else {**shown, "tests": scope.tests}


def _prose(rule: Rule) -> list[str]:
    title = [f"# {rule.title}", ""] if rule.title else []
    return [*title, *([rule.why, ""] if rule.why else [])]


def _block(rule: Rule) -> list[str]:
    if not rule.steps:
        return []
    given = steps_mapping(rule)
    return ["## Rule", *_fenced(yaml_text(given, open_to=3 if "steps" in given else 1), "yaml"), ""]


def steps_mapping(rule: Rule) -> dict[str, Any]:
    """The block under `## Rule`: one step, or all of them with the `utils` that they share."""
    if len(rule.steps) == 1:
        return step_mapping(rule.steps[0])
    first = rule.steps[0].pattern.utils
    if first and all(step.pattern.utils == first for step in rule.steps):
        return {"utils": _plain(first), "steps": [step_mapping(step, utils=False) for step in rule.steps]}
    return {"steps": [step_mapping(step) for step in rule.steps]}


def _samples(rule: Rule) -> Iterable[str]:
    for leaves, samples in groupby(rule.samples, key=lambda sample: sample.after is None):
        yield "## Leaves alone" if leaves else "## Changes"
        yield ""
        for sample in samples:
            yield from _sample(sample, rule.language)
            yield ""


def _sample(sample: Sample, language: str) -> list[str]:
    head = f"{language} path={sample.path}" if sample.path else language
    blocks = _fenced(sample.before, head)
    if sample.after is not None:
        blocks += _fenced(sample.after, language)
    return [f"### {sample.title}", *blocks]


def _fenced(text: str, head: str) -> list[str]:
    """A fence that is longer than any line of backticks in the text; the text ends with a newline."""
    longest = max((len(found) for found in _TICKS.findall(text)), default=2)
    mark = "`" * max(3, longest + 1)
    return [f"{mark}{head}", *text.split("\n")[:-1], mark]


def _resolves(given: Mapping[str, tuple[str, ...]]) -> Any:
    names = {key: dotted[0] if len(dotted) == 1 else list(dotted) for key, dotted in given.items()}
    return names["match"] if list(names) == ["match"] else names


def _plain(value: Any) -> Any:
    """A value of a rule object with nothing but dicts and lists in it."""
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value


def _fault(rule: Rule, text: str) -> str:
    """Why reading the text does not give the rule, "" when it does."""
    if "\r" in text:
        return "a carriage return in it would be read as a line break"
    for sample in rule.samples:
        for code in (sample.before, sample.after or "\n"):
            if code and not code.endswith("\n"):
                return f"the sample “{sample.title}” does not end with a newline"
    try:
        read = parse_rule(text, rule.path)
    except InvalidInput as error:
        return error.message
    want, got = (_comparable(each) for each in (rule, read))
    differing = [name for name in want if want[name] != got[name]]
    return f"its {' and '.join(differing)} would be read as something else" if differing else ""


def _comparable(rule: Rule) -> dict[str, Any]:
    parts = {name: getattr(rule, name) for name in Rule.__dataclass_fields__ if name != "path"}
    samples = tuple(replace(sample, line=0) for sample in rule.samples)
    return {**parts, "title": rule.title or rule.id, "samples": samples}


class _OneLine(yaml.SafeDumper):
    """Writes every text in one line, keys in their order, and no aliases: every part is written in full."""

    def ignore_aliases(self, data: Any) -> bool:
        """True: always."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Items of a list stand below their key, and not beside it."""
        super().increase_indent(flow, False)


class _Dumper(_OneLine):
    """Writes texts of several lines as blocks."""


def _as_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    is_block = isinstance(dumper, _Dumper) and "\n" in text.strip() and not _BREAKS.search(text)
    style = "|" if is_block else None if _LINE.fullmatch(text) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _as_mapping(dumper: yaml.SafeDumper, given: Mapping[str, Any]) -> yaml.MappingNode:
    return dumper.represent_mapping("tag:yaml.org,2002:map", given.items(), flow_style=False)


_OneLine.add_representer(str, _as_text)
_OneLine.add_representer(dict, _as_mapping)


def _fold(node: yaml.Node, kind: type[_OneLine], *, room: int, open_to: int = 0) -> None:
    """Write in one line what fits into one and holds no text of several lines; never the outer `open_to`."""
    if not isinstance(node, yaml.CollectionNode):
        return
    node.flow_style = False
    if not open_to and not _has_block(node) and len(_serialized(_flowing(node), kind)) <= room:
        return
    node.flow_style = False
    for child in _children(node):
        _fold(child, kind, room=room - 2, open_to=max(0, open_to - 1))


def _flowing(node: yaml.Node) -> yaml.Node:
    if isinstance(node, yaml.CollectionNode):
        node.flow_style = True
        for child in _children(node):
            _flowing(child)
    return node


def _has_block(node: yaml.Node) -> bool:
    if isinstance(node, yaml.ScalarNode):
        return bool(node.style == "|")
    return any(_has_block(child) for child in _children(node))


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _serialized(node: yaml.Node, kind: type[_OneLine]) -> str:
    text: str = yaml.serialize(node, Dumper=kind, width=_ENDLESS, allow_unicode=True)
    return text
