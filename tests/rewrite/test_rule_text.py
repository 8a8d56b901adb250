"""Rules written as files read as the same rules."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from softwright.core import InvalidInput
from softwright.facts.structure import Pattern
from softwright.rewrite import Rule, Safety, Sample, Scope, Step, all_rules, check_samples, parse_rule
from softwright.rewrite.rule_text import write_rule
from softwright.rewrite.template import parse_template

RULES = {rule.id: rule for rule in all_rules([])}


def as_read(rule: Rule) -> Rule:
    """The rule without what only its file gives: path and lines; without a title it is called by its id."""
    samples = tuple(replace(sample, line=0) for sample in rule.samples)
    return replace(rule, path="", samples=samples, title=rule.title or rule.id)


def step(pattern: str | dict[str, Any], fix: str | None = None) -> Step:
    """A Python step from what its YAML would say."""
    parsed = Pattern.parse(pattern, "python")
    return Step(parsed, None if fix is None else parse_template(fix, parsed.metavariables, parsed.transform))


def rule(*steps: Step, **more: Any) -> Rule:
    """A rule with a title and steps."""
    given: dict[str, Any] = {"id": "made", "language": "python", "message": "m", "title": "Made", **more}
    return Rule(steps=steps or (step("f($A)", "g($A)"),), **given)


@pytest.mark.parametrize("shipped", RULES.values(), ids=RULES)
def test_a_shipped_rule_is_the_same_after_writing(shipped: Rule) -> None:
    """Every shipped rule survives writing and reading, and its samples still hold."""
    read = parse_rule(write_rule(shipped), "again.md")
    assert as_read(read) == as_read(shipped)
    assert check_samples(read).ok


TEXTS = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="$\r\n")
    | st.sampled_from("\n\t `#:'\"{}"),
    max_size=40,
)
LINES = st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=30)
WORDS = st.from_regex(r"\A[a-z*/_.]{1,12}\Z")
CODE = st.lists(
    st.sampled_from(["x = 1", "```", "````", "# T", "## Rule", "~~~", "", "  y()", "---"]), max_size=6
)
PATTERNS = st.sampled_from(
    [
        "f($A)",
        {
            "rule": {"pattern": "f($A, $$$REST)"},
            "constraints": {"A": {"regex": "^(x|y: z)$", "kind": "identifier"}},
        },
        {"rule": {"kind": "identifier", "regex": "^o'\"b$"}, "resolves": ["builtins.open", "io.open"]},
        {"rule": {"pattern": "$F()"}, "resolves": {"F": "datetime.datetime.utcnow"}},
        {
            "rule": {"pattern": {"context": "class A:\n    def f(self):\n        $B\n", "selector": "block"}},
            "utils": {
                "named": {"all": [{"kind": "block"}, {"not": {"has": {"kind": "string", "stopBy": "end"}}}]}
            },
        },
        {
            "rule": {"pattern": "class $N: $$$BODY", "nthChild": 2},
            "transform": {"M": {"replace": {"source": "$N", "replace": "^(\\w+)Test$", "by": "Test$1"}}},
        },
    ]
)
STEPS = st.builds(lambda pattern, fix: step(pattern, fix), PATTERNS, st.none() | TEXTS)
SAMPLES = st.builds(
    lambda title, before, after, path: Sample(
        title.strip().rstrip("#").strip() or "t", "".join(f"{line}\n" for line in before), after, path
    ),
    LINES,
    CODE,
    st.none() | CODE.map(lambda lines: "".join(f"{line}\n" for line in lines)),
    st.sampled_from(["", "tests/test_a.py", "src/Ü.py"]),
)
SCOPES = st.builds(
    Scope,
    st.lists(WORDS, max_size=2).map(tuple),
    st.lists(WORDS, max_size=9).map(tuple),
    st.sampled_from([True, False, "only"]),
)
MADE = st.builds(
    rule,
    STEPS,
    STEPS,
    message=LINES.filter(str.strip),
    safety=st.sampled_from(list(Safety)),
    scope=SCOPES,
    imports_add=st.sampled_from([(), ("import a", "from b import c as d")]),
    imports_remove=st.lists(WORDS, max_size=2).map(tuple),
    imports_replace=st.sampled_from([(), (("a.b", "c.d"), ("old.*", "new.*"))]),
    min_python=st.sampled_from(["", "3.10"]),
    samples=st.lists(SAMPLES, max_size=4).map(tuple),
)


@settings(max_examples=150, deadline=None)
@given(MADE)
@example(rule(step("f($A)", "g(\n    $A\n)\n\n"), step("f($A)", " x ")))
@example(rule(step("f($A)", "a\n\u2028b\x85c"), message="yes"))
@example(rule(samples=(Sample("C# and ##x", "````\n```python\n", ""), Sample("-", "", None))))
def test_a_made_rule_is_the_same_after_writing(made: Rule) -> None:
    """Whatever the texts of a rule are, its file gives them back, letter by letter."""
    assert as_read(parse_rule(write_rule(made), "again.md")) == as_read(made)


def test_short_parts_take_one_line_and_code_is_a_block() -> None:
    """The block reads as one would write it by hand."""
    text = write_rule(
        rule(
            step(
                {"rule": {"pattern": "f(\n  $A)"}, "constraints": {"A": {"kind": "string"}}}, "g(\n    $A,\n)"
            ),
            step({"rule": {"pattern": "$F()"}, "resolves": {"F": "a.b"}}, "$import(c.d)()"),
            scope=Scope(("src/**",), (), "only"),
        )
    )
    assert "scope: {include: [src/**], tests: only}\n" in text
    assert text.split("```yaml\n")[1].split("```")[0] == (
        "steps:\n"
        "  - rule:\n"
        "      pattern: |-\n"
        "        f(\n"
        "          $A)\n"
        "    constraints: {A: {kind: string}}\n"
        "    fix: |\n"
        "      g(\n"
        "          $A,\n"
        "      )\n"
        "  - rule: {pattern: $F()}\n"
        "    resolves: {F: a.b}\n"
        "    fix: $import(c.d)()\n"
    )


def test_utils_that_all_steps_share_are_written_once() -> None:
    """Shared `utils` stand above the steps, others at their step."""
    one = {"name": {"kind": "identifier"}}
    steps = [step({"rule": {"matches": "name"}, "utils": one}, fix) for fix in ("a", "b")]
    assert write_rule(rule(*steps)).count("utils:") == 1
    other = step({"rule": {"matches": "other"}, "utils": {"other": {"kind": "string"}}}, "c")
    assert write_rule(rule(*steps, other)).count("utils:") == 3


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"samples": (Sample("t", "f(1)", None),)}, "“t” does not end with a newline"),
        ({"samples": (Sample("t", "f(1)\r\n", None),)}, "carriage return"),
        ({"samples": (Sample("two\nlines", "f(1)\n", None),)}, "samples"),
        ({"samples": (Sample("t", "f(1)\n", None, "a b.py"),)}, "samples"),
        ({"why": "Because.\n## Rule\n"}, "one YAML block|why"),
        ({"why": "```\ncode\n```"}, "why"),
        ({"title": "C#"}, "title"),
        ({"id": "Not Kebab"}, "kebab-case"),
        ({"message": "  "}, "message"),
    ],
)
def test_what_has_no_file_is_refused(more: dict[str, Any], said: str) -> None:
    """A rule that would be read as another one is not written."""
    with pytest.raises(InvalidInput, match=f"(?s)`{more.get('id', 'made')}` cannot be written.*({said})"):
        write_rule(rule(**more))
