"""Rule files: what they may say, and how mistakes are told, with file and line."""

from pathlib import Path

import pytest

from softwright.core import LANGUAGES, InvalidInput
from softwright.rewrite import SHIPPED, all_rules, check_samples, find_rule, load_rule, parse_rule
from softwright.rewrite.draft import draft_rule

_GOOD = """---
id: sample
language: python
message: m
---
# Title
Why.

## Rule
```yaml
rule: {pattern: f($A)}
fix: g($A)
```
## Changes
### one
```python
f(1)
```
```python
g(1)
```
## Leaves alone
### two
```python path=tests/test_a.py
h(1)
```
"""


def test_a_rule_file_is_read() -> None:
    """Front matter, prose, steps and samples with their lines and paths."""
    rule = parse_rule(_GOOD, "sample.md")
    assert (rule.id, rule.title, rule.why, rule.safety) == ("sample", "Title", "Why.", "review")
    assert [(s.title, s.line, s.after is None, s.path) for s in rule.samples] == [
        ("one", 15, False, ""),
        ("two", 23, True, "tests/test_a.py"),
    ]
    assert check_samples(rule).ok


@pytest.mark.parametrize(
    ("old", "new", "where", "said"),
    [
        ("id: sample", "idd: sample", ":2", "did you mean `id`"),
        ("id: sample", "id: Not Kebab", ":2", "kebab-case"),
        ("language: python", "language: pyhton", ":3", "did you mean `python`"),
        ("message: m\n", "", ":2", "`message` is missing"),
        ("message: m", "message: m\nsafety: sure", ":5", "`safety` is 'sure'"),
        ("message: m", "message: [", ":4", "YAML"),
        ("message: m", "message: m\nscope: {tests: maybe}", ":5", "scope.tests"),
        ("message: m", "message: m\nscope: {includes: []}", ":5", "did you mean `include`"),
        ("message: m", "message: m\nimports: {add: [1]}", ":5", "imports.add"),
        ("message: m", "message: m\nimports: {add: ['include x']}", ":5", "no import statement"),
        ("message: m", "message: m\nmin-python: 3.10", ":5", "quotes"),
        ("rule: {", "rules: {", ":11", "did you mean `rule`"),
        ("rule: {pattern: f($A)}", "rule: {pattern: [}", ":11", "YAML"),
        ("rule: {pattern: f($A)}", "rule: {patern: f($A)}", ":11", "patern"),
        ("fix: g($A)", "fix: g($B)", ":11", "did you mean `$A`"),
        ("fix: g($A)", "fix: g($$$A)", ":11", "write `$A`"),
        ("fix: g($A)", "fix: $import(1.-)", ":11", "importable"),
        ("fix: g($A)", "fix: 3", ":11", "not a text"),
        ("## Rule", "## Rules", ":1", "one YAML block"),
        ("```python\nf(1)\n```\n", "", ":15", "1 fenced blocks"),
        ("---\nid", "id", ":1", "front matter"),
    ],
)
def test_mistakes_are_told_with_their_line(old: str, new: str, where: str, said: str) -> None:
    """The message names what was given, what is allowed, and the line."""
    assert old in _GOOD
    with pytest.raises(InvalidInput) as caught:
        parse_rule(_GOOD.replace(old, new, 1), "sample.md")
    assert said in str(caught.value)
    assert caught.value.where == f"sample.md{where}"


def test_steps_share_utils_and_name_their_line() -> None:
    """`steps` is a list; a mistake in the second step is told at that step."""
    steps = "steps:\n  - rule: {matches: u}\n    fix: a\n  - rule: {pattern: b}\n    fix: %s\n"
    steps += "utils: {u: {pattern: c}}"
    good = _GOOD.replace("rule: {pattern: f($A)}\nfix: g($A)", steps % "d")
    assert len(parse_rule(good, "x.md").steps) == 2
    with pytest.raises(InvalidInput) as caught:
        parse_rule(_GOOD.replace("rule: {pattern: f($A)}\nfix: g($A)", steps % "$X"), "x.md")
    assert caught.value.where == "x.md:14"


def test_the_file_name_is_the_id(tmp_path: Path) -> None:
    """A copy that kept its id is noticed."""
    (tmp_path / "other.md").write_text(_GOOD)
    with pytest.raises(InvalidInput, match=r"other\.md"):
        load_rule(tmp_path / "other.md")


def test_unreadable_files_are_told(tmp_path: Path) -> None:
    """Missing and non-UTF-8 rule files raise InvalidInput."""
    (tmp_path / "a.md").write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidInput, match="cannot be read"):
        load_rule(tmp_path / "a.md")
    with pytest.raises(InvalidInput, match="no rule file"):
        find_rule(str(tmp_path / "b.md"), [])


def test_a_users_rule_hides_a_shipped_one(tmp_path: Path) -> None:
    """Folders come before the library; unknown ids name the nearest."""
    shipped = sorted(path.stem for path in SHIPPED.glob("*.md"))
    name = shipped[0]
    (tmp_path / f"{name}.md").write_text(_GOOD.replace("id: sample", f"id: {name}"))
    assert find_rule(name, [tmp_path]).path == str(tmp_path / f"{name}.md")
    assert [rule.id for rule in all_rules([tmp_path])] == shipped
    with pytest.raises(InvalidInput, match="did you mean"):
        find_rule(f"{name}x", [tmp_path])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_new_rule_passes_its_own_samples(language: str) -> None:
    """What `rule new` writes is a working rule in every language."""
    assert check_samples(parse_rule(draft_rule("my-rule", language), "my-rule.md")).ok


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("```python\ng(1)\n```", "```python\ng(2)\n```", "differs"),
        ("h(1)", "f(1)", "should be left alone"),
        ("f(1)\n", "e(1)\n", "should change"),
        ("## Leaves alone\n### two\n```python path=tests/test_a.py\nh(1)\n```\n", "", "Leaves alone"),
        ("fix: g($A)", "fix: f(f($A))", "again and again"),
    ],
)
def test_samples_that_do_not_hold_are_told(old: str, new: str, said: str) -> None:
    """Each kind of failure has its words."""
    report = check_samples(parse_rule(_GOOD.replace(old, new, 1), "sample.md"))
    assert not report.ok
    assert said in " ".join([*report.problems, *(result.problem for result in report.results)])


def test_a_function_is_the_escape_hatch(tmp_path: Path) -> None:
    """It gets text and facts, gives text or edits; its failure refuses the file and names the rule."""
    (tmp_path / "mine.py").write_text(
        "from softwright.core import Edit, Span\n"
        "def text(source, file):\n    return source.replace('a', 'bb')\n"
        "def edits(source, file):\n    at = source.encode().find(b'a')\n"
        "    return [Edit(Span(at, at + 1), b'b')] if at >= 0 else None\n"
        "def broken(source, file):\n    raise KeyError('x')\n"
        "def bad(source, file):\n    return source + '('\n"
    )
    from softwright.rewrite import FileFacts, rewrite

    def run(function: str, source: str) -> tuple[str, str]:
        head = f"---\nid: mine\nlanguage: python\nmessage: m\npython: ./mine.py:{function}\n---\n# T\n"
        rule = parse_rule(head, str(tmp_path / "mine.md"))
        outcome = rewrite([rule], source.encode(), FileFacts("x.py", "python"))
        return outcome.content.decode(), outcome.refused

    assert run("text", "a = 1\n") == ("bb = 1\n", "")
    assert run("edits", "é = a\n") == ("é = b\n", "")
    assert run("broken", "a\n")[0] == "a\n"
    assert "mine" in run("broken", "a\n")[1]
    assert run("bad", "a\n")[0] == "a\n"
    assert "no function" in run("nothing", "a\n")[1]
