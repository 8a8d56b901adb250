"""Rules in plain words: what they replace, delete, add, rename and move, where, and when."""

from dataclasses import replace

import pytest
from tests.rewrite.conftest import MakeRule

from softwright.rewrite import all_rules
from softwright.rewrite.learning import Evidence, Example, learn
from softwright.rewrite.words import in_words


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("rule: {pattern: f($A)}\nfix: g($A)", "Replaces `f($A)` by `g($A)`."),
        ("rule: {pattern: f($$$ARGS)}\nfix: g($$$ARGS)", "Replaces `f(…)` by `g(…)`."),
        ("rule: {pattern: print($$$ARGS)}\nfix: ''", "Deletes `print(…)`."),
        ("rule: {pattern: eval($A)}", "Finds `eval($A)`."),
        ("rule: {pattern: f($$$A)}\nfix: f($$$A, x=1)", "Adds `x=1` to `f(…)`."),
        ("rule: {pattern: f()}\nfix: f(x)", "Adds `x` to `f()`."),
        ("rule: {pattern: 'f($A, x=1)'}\nfix: f($A)", "Removes `x=1` from `f($A, x=1)`."),
        ("rule: {pattern: zip($A)}\nfix: list(zip($A))", "Wraps `zip($A)` in `list(…)`."),
        ("rule: {pattern: f($A)}\nfix: await f($A)", "Puts `await` before `f($A)`."),
        ("rule: {pattern: f($A)}\nfix: f($A).all()", "Puts `.all()` behind `f($A)`."),
        ("rule: {pattern: log.warn}\nfix: log.warning", "Replaces `log.warn` by `log.warning`."),
        ("rule: {kind: identifier, regex: ^old$}\nfix: new", "Renames `old` to `new`."),
        (
            "rule: {any: [{kind: identifier}, {kind: attribute}], regex: '^(?:a|b)$'}\nfix: c",
            "Renames `a` or `b` to `c`.",
        ),
        (
            """
            rule: {kind: identifier, pattern: $NAME}
            constraints: {NAME: {regex: T$}}
            transform: {NEW: {replace: {source: $NAME, replace: '(\\w+)T', by: T$1}}}
            fix: $NEW
            """,
            (
                "Replaces the name `$NAME` by `$NEW` (`$NEW` is `$NAME` with `(\\w+)T` turned into `T$1`) "
                "where `$NAME` reads like `T$`."
            ),
        ),
        (
            "rule: {pattern: 'Union[$$$A]'}\nfix: $join($$$A, ' | ')",
            "Replaces `Union[…]` by `… | …`.",
        ),
        (
            "rule: {pattern: {context: 'x: Optional[$A]', selector: generic_type}}\nfix: $A | None",
            "Replaces `Optional[$A]` by `$A | None`.",
        ),
    ],
)
def test_what_a_step_does(block: str, said: str, make_rule: MakeRule) -> None:
    """Each kind of change has its verb; sequences are dots, contexts of patterns are not shown."""
    assert in_words(make_rule(block)) == said


COMPUTED = """
rule: {{all: [{all}]}}
transform: {{T: {{replace: {{source: $S, replace: '{old}', by: '{new}'}}}}}}
fix: $T
"""
IN_ALL = (
    "{kind: string_content, inside: {kind: string, inside: {any: [{kind: list}, {kind: tuple}], inside: "
    "{any: [{kind: assignment}, {kind: augmented_assignment}], has: {field: left, regex: ^__all__$}}}}}"
)


@pytest.mark.parametrize(
    ("conditions", "old", "new", "said"),
    [
        (
            "{kind: string_content}",
            r"\bold_name\b",
            "new_name",
            "Replaces `old_name` by `new_name` in strings.",
        ),
        (
            "{kind: comment}",
            r"\bhunt(\s+for\b)",
            "search${1}",
            "Replaces `hunt for` by `search for` in comments.",
        ),
        ("{kind: comment}", r"\bu\b", "", "Deletes `u` in comments."),
        (
            r"{kind: string_content}, {regex: '^\S*$'}",
            r"(^)a\.b($)",
            "${1}c${2}",
            "Replaces `a.b` by `c` in strings without blanks.",
        ),
        (
            "{kind: string_content}, {inside: {inside: {kind: expression_statement}}}",
            r"\bold\b",
            "new",
            "Replaces `old` by `new` in docstrings.",
        ),
        ("{kind: string_start}", "^u([\"''])", "${1}", "Removes the prefix `u` of strings."),
        (
            "{kind: string}, {inside: {kind: type, stopBy: end}}",
            "^([\"''])([^\"'']+)[\"'']$",
            "${2}",
            "Takes the quotes off strings in annotations.",
        ),
        (
            "{kind: identifier}, {inside: {kind: module, stopBy: end, has: {kind: class_definition}}}",
            r"^([A-Z]\w*)Test$",
            "Test${1}",
            "Renames `…Test` to `Test…` where the file defines a class of that name.",
        ),
        (f"{IN_ALL}", r"^old(_\w*)$", "new${1}", "Renames `old…` to `new…` in `__all__`."),
    ],
)
def test_computed_texts_are_told_by_what_they_do(
    conditions: str, old: str, new: str, said: str, make_rule: MakeRule
) -> None:
    """Words, quotes and names by a pattern need no regular expressions to be told."""
    block = COMPUTED.format(all=f"{conditions}, {{pattern: $S}}", old=old, new=new)
    assert in_words(make_rule(block)) == said


def test_what_is_done_in_exports_too_is_no_sentence_of_its_own(make_rule: MakeRule) -> None:
    """The step for `__all__` is told with the one whose names it follows."""
    steps = "steps:\n  - {rule: {kind: identifier, regex: ^old$}, fix: new}\n"
    steps += f"  - {{rule: {IN_ALL[:-1]}, regex: ^old$}}, fix: new}}\n"
    assert in_words(make_rule(steps)) == "Renames `old` to `new`, also in `__all__`."


@pytest.mark.parametrize(
    ("rule", "fix", "said"),
    [
        (
            "{all: [{pattern: f($A)}, {not: {inside: {pattern: await f($_), stopBy: end}}}]}",
            "await f($A)",
            "Puts",
        ),
        ("{all: [{pattern: f($$$A)}, {not: {pattern: 'f($$$, x=1)'}}]}", "f($$$A, x=1)", "Adds"),
    ],
)
def test_conditions_against_its_own_result_are_not_told(
    rule: str, fix: str, said: str, make_rule: MakeRule
) -> None:
    """That a rule does nothing where it was done already goes without saying."""
    words = in_words(make_rule(f"rule: {rule}\nfix: {fix}"))
    assert words.startswith(said)
    assert "not" not in words


def test_any_list_is_told_by_what_it_lists(make_rule: MakeRule) -> None:
    """`(…)` says nothing: the arguments, the parameters."""
    arguments = "{pattern: {context: f($$$A), selector: argument_list}, inside: {kind: class_definition}}"
    told = in_words(make_rule(f"rule: {arguments}\nfix: ($$$A, x=1)"))
    assert told == "Adds `x=1` to the arguments inside a class."
    parameters = "{pattern: {context: 'def f($$$A): pass', selector: parameters}}"
    assert in_words(make_rule(f"rule: {parameters}\nfix: ($$$A, x)")) == "Adds `x` to the parameters."


def test_names_are_told_by_their_place(make_rule: MakeRule) -> None:
    """Kinds of nodes that every name has are no condition worth telling."""
    place = "{kind: identifier, inside: {kind: attribute, field: attribute}}"
    rule = f"rule: {{all: [{{kind: identifier, regex: ^old$}}, {place}]}}\nfix: new"
    assert in_words(make_rule(rule)) == "Renames `old` to `new` as an attribute."
    keyword = "{inside: {kind: keyword_argument, field: name}}"
    attribute = "{inside: {kind: attribute, field: attribute}}"
    rule = f"rule: {{all: [{{kind: identifier, regex: ^old$}}, {keyword}]}}\nfix: new"
    assert in_words(make_rule(rule)) == "Renames `old` to `new` as a keyword."
    role = f"{{kind: identifier, all: [{{not: {attribute}}}, {{not: {keyword}}}]}}"
    rule = f"rule: {{all: [{{kind: identifier, regex: ^old$}}, {role}]}}\nfix: new"
    assert in_words(make_rule(rule)) == "Renames `old` to `new` as a variable."
    place = "{inside: {kind: attribute, has: {field: object, regex: ^self$}}}"
    rule = f"rule: {{all: [{{kind: identifier, regex: ^old$}}, {place}]}}\nfix: new"
    assert in_words(make_rule(rule)) == "Renames `old` to `new` as an attribute of `self`."
    inside = "{not: {inside: {any: [{kind: import_statement}, {kind: import_from_statement}], stopBy: end}}}"
    rule = f"rule: {{all: [{{kind: identifier, regex: ^A$}}, {inside}]}}\nresolves: .m.A\nfix: b.A"
    told = in_words(make_rule(rule, front="imports: {remove: [p.m.A]}"))
    assert told == "Replaces `A` (as imported from .m) by `b.A` and drops the import when unused."


@pytest.mark.parametrize(
    ("block", "said"),
    [
        (
            "rule: {kind: attribute}\nresolves: six.text_type\nfix: $import(builtins.str)",
            "Replaces `six.text_type` (as imported from six) by `str`.",
        ),
        (
            """
            rule: {pattern: $F()}
            resolves: {F: datetime.datetime.now}
            fix: $import(datetime.datetime).now($import(datetime.timezone).utc)
            """,
            "Replaces `datetime.datetime.now()` (as imported from datetime) by `datetime.now(timezone.utc)`.",
        ),
        (
            "rule: {pattern: open($$$A)}\nresolves: builtins.open\nfix: open($$$A, encoding='utf-8')",
            "Adds `encoding='utf-8'` to `open(…)` (the builtin).",
        ),
        (
            "rule: {kind: identifier}\nresolves: collections.Mapping\nfix: $import(collections.abc.Mapping)",
            "Takes `Mapping` from `collections.abc` instead of `collections`.",
        ),
        (
            "rule: {pattern: $F($A)}\nresolves: {F: [r.get, r.put]}\nfix: call($A)",
            "Replaces `$F($A)` with `$F` as `r.get` or `r.put` (as imported from r) by `call($A)`.",
        ),
        (
            "rule: {kind: attribute}\nresolves: [a.b, a.c, a.d, a.e, a.f]\nfix: g",
            "Replaces `a.b`, `a.c`, `a.d` or 2 others (as imported from a) by `g`.",
        ),
    ],
)
def test_names_are_told_with_where_they_come_from(block: str, said: str, make_rule: MakeRule) -> None:
    """What must resolve is written out with its module; imported names in the fix by their last part."""
    assert in_words(make_rule(block)) == said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("a.b.C", "a.d.C", "Takes `C` from `a.d` instead of `a.b`."),
        ("a.b.C", "a.b.D", "Renames `C` of `a.b` to `D`."),
        ("a.b.C", "x.D", "Takes `x.D` instead of `a.b.C`."),
        ("a.old.*", "a.new.*", "Takes everything of `a.old` from `a.new`."),
    ],
)
def test_moved_names_are_told(old: str, new: str, said: str, make_rule: MakeRule) -> None:
    """A rule that only moves imports says from where to where; beside steps it is one clause more."""
    front = f'imports: {{replace: {{"{old}": "{new}"}}}}'
    assert in_words(replace(make_rule("rule: {pattern: f()}", front=front), steps=())) == said
    whole = in_words(make_rule("rule: {pattern: f()}\nfix: g()", front=front))
    assert whole == f"Replaces `f()` by `g()` and {said[0].lower()}{said[1:]}"


@pytest.mark.parametrize(
    ("constraint", "said"),
    [
        ("{kind: string}", "where `$A` is a string"),
        ("{any: [{kind: string}, {kind: integer}]}", "where `$A` is a string or a number"),
        ("{regex: '^(?:x|y\\.z)$'}", "where `$A` is `x` or `y.z`"),
        ("{kind: identifier, regex: ^_}", "where `$A` is a name reading like `^_`"),
        ("{not: {kind: list_splat}}", "where `$A` is not a list splat"),
        ("{nthChild: 2}", "under a condition"),
        (f"{{regex: '{'(a|b+)' * 20}'}}", "under a condition"),
    ],
)
def test_constraints_are_told_or_counted(constraint: str, said: str, make_rule: MakeRule) -> None:
    """Kinds and texts are said; what has no short words is counted."""
    rule = make_rule(f"rule: {{pattern: f($A)}}\nconstraints: {{A: {constraint}}}\nfix: g($A)")
    assert in_words(rule) == f"Replaces `f($A)` by `g($A)` {said}."


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("inside: {kind: class_definition, stopBy: end}", "inside a class"),
        ("not: {inside: {kind: lambda}}", "not inside a lambda"),
        (
            "inside: {kind: call, has: {field: function, regex: '^(?:[\\s\\S]*\\W)?(?:isinstance)$'}}",
            "inside a call of `isinstance`",
        ),
        (
            "not: {inside: {any: [{kind: import_statement}, {kind: import_from_statement}]}}",
            "not inside an import",
        ),
        ("has: {pattern: g()}", "with `g()`"),
        ("inside: {any: [{kind: for_statement}, {kind: while_statement}]}", "inside a for or a while"),
    ],
)
def test_surroundings_are_told(more: str, said: str, make_rule: MakeRule) -> None:
    """Where a match must stand, whether beside the pattern or as part of `all`."""
    for block in (f"rule: {{pattern: f(), {more}}}", f"rule: {{all: [{{pattern: f()}}, {{{more}}}]}}"):
        assert in_words(make_rule(f"{block}\nfix: g()")) == f"Replaces `f()` by `g()` {said}."


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        ('{include: ["tests/**"]}', "only below tests/"),
        ('{include: ["src/**", "lib/a.py"]}', "only below src/ or in lib/a.py"),
        ('{exclude: ["**/migrations/**", "**/test_*.py"]}', "not below any migrations/ or in `**/test_*.py`"),
        ("{exclude: [a, b, c, d, e]}", "not in a, in b, in c or 2 other places"),
        ("{tests: only}", "only in tests"),
        ("{tests: false}", "not in tests"),
    ],
)
def test_the_scope_is_told_beside_the_pattern(scope: str, said: str, make_rule: MakeRule) -> None:
    """Globs that mean a folder are said as one."""
    rule = make_rule("rule: {pattern: f()}\nfix: g()", front=f"scope: {scope}")
    assert in_words(rule) == f"Replaces `f()` by `g()`; {said}."


def test_steps_imports_scope_and_evidence_make_one_sentence(make_rule: MakeRule) -> None:
    """The whole: equal verbs and conditions once, imports, scope, the least Python, and the counts."""
    rule = make_rule(
        """
        steps:
          - rule: {kind: attribute, inside: {kind: call}}
            resolves: six.text_type
            fix: $import(builtins.str)
          - rule: {kind: attribute, inside: {kind: call}}
            resolves: six.binary_type
            fix: $import(builtins.bytes)
        """,
        front="""
        scope: {include: ["tests/**"]}
        imports: {remove: ["six.*"], add: [import os]}
        min-python: "3.0"
        """,
    )
    assert in_words(rule, Evidence(14, 5, 2, 2, 1)) == (
        "Replaces `six.text_type` (as imported from six) by `str`, `six.binary_type` (as imported from six) "
        "by `bytes`, each inside a call, adds `import os` where that is needed, and drops the import when "
        "unused; only below tests/; only in projects for Python 3.0 and later; "
        "14 places in 5 files of 2 repositories, left alone 2, changed otherwise 1."
    )
    assert in_words(rule, Evidence(1, 1, 1)).endswith("; 1 place in 1 file.")


def test_many_steps_are_counted(make_rule: MakeRule) -> None:
    """Of more than four steps three are told; equal ones count once."""
    steps = "".join(f"  - {{rule: {{pattern: {n}()}}, fix: {n * 2}()}}\n" for n in "abcdefa")
    assert in_words(make_rule(f"steps:\n{steps}")) == (
        "Replaces `a()` by `aa()`, `b()` by `bb()`, `c()` by `cc()`, and has 3 steps more."
    )


@pytest.mark.parametrize("rule", all_rules([]), ids=lambda rule: rule.id)
def test_every_shipped_rule_has_words(rule: object) -> None:
    """Each gives one sentence that names its change, without holes in the text."""
    said = in_words(rule)  # type: ignore[arg-type]
    assert said.endswith(".")
    assert "``" not in said
    assert "  " not in said
    assert "`$F`" not in said


WRAPPED = "from lib.decorators import wrapped\n\n\n@wrapped\ndef {0}():\n    pass\n"
CASE = "import unittest\n\n\nclass {0}(unittest.TestCase):\n    def setUp(self):\n        f({1})\n"
BARE = "class {0}:\n    def setup_method(self):\n        f({1})\n"


def test_learned_conditions_have_words() -> None:
    """Where a name is renamed with its import, and what goes by the base of its class."""
    renamed = [
        Example(f"src/{n}.py", WRAPPED.format(n), WRAPPED.format(n).replace("wrapped", "guarded"))
        for n in "abc"
    ]
    assert [in_words(each.rule) for each in learn(renamed).rules] == [
        (
            "Renames `wrapped` to `guarded` as a variable and where no other module than `lib.decorators` "
            "gives it."
        )
    ]
    kept = CASE.format("K", 9).replace("import unittest", "from twisted.trial import unittest")
    based = [Example(f"tests/{n}.py", CASE.format(n, n), BARE.format(n, n)) for n in "ab"]
    told = [in_words(each.rule) for each in learn([*based, Example("tests/k.py", kept, kept)]).rules]
    assert told == [
        (
            "Deletes `(unittest.TestCase)` (as imported from unittest) as the base of a class and drops the "
            "imports when unused."
        ),
        ("Renames `setUp` to `setup_method` as a variable and in a class made from `unittest.TestCase`."),
    ]
