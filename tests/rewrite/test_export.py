"""Rules exported to ast-grep find the same nodes there, and say what they have lost."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from ast_grep_py import SgRoot
from tests.rewrite.conftest import MakeRule  # type: ignore[import-not-found]

from softwright.core import InvalidInput
from softwright.facts.structure import Pattern, find
from softwright.rewrite import Rule, Sample, all_rules, parse_rule
from softwright.rewrite.export import to_ast_grep

RULES = {rule.id: rule for rule in all_rules([])}
BESIDE = Path(sys.executable).with_name("ast-grep")
PROGRAM = str(BESIDE) if BESIDE.exists() else shutil.which("ast-grep")
Nodes = set[tuple[int, int, int, int]]
"""(sample, step, first byte, last byte) of matches."""


def ours(rule: Rule, samples: Mapping[int, Sample]) -> Nodes:
    """What the rule's own patterns match in its samples."""
    return {
        (number, at, found.span.start, found.span.end)
        for number, sample in samples.items()
        for at, pattern in enumerate(rule.patterns)
        for found in find(pattern, sample.before.encode())
    }


def by_binding(rule: Rule, samples: Mapping[int, Sample], folder: Path) -> Nodes:
    """What the exported rule matches by ast-grep's library."""
    nodes: Nodes = set()
    for at, document in enumerate(yaml.safe_load_all(to_ast_grep(rule).yaml_text)):
        config: Any = {k: document[k] for k in ("rule", "constraints", "utils", "transform") if k in document}
        for number, sample in samples.items():
            for node in SgRoot(sample.before, "python").root().find_all(config):
                place = node.range()
                sizes = [len(sample.before[: end.index].encode()) for end in (place.start, place.end)]
                nodes.add((number, at, *sizes))  # type: ignore[arg-type]
    return nodes


def by_program(rule: Rule, samples: Mapping[int, Sample], folder: Path) -> Nodes:
    """What ast-grep's command line matches with the exported file."""
    if PROGRAM is None:
        pytest.skip("ast-grep's command line is not installed here")
    exported = folder / "rule.yml"
    exported.write_text(to_ast_grep(rule).yaml_text, encoding="utf-8")
    for number, sample in samples.items():
        (folder / f"s{number}.py").write_text(sample.before, encoding="utf-8")
    command = [PROGRAM, "scan", "--rule", str(exported), "--json=compact", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    nodes: Nodes = set()
    for match in json.loads(done.stdout):
        at = int(match["ruleId"].removeprefix(f"{rule.id}-")) - 1 if len(rule.steps) > 1 else 0
        place = match["range"]["byteOffset"]
        nodes.add((int(Path(match["file"]).stem[1:]), at, place["start"], place["end"]))
    return nodes


@pytest.mark.parametrize("matched", [by_binding, by_program])
@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_an_exported_rule_finds_the_nodes_of_the_rule(
    rule: Rule, matched: Callable[..., Nodes], tmp_path: Path
) -> None:
    """Where names are spelt in full or imported by name, nothing that the rule finds is missing.

    Rules that ask for no names find exactly the same. Names under an alias, and those of a variable's
    class, are what the export says it cannot see.
    """
    unseen = (" as ", "worker = ")
    samples = {
        number: sample
        for number, sample in enumerate(rule.samples)
        if not any(part in sample.before for part in unseen)
    }
    mine, theirs = ours(rule, samples), matched(rule, samples, tmp_path)
    assert mine
    assert mine <= theirs
    if not any(pattern.resolves for pattern in rule.patterns):
        assert mine == theirs


def test_some_rules_are_exported_without_loss_of_matches() -> None:
    """The test above compares exactly for at least one shipped rule."""
    assert any(not any(p.resolves for p in rule.patterns) for rule in RULES.values())


def test_a_plain_rule_loses_nothing(make_rule: MakeRule) -> None:
    """Pattern, constraints, transform, fix and scope are ast-grep's own words."""
    rule = make_rule(
        """
        rule: {pattern: 'class $NAME: $$$BODY', inside: {kind: module}}
        constraints: {NAME: {regex: Test$}}
        transform: {NEW: {replace: {source: $NAME, replace: (\\w+)Test, by: Test$1}}}
        """,
        front='scope: {include: ["src/**"], exclude: ["**/old/**"]}\nsafety: safe',
    )
    exported = to_ast_grep(rule)
    assert exported.lost == ()
    assert yaml.safe_load(exported.yaml_text) == {
        "id": "sample",
        "language": "Python",
        "message": "m",
        "severity": "warning",
        "metadata": {"safety": "safe"},
        "rule": {"pattern": "class $NAME: $$$BODY", "inside": {"kind": "module"}},
        "constraints": {"NAME": {"regex": "Test$"}},
        "transform": {"NEW": {"replace": {"source": "$NAME", "replace": "(\\w+)Test", "by": "Test$1"}}},
        "files": ["src/**"],
        "ignores": ["**/old/**"],
    }


@pytest.mark.parametrize(
    ("block", "front", "said"),
    [
        ("rule: {pattern: $F()}\nresolves: {F: a.b}\nfix: c()", "", "`$F` must be `a.b`"),
        ("rule: {kind: identifier}\nresolves: [a.b, a.c]\nfix: c", "", "the match must be `a.b` or `a.c`"),
        ("rule: {pattern: f()}\nfix: $import(a.b)()", "", "`a.b` is imported where it is not"),
        ("rule: {pattern: 'U[$$$A]'}\nfix: $join($$$A, ' | ')", "", "stands ' | ' ($join)"),
        ("rule: {pattern: f($$$A)}\nfix: g($$$A)", "", "the layout of `$$$A`"),
        ("rule: {pattern: f($A)}\nfix: $A + 1", "", "no parentheses"),
        ("rule: {kind: list_splat}\nfix: ''", "", "a deletion takes its line"),
        ("rule: {pattern: f()}\nfix: g()", "imports: {add: ['import g']}", "`import g` is added"),
        ("rule: {pattern: f()}\nfix: g()", "imports: {remove: [f]}", "imports of `f` are dropped"),
        ("rule: {pattern: f()}\nfix: g()", "imports: {replace: {a.b: c.d}}", "imports of `a.b` become"),
        ("rule: {pattern: f()}\nfix: g()", "scope: {tests: only}", "it is for tests only"),
        ("rule: {pattern: f()}\nfix: g()", "scope: {tests: false}", "it leaves tests alone"),
        ("rule: {pattern: f()}\nfix: g()", "scope: {exclude: ['{a,b}.py']}", "a brace in a path"),
        ("rule: {pattern: f()}\nfix: g()", 'min-python: "3.9"', "Python 3.9 and later"),
        ("steps: [{rule: {pattern: f()}}, {rule: {pattern: g()}}]", "", "its steps have an order"),
    ],
)
def test_what_is_lost_is_said_in_words_and_in_the_file(
    block: str, front: str, said: str, make_rule: MakeRule
) -> None:
    """Each thing that only Softwright does is named, and stands as a comment in a file that still parses."""
    exported = to_ast_grep(make_rule(block, front=front))
    assert any(said in each for each in exported.lost), exported.lost
    assert all(f"# - {each}\n" in exported.yaml_text for each in exported.lost)
    for document in yaml.safe_load_all(exported.yaml_text):
        Pattern.parse({key: document[key] for key in ("rule", "constraints") if key in document}, "python")


def test_fixes_are_written_in_its_words(make_rule: MakeRule) -> None:
    """Imported names are their last part, joins the elements as they stand, deletions take a comma behind."""
    blocks = {
        "rule: {pattern: f($A)}\nfix: $import(a.b).c($A, $import(builtins.list))": "b.c($A, list)",
        "rule: {pattern: 'U[$$$A]'}\nfix: V[$join($$$A, ' | ')]": "V[$$$A]",
        "rule: {kind: list_splat}\nfix: ''": {"template": "", "expandEnd": {"regex": "^,$"}},
        "rule: {pattern: f($A)}\nfix: |\n  if $A:\n      pass": "if $A:\n    pass\n",
    }
    for block, fix in blocks.items():
        assert yaml.safe_load(to_ast_grep(make_rule(block)).yaml_text)["fix"] == fix


@pytest.mark.parametrize(
    ("resolves", "hits"),
    [
        ("lodash.get", ["get(1)", "_.get(1)"]),
        ("react.default", ["get(1)", "put(1)"]),
    ],
)
def test_names_of_javascript_are_told_by_their_last_part(resolves: str, hits: list[str]) -> None:
    """A file calls modules and default exports as it likes: a named export decides, where there is one."""
    text = f"rule: {{pattern: $F(1)}}\nresolves: {{F: {resolves}}}\nfix: h(1)"
    head = "---\nid: sample\nlanguage: javascript\nmessage: m\n---\n# T\n"
    rule = parse_rule(f"{head}## Rule\n```yaml\n{text}\n```\n", "sample.md")
    document: Any = yaml.safe_load(to_ast_grep(rule).yaml_text)
    config: Any = {key: document[key] for key in ("rule", "constraints")}
    found = SgRoot("get(1); _.get(1); put(1); target(1).x.y[0](1)", "javascript").root().find_all(config)
    texts = [node.text() for node in found]
    assert all(hit in texts for hit in hits)
    assert ("put(1)" in texts) == ("put(1)" in hits)


@pytest.mark.parametrize(
    ("front", "said"),
    [("python: a.b:c", "is a Python function"), ("imports: {replace: {a.b: c.d}}", "only moves imports")],
)
def test_a_rule_without_a_pattern_is_refused(front: str, said: str) -> None:
    """There is nothing to export, and the reason is named."""
    text = f"---\nid: sample\nlanguage: python\nmessage: m\n{front}\n---\n# T\n"
    with pytest.raises(InvalidInput, match=said):
        to_ast_grep(parse_rule(text, "sample.md"))
