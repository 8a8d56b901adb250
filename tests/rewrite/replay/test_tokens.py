"""What counts as a token: layout does not, comments and strings do."""

import pytest

from softwright.rewrite.replay import tokens

SAME = {
    "python": [
        ("f(a, b)", "f(\n    a,\n    b,\n)"),
        ("from a import b, c", "from a import (\n    b,\n    c,\n)"),
        ("x = a + b", "x = (\n    a\n    + b\n)"),
        ("x = a + b", "x = a + \\\n    b"),
        ("with f(a) as b:\n    pass", "with (\n    f(a) as b,\n):\n    pass"),
        ("x = [1, 2]", "x = [\n    1,\n    2,\n]"),
    ],
    "javascript": [
        ("f(a, b)", "f(\n  a,\n  b,\n)"),
        ("let x = a && b", "let x = (\n  a\n  && b\n)"),
        ("import {a, b} from 'm'", "import {\n  a,\n  b,\n} from 'm'"),
    ],
    "typescript": [("function f(a: A, b: B) {}", "function f(\n  a: A,\n  b: B,\n) {}")],
    "tsx": [("const x = <a>one two</a>", "const x = <a>\n  one\n  two\n</a>")],
    "go": [
        ('import "fmt"', 'import (\n\t"fmt"\n)'),
        ("func f() { g(a, b) }", "func f() {\n\tg(\n\t\ta,\n\t\tb,\n\t)\n}"),
    ],
    "java": [
        ("class A { int[] a = {1, 2}; }", "class A {\n  int[] a = {\n    1,\n    2,\n  };\n}"),
        ("class A { int a = b + c; }", "class A {\n  int a = (\n    b\n    + c);\n}"),
    ],
}

DIFFERENT = {
    "python": [("x = (1,)", "x = (1)"), ("x = 1,", "x = 1"), ("# a", "# b"), ("x = 'a  b'", "x = 'a b'")],
    "javascript": [("if (a) {}", "while (a) {}"), ("x = 'a\\n'", "x = 'a\\t'"), ("// a", "// b")],
    "typescript": [("let a: A", "let a: B")],
    "tsx": [("x = <a>one</a>", "x = <a>two</a>")],
    "go": [("// a\npackage a", "// b\npackage a"), ("var a = `b`", 'var a = "b"')],
    "java": [('class A { String a = "b"; }', 'class A { String a = "c"; }')],
}


def cases(table: dict[str, list[tuple[str, str]]]) -> list[tuple[str, str, str]]:
    """(language, one text, another)."""
    return [(language, *pair) for language, pairs in table.items() for pair in pairs]


@pytest.mark.parametrize(("language", "one", "other"), cases(SAME))
def test_layout_does_not_count(language: str, one: str, other: str):
    """Wrapping, trailing commas, import and multi-line parentheses leave the tokens as they are."""
    assert tokens(one, language).texts == tokens(other, language).texts


@pytest.mark.parametrize(("language", "one", "other"), cases(DIFFERENT))
def test_code_comments_and_strings_count(language: str, one: str, other: str):
    """Whatever a person would call a change changes the tokens."""
    assert tokens(one, language).texts != tokens(other, language).texts


@pytest.mark.parametrize("language", ["javascript", "go", "java"])
def test_parentheses_of_a_condition_are_no_layout(language: str):
    """A statement's own parentheses stay when its condition is wrapped."""
    head = {"javascript": "", "go": "package p\nfunc f() {", "java": "class A { void f() {"}[language]
    flat, wrapped = head + "if (a && b) { c(); }", head + "if (a &&\n  b) { c(); }"
    assert tokens(flat, language).texts == tokens(wrapped, language).texts
    assert "(" in tokens(wrapped, language).texts


def test_the_content_of_a_string_is_one_token():
    """Escapes do not split a string, interpolated code does."""
    assert tokens(r"x = 'a\nb'", "javascript").texts == ("x", "=", "'", r"a\nb", "'")
    assert tokens(r'x = f"a\n{y}b"', "python").texts == ("x", "=", 'f"', r"a\n", "{", "y", "}", "b", '"')


def test_tokens_know_their_bytes_and_lines():
    """Spans count bytes of the text, rows its lines."""
    found = tokens("é = 1\nb = 2\n", "python")
    assert found.spans[:2] == ((0, 2), (3, 4))
    assert found.rows == (0, 0, 0, 1, 1, 1)


@pytest.mark.parametrize(
    ("language", "text", "rest"),
    [
        ("python", "from a import (\n    b,\n)\nx = b", ("x", "=", "b")),
        ("typescript", "import type {A} from 'm';\nf()", ("f", "(", ")")),
        ("go", 'package p\nimport (\n\tx "a/b"\n)\n', ("package", "p")),
        ("java", "import a.B;\nenum A {}", ("enum", "A", "{", "}")),
    ],
)
def test_imports_can_be_left_out(language: str, text: str, rest: tuple[str, ...]):
    """Without imports only the other statements are left."""
    assert tokens(text, language).without_imports().texts == rest
