"""Imports of Java files: added beside their relatives, dropped when unused, replaced with their uses."""

import json
from collections.abc import Callable

import pytest
from tests.rewrite.conftest import Apply  # type: ignore[import-not-found]

from softwright.core import InvalidInput
from softwright.rewrite import Rule, parse_rule

MakeRule = Callable[..., Rule]
_BODY = "class A {\n  Object x = old();\n}\n"


def _body(value: str) -> str:
    return _BODY.replace("old()", value)


@pytest.fixture
def spelled(apply: Apply, make_rule: MakeRule) -> Callable[[str, str], str]:
    """The file after `old()` has become what `$import(…)` is in it."""

    def run(dotted: str, before: str) -> str:
        rule = make_rule(f"rule: {{pattern: old()}}\nfix: $import({dotted})", language="java")
        text: str = apply([rule], before, path="src/p/A.java").content.decode()
        return text

    return run


@pytest.fixture
def replaced(apply: Apply) -> Callable[[dict[str, str], str], str]:
    """The file after a rule that replaces imports."""

    def run(replace: dict[str, str], before: str) -> str:
        head = f"---\nid: moved\nlanguage: java\nmessage: m\nimports: {{replace: {json.dumps(replace)}}}\n"
        outcome = apply([parse_rule(f"{head}---\n# T\n", "m.md")], before, path="src/p/A.java")
        assert not outcome.refused
        text: str = outcome.content.decode()
        return text

    return run


@pytest.mark.parametrize(
    ("dotted", "before", "after"),
    [
        # what is at hand
        ("java.util.List", "import java.util.List;\n", ("List", "import java.util.List;\n")),
        ("java.util.List", "import java.util.*;\n", ("List", "import java.util.*;\n")),
        ("java.lang.String", "", ("String", "")),
        ("p.B", "package p;\n", ("B", "package p;\n")),
        ("java.util.Map.Entry", "import java.util.Map;\n", ("Map.Entry", "import java.util.Map;\n")),
        ("a.B.call", "import static a.B.call;\n", ("call", "import static a.B.call;\n")),
        ("a.B.call", "import a.B;\n", ("B.call", "import a.B;\n")),
        # what is not
        ("java.util.List", "", ("List", "import java.util.List;\n\n")),
        ("java.util.List", "package p;\n\n", ("List", "package p;\n\nimport java.util.List;\n\n")),
        (
            "java.util.List",
            "// Licence\npackage p;\n",
            ("List", "// Licence\npackage p;\n\nimport java.util.List;\n\n"),
        ),
        ("a.B.call", "import a.A;\n", ("B.call", "import a.A;\nimport a.B;\n")),
        (
            "java.util.List",
            "import java.io.File;\nimport java.util.Map;\n",
            ("List", "import java.io.File;\nimport java.util.List;\nimport java.util.Map;\n"),
        ),
        (
            "java.util.List",
            "import org.a.B;\n\nimport java.io.File;\n\nimport static a.C.d;\n",
            (
                "List",
                "import org.a.B;\n\nimport java.io.File;\nimport java.util.List;\n\nimport static a.C.d;\n",
            ),
        ),
        ("java.util.List", "import org.a.B;\n", ("List", "import java.util.List;\nimport org.a.B;\n")),
        (
            "java.util.List",
            "import com.b.B;\n\nimport org.a.B;\n\n",
            ("List", "import java.util.List;\n\nimport com.b.B;\n\nimport org.a.B;\n\n"),
        ),
        (
            "org.z.B",
            "import java.a.A;\n\nimport com.c.C;\n\n",
            ("B", "import java.a.A;\n\nimport com.c.C;\n\nimport org.z.B;\n\n"),
        ),
        # where the name is taken the whole one is right
        ("java.util.List", "import java.awt.List;\n", ("java.util.List", "import java.awt.List;\n")),
    ],
)
def test_the_right_spelling_with_the_import_in_its_place(
    spelled: Callable[[str, str], str], dotted: str, before: str, after: tuple[str, str]
) -> None:
    """`$import(a.b.C)`: what is imported, else a new import in the stretch it is related to."""
    assert spelled(dotted, before + _BODY) == after[1] + _body(after[0])


def test_a_class_of_the_file_keeps_its_name(spelled: Callable[[str, str], str]) -> None:
    """A declared class of the same name leads to the whole name."""
    before = _BODY + "class List {}\n"
    assert spelled("java.util.List", before) == _body("java.util.List") + "class List {}\n"


def test_imports_are_added_and_dropped_as_the_rule_says(apply: Apply, make_rule: MakeRule) -> None:
    """`add` where the new text uses the name, `remove` when the last use went, javadoc counts."""
    front = "imports: {add: [import java.util.List;, import static a.B.c], remove: [java.util.Arrays]}"
    rule = make_rule("rule: {pattern: Arrays.asList($A)}\nfix: List.of($A)", front=front, language="java")
    before = "import java.util.Arrays;\n\nclass A { Object x = Arrays.asList(1); }\n"
    after = "import java.util.List;\n\nclass A { Object x = List.of(1); }\n"
    assert apply([rule], before).content.decode() == after
    kept = "import java.util.Arrays;\n\n/** {@link Arrays} */\nclass A { Object x = Arrays.asList(1); }\n"
    assert "import java.util.Arrays;\nimport java.util.List;\n" in apply([rule], kept).content.decode()
    used = "import java.util.Arrays;\n\nclass A { Object x = Arrays.asList(1); int y = Arrays.z; }\n"
    assert "import java.util.Arrays;" in apply([rule], used).content.decode()
    taken = "import java.awt.List;\nclass A { Object x = Arrays.asList(1); }\n"
    assert "already means something else" in apply([rule], taken).refused


@pytest.mark.parametrize(
    ("replace", "before", "after"),
    [
        ({"a.B": "c.B"}, "import a.B;\n\nclass A { B b; }\n", "import c.B;\n\nclass A { B b; }\n"),
        (
            {"a.B": "c.D"},
            "import a.B;\n\nclass A extends B<B> { B b = new B(B.x, y.B, z.B()); }\n",
            "import c.D;\n\nclass A extends D<D> { D b = new D(D.x, y.B, z.B()); }\n",
        ),
        ({"a.B": "a.D"}, "import a.B;\n\nclass A { B b; class D {} }\n", "class A { a.D b; class D {} }\n"),
        (
            {"a": "c"},
            "import a.B;\nimport a.x.C;\nimport a.*;\n\nclass A {}\n",
            "import c.B;\nimport a.x.C;\nimport c.*;\n\nclass A {}\n",
        ),
        (
            {"a.q.*": "c.q.*"},
            "import a.q.B;\nimport a.q.x.C;\n\nclass A { a.q.x.D d; a.qq.x e; }\n",
            "import c.q.B;\nimport c.q.x.C;\n\nclass A { c.q.x.D d; a.qq.x e; }\n",
        ),
        (
            {"a.B": "c.D"},
            "import static a.B.m;\nimport static a.B.*;\n\nclass A { int x = m(); }\n",
            "import static c.D.m;\nimport static c.D.*;\n\nclass A { int x = m(); }\n",
        ),
        (
            {"a.B.m": "c.D.n"},
            "import static a.B.m;\n\nclass A { int x = m(y.m()); }\n",
            "import static c.D.n;\n\nclass A { int x = n(y.m()); }\n",
        ),
        ({"a.B": "c.B"}, "class A { a.B b = a.B.of(1); }\n", "class A { c.B b = c.B.of(1); }\n"),
        ({"a.B": "c.B"}, "import a.B;\nimport c.B;\n\nclass A {}\n", "import c.B;\n\nclass A {}\n"),
        (
            {"a.B": "p.B"},
            "package p;\n\nimport a.B;\n\nclass A { B b; }\n",
            "package p;\n\nclass A { B b; }\n",
        ),
        (
            {"a.B": "a.Z"},
            "import a.B;\nimport a.C;\n\nclass A { B b; }\n",
            "import a.C;\nimport a.Z;\n\nclass A { Z b; }\n",
        ),
        (
            {"a.B": "java.B"},
            "import java.A;\n\nimport a.B;\nimport a.C;\n",
            "import java.A;\nimport java.B;\n\nimport a.C;\n",
        ),
        (
            {"a.B": "c.B"},
            "import a.B; // softwright: ignore\nclass A { B b; }\n",
            "import a.B; // softwright: ignore\nclass A { B b; }\n",
        ),
    ],
)
def test_imports_are_replaced_with_their_uses(
    replaced: Callable[[dict[str, str], str], str], replace: dict[str, str], before: str, after: str
) -> None:
    """Types, packages, prefixes, static members; whole names in code, and where the simple one is taken."""
    assert replaced(replace, before) == after


def test_what_is_no_import_is_refused(make_rule: MakeRule) -> None:
    """A statement of another language is told."""
    with pytest.raises(InvalidInput, match="no import statement"):
        make_rule(
            "rule: {pattern: a()}\nfix: b()", front="imports: {add: [from a import b]}", language="java"
        )
