"""Whether the changed statements alone tell that nothing is left to do."""

import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from softwright.facts.structure import Content, Pattern, Tree
from softwright.rewrite import Rule
from softwright.rewrite.rule import RuleStep, Step
from softwright.rewrite.settled import unsettled
from softwright.rewrite.template import parse_template
from softwright.rewrite.text_edit import TextEdit, apply_text_edits

TEXT = "import a\n\n\nclass C:\n    x = 1\n\n    def f(self):\n        if x:\n            old(1)\n"
TEXT += "        one()\n"
TEXT += "\n    def g(self):\n        return 1\n" * 9


def rule(given: str | Mapping[str, Any], fix: str = "new()") -> Rule:
    """A rule of one step."""
    pattern = Pattern.parse(given, "python")
    return Rule("r", "python", "m", steps=(Step(pattern, parse_template(fix, pattern.metavariables)),))


def is_settled(rules: list[Rule], tree: Tree, edits: list[TextEdit], changed: Content) -> bool:
    """Whether no step of the rules is left."""
    return not unsettled([RuleStep(r, step) for r in rules for step in r.steps], tree, edits, changed)


def settled(rules: list[Rule], *edits: tuple[str, str]) -> bool:
    """Whether nothing is left to do when the first place of each `old` became `new`."""
    made = [TextEdit(TEXT.index(old), TEXT.index(old) + len(old), new) for old, new in edits]
    made.sort()
    return is_settled(rules, Tree(TEXT, "python"), made, Content(apply_text_edits(TEXT, made).encode()))


def test_what_is_gone_is_settled() -> None:
    """The word of the pattern is in no changed statement, or stands there without a match."""
    assert settled([rule("old($A)")], ("old(1)", "new(1)"))
    assert settled([rule("old($A)")], ("old(1)", "new(old)"))
    assert settled([rule("old($A)"), rule("return 1")], ("old(1)", "new(1)"), ("import a", "import b"))


def test_what_matches_in_a_changed_statement_is_not() -> None:
    """Be it the result of the rule itself or of another one, in a block or at the top."""
    assert not settled([rule("old($A)")], ("old(1)", "old(2)"))
    assert not settled([rule("old($A)"), rule("fresh($A)")], ("old(1)", "f(fresh(1))"))
    assert not settled([rule("import b")], ("import a", "import b"))
    assert not settled([rule("class D: $$$B", "class E: $$$B")], ("class C", "class D"))


@pytest.mark.parametrize(
    "given",
    [
        {"pattern": "old($A)", "inside": {"pattern": "import b", "stopBy": "end"}},
        {"kind": "class_definition", "has": {"pattern": "fresh()", "stopBy": "end"}},
        {
            "pattern": "return 1",
            "inside": {
                "kind": "class_definition",
                "has": {"pattern": "fresh()", "stopBy": "end"},
                "stopBy": "end",
            },
        },
        {"pattern": "one()", "follows": {"pattern": "fresh()", "stopBy": "end"}},
        {"pattern": "return 1", "inside": {"has": {"pattern": "import b", "stopBy": "end"}, "stopBy": "end"}},
        {"rule": {"pattern": "$F()"}, "resolves": {"F": "b.one"}},
        {"regex": "fresh"},
    ],
    ids=str,
)
def test_what_the_statement_alone_does_not_tell(given: Mapping[str, Any]) -> None:
    """Rules that look around: nothing is said to be settled that a search of the whole would find."""
    edits = ("import a", "from b import one\nimport b"), ("old(1)", "fresh()")
    text = TEXT
    for old, new in edits:
        text = text.replace(old, new, 1)
    rules = [rule(given)]
    finds = any(True for _ in Tree(text, "python").matches(rules[0].patterns[0]))
    assert not (finds and settled(rules, *edits))


def test_names_that_resolve_are_settled_when_no_edit_names_them() -> None:
    """An edit with a part of the name, what it is called here, or an import in it may bind it anew."""
    given = {"rule": {"pattern": "$F($A)"}, "resolves": {"F": "a.old"}}
    assert settled([rule(given)], ("one()", "two()"))
    assert not settled([rule(given)], ("one()", "from b import c as old"))
    assert settled([rule(given)], ("import a", "import b"))  # without `a` nothing resolves
    assert not settled([rule({**given, "resolves": {"F": "b.old"}})], ("import a", "import b"))
    assert not settled([rule(given)], ("one()", "old(2)"))


def test_names_that_the_fix_imports_need_the_whole() -> None:
    """What `$import(…)` becomes depends on the imports."""
    assert not settled([rule("one()", "$import(b.one)()")], ("old(1)", "new(1)"))


def test_only_steps_with_something_left_are_named() -> None:
    """A step that needs the whole file keeps none awake that finds nothing in the changed statements."""
    given = [rule("old($A)"), rule("fresh($A)"), rule("one()", "$import(b.one)()"), rule("return 1")]
    edit = TextEdit(TEXT.index("old(1)"), TEXT.index("old(1)") + len("old(1)"), "f(fresh(1))")
    changed = Content(apply_text_edits(TEXT, [edit]).encode())
    steps = [RuleStep(r, step) for r in given for step in r.steps]
    assert unsettled(steps, Tree(TEXT, "python"), [edit], changed) == [steps[1], steps[2]]


def test_nothing_is_settled_near_comments_that_protect() -> None:
    """An edit may take such a comment away, or move it."""
    made = [TextEdit(0, 8, "import b  # softwright: ignore")]
    changed = Content(apply_text_edits(TEXT, made).encode())
    assert not is_settled([rule("old($A)")], Tree(TEXT, "python"), made, changed)


@pytest.mark.parametrize("name", ["argparse.py", "inspect.py", "typing.py"])
def test_settled_real_files_have_no_match(name: str) -> None:
    """After a rename of every second place, what is said to be settled has no match but those left over."""
    text = (Path(sysconfig.get_paths()["stdlib"]) / name).read_text(encoding="utf-8")
    tree = Tree(text, "python")
    asked = rule("isinstance($A, $B)")
    matches = list(tree.matches(asked.patterns[0]))
    edits = [TextEdit(m.start, m.start + len("isinstance"), "is_a") for m in matches]
    changed = apply_text_edits(text, edits)
    assert is_settled([asked], tree, edits, Content(changed.encode()))
    assert not list(Tree(changed, "python").matches(asked.patterns[0]))
    assert not is_settled([rule("is_a($A, $B)")], tree, edits, Content(changed.encode()))
