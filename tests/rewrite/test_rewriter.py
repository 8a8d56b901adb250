"""Matches become edits: holes, layout, parentheses, order, refusals."""

import pickle
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.rewrite.conftest import Apply, MakeRule  # type: ignore[import-not-found]

from softwright.rewrite import FileFacts, rewrite


def changed(apply: Apply, yaml: str, source: str, **more: object) -> str:
    """The new text of `source`."""
    return apply(yaml, source, **more).content.decode()


@pytest.mark.parametrize(
    ("yaml", "before", "after"),
    [
        ("rule: {pattern: 'f($A, $B)'}\nfix: g($B, $A)", "x = f(1, y.z)\n", "x = g(y.z, 1)\n"),
        (
            "rule: {pattern: f($$$A)}\nfix: g($$$A)",
            "f()\nf(1)\nf(1, *b, c=2)\n",
            "g()\ng(1)\ng(1, *b, c=2)\n",
        ),
        (
            "rule: {pattern: f($$$A)}\nfix: 'g($$$A, k=1)'",
            "f()\nf(1)\nf(1,)\n",
            "g(k=1)\ng(1, k=1)\ng(1, k=1)\n",
        ),
        ("rule: {pattern: f($$$A)}\nfix: 'g(1, $$$A)'", "f()\nf(2)\n", "g(1)\ng(1, 2)\n"),
        (
            (
                "rule: {pattern: '$O.$M($$$A)'}\nconstraints: {M: {regex: ^get_}}\n"
                "transform: {N: {replace: {source: $M, replace: '^get_', by: ''}}}\nfix: $O.$N"
            ),
            "a.get_name()\n",
            "a.name\n",
        ),
        (
            (
                "rule: {all: [{kind: string_content}, {pattern: $S}, {regex: old}]}\n"
                "transform: {T: {replace: {source: $S, replace: old, by: new}}}\nfix: $T"
            ),
            'class A:\n    """    An old\n\n    thing.\n      - old\n  x\n\ty\n    """\n',
            'class A:\n    """    An new\n\n    thing.\n      - new\n  x\n\ty\n    """\n',
        ),
        (
            (
                "rule: {all: [{kind: comment}, {pattern: $C}, {regex: old}]}\n"
                "transform: {T: {replace: {source: $C, replace: old, by: new}}}\nfix: $T"
            ),
            "x = f(1,  # old\n      2)\n",
            "x = f(1,  # new\n      2)\n",
        ),
        ("rule: {pattern: old}\nfix: new", "old = old + f(old)\n", "new = new + f(new)\n"),
    ],
)
def test_templates_are_filled(apply: Apply, yaml: str, before: str, after: str) -> None:
    """Single, sequence and computed holes; empty sequences take a comma with them."""
    assert changed(apply, yaml, before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("f(a, b)\n", "g(a, b, k=1)\n"),
        ("f(\n    a,\n    b,  # why\n)\n", "g(\n    a,\n    b,  # why\n    k=1,\n)\n"),
        ("f(\n    a,\n    b\n)\n", "g(\n    a,\n    b,\n    k=1\n)\n"),
        ("x = f(  # first\n    a, b\n)\n", "x = g(  # first\n    a, b,\n    k=1\n)\n"),
        ("f(a,\n  b)\n", "g(a,\n  b, k=1)\n"),
        ("f(\r\n\ta,\r\n)\r\n", "g(\r\n\ta,\r\n\tk=1,\r\n)\r\n"),
    ],
)
def test_an_added_argument_follows_the_layout(apply: Apply, before: str, after: str) -> None:
    """One line stays one line, one element a line stays so, comments and CRLF included."""
    assert changed(apply, "rule: {pattern: f($$$A)}\nfix: g($$$A, k=1)", before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("f(a, gone)\n", "f(a)\n"),
        ("f(gone, a)\n", "f(a)\n"),
        ("f(gone)\n", "f()\n"),
        ("f(gone, gone, a, gone)\n", "f(a)\n"),
        ("f(a, gone, b,)\n", "f(a, b,)\n"),
        ("f(\n    a,\n    gone,  # old\n    b,\n)\n", "f(\n    a,\n    b,\n)\n"),
        ("f(\n    a,\n    gone,\n)\n", "f(\n    a,\n)\n"),
        ("f(\n    a,\n    gone\n)\n", "f(\n    a\n)\n"),
        ("f(a,\n  gone,\n  b)\n", "f(a,\n  b)\n"),
        ("f(a,\n  # about b\n  gone,\n  b)\n", "f(a,\n  # about b\n  b)\n"),
        ("class A(gone): pass\n", "class A: pass\n"),
        ("class A(gone, B): pass\n", "class A(B): pass\n"),
        ("class A(B, gone): pass\n", "class A(B): pass\n"),
        ("x = [gone, 1]\n", "x = [1]\n"),
        ("if a:\n    gone\n    b\n", "if a:\n    b\n"),
        ("if a:\n    gone\n", "if a:\n    pass\n"),
        ("gone\nb\n", "b\n"),
        ("a; gone; b\n", "a; b\n"),
        ("a\ngone", "a\n"),
        ("@gone\ndef f(): pass\n", "def f(): pass\n"),
    ],
)
def test_deletion_takes_comma_and_line(apply: Apply, before: str, after: str) -> None:
    """An empty fix removes list elements, bases, decorators and statements with their layout."""
    yaml = "rule: {any: [{pattern: gone}, {kind: decorator, has: {pattern: gone}}]}\nfix: ''"
    assert changed(apply, yaml, before) == after


@pytest.mark.parametrize(
    ("yaml", "before", "after"),
    [
        ("rule: {pattern: f($A)}\nfix: $A.x", "f(a + b)\n", "(a + b).x\n"),
        ("rule: {pattern: f($A)}\nfix: $A.x", "f(a.b(1))\n", "a.b(1).x\n"),
        ("rule: {pattern: f($A)}\nfix: not $A", "f(a or b)\n", "not (a or b)\n"),
        ("rule: {pattern: f($A)}\nfix: not $A", "f(a == b)\n", "not a == b\n"),
        ("rule: {pattern: f($A)}\nfix: $A | None", "f(a)[1]\n", "(a | None)[1]\n"),
        ("rule: {pattern: f($A)}\nfix: $A | None", "x = f(lambda: 1)\n", "x = (lambda: 1) | None\n"),
        ("rule: {pattern: 'f($A, $B)'}\nfix: $A - $B", "f(a, b - c)\n", "a - (b - c)\n"),
        ("rule: {pattern: 'f($A, $B)'}\nfix: $A - $B", "1 - f(a, b)\n", "1 - (a - b)\n"),
        ("rule: {pattern: f($A)}\nfix: -$A", "f(a) ** 2\n", "(-a) ** 2\n"),
        ("rule: {pattern: f($A)}\nfix: $A ** 2", "f(-a)\n", "(-a) ** 2\n"),
        ("rule: {pattern: f($A)}\nfix: $A == 1", "f(a < b)\n", "(a < b) == 1\n"),
        ("rule: {pattern: f($A)}\nfix: $A if x else 1", "f(a).b\n", "(a if x else 1).b\n"),
        ("rule: {pattern: f($A)}\nfix: $A.x", "y = f(a\n      + b)\n", "y = (a\n      + b).x\n"),
        ("rule: {pattern: f($A)}\nfix: await $A", "x = f(a).b\n", "x = (await a).b\n"),
        ("rule: {pattern: f($A)}\nfix: $A, 1", "return_ = [f(a)]\n", "return_ = [a, 1]\n"),
    ],
)
def test_parentheses_keep_the_meaning(apply: Apply, yaml: str, before: str, after: str) -> None:
    """They are added where an operator would tear bound code or the result apart, and nowhere else."""
    assert changed(apply, yaml, before) == after


def test_nested_matches_are_rewritten(apply: Apply) -> None:
    """Matches inside bound holes follow in later rounds; edits still refer to the original."""
    outcome = apply("rule: {pattern: f($A)}\nfix: g($A)", "x = f(f(f(1)) + f(2))\n")
    assert outcome.content == b"x = g(g(g(1)) + g(2))\n"
    assert [edit.span.start for edit in outcome.edits] == [4]
    assert sorted(site.text for site in outcome.sites) == ["f(1)", "f(2)", "f(f(1))", "f(f(f(1)) + f(2))"]
    assert outcome.dropped == ()


def test_steps_are_ordered(apply: Apply) -> None:
    """The special step comes first and wins; the general one takes the rest."""
    yaml = """
        steps:
          - rule: {pattern: "eq($A, None)"}
            fix: is_none($A)
          - rule: {pattern: "eq($A, $B)"}
            fix: equal($A, $B)
    """
    outcome = apply(yaml, "eq(a, None)\neq(eq(b, None), c)\n")
    assert outcome.content == b"is_none(a)\nequal(is_none(b), c)\n"
    assert outcome.dropped == ()


def test_a_lost_overlap_is_reported(apply: Apply, make_rule: MakeRule) -> None:
    """A match of another rule whose place is gone is named with its winner, never dropped in silence."""
    rules = [
        make_rule("rule: {pattern: f($$$A)}\nfix: done()", name="first"),
        make_rule("rule: {pattern: g($A)}\nfix: h($A)", name="second"),
    ]
    outcome = apply(rules, "f(g(1))\ng(2)\n")
    assert outcome.content == b"done()\nh(2)\n"
    assert [(o.winner, o.loser, o.text) for o in outcome.dropped] == [("first", "second", "g(1)")]


def test_an_endless_rule_is_named(apply: Apply) -> None:
    """Rules that swap for ever, or grow, leave the file as it was and say who it is."""
    outcome = apply("rule: {pattern: $A == $B}\nfix: $B == $A", "x == y\n")
    assert outcome.content == b"x == y\n"
    assert "sample" in outcome.refused
    assert "again and again" in outcome.refused
    assert apply("rule: {pattern: f($A)}\nfix: f(f($A))", "f(1)\n").refused


def test_blocks_are_indented_anew(apply: Apply) -> None:
    """A moved block gets the indentation of its new place; strings of several lines do not."""
    yaml = 'rule: {pattern: "if old:\\n    $$$B"}\nfix: |\n  if new:\n      with lock:\n          $$$B\n'
    before = (
        "def f():\n    if old:\n        x = '''a\n  b\n'''\n        # note\n\n        y(\n            1)\n"
    )
    after = (
        "def f():\n    if new:\n        with lock:\n            x = '''a\n  b\n'''\n"
        "            # note\n\n            y(\n                1)\n"
    )
    assert changed(apply, yaml, before) == after


def test_tabs_are_kept(apply: Apply) -> None:
    """In a file indented by tabs the new lines are indented by tabs."""
    yaml = "rule: {pattern: 'assert $A, $M'}\nfix: |\n  if not $A:\n      raise AssertionError($M)\n"
    assert changed(apply, yaml, "def f():\n\tassert a, b\n") == (
        "def f():\n\tif not a:\n\t\traise AssertionError(b)\n"
    )


def test_everything_else_keeps_its_bytes(apply: Apply) -> None:
    """Odd spacing, form feeds, trailing blanks, mixed endings and a missing last newline stay."""
    before = "\ufeffx  =1 ;\r\n\x0c\nif  a :  f( 1 )\t# é\n\r\nf(2 )"
    outcome = apply("rule: {pattern: f($A)}\nfix: g($A)", before)
    assert outcome.content.decode() == before.replace("f( 1 )", "g( 1 )").replace("f(2 )", "g(2 )")


def test_new_lines_follow_the_file(apply: Apply) -> None:
    """What a fix adds to a CRLF file ends in CRLF."""
    yaml = "rule: {pattern: old()}\nfix: |\n  a()\n  b()\n"
    assert changed(apply, yaml, "if x:\r\n    old()\r\n") == "if x:\r\n    a()\r\n    b()\r\n"


def test_declared_encodings_are_written(apply: Apply) -> None:
    """A latin-1 file stays one."""
    before = "# coding: latin-1\nf('é')\n".encode("latin-1")
    outcome = apply("rule: {pattern: f($A)}\nfix: g($A, 'ü')", before)
    assert outcome.content == "# coding: latin-1\ng('é', 'ü')\n".encode("latin-1")


def test_a_character_the_file_cannot_hold_refuses_it(apply: Apply) -> None:
    """Nothing is written when the encoding has no bytes for the result."""
    before = b"# coding: latin-1\nf(1)\n"
    outcome = apply("rule: {pattern: f($A)}\nfix: g($A, '€')", before)
    assert outcome.content == before
    assert "€" in outcome.refused
    assert outcome.edits == ()


def test_a_result_that_does_not_parse_refuses_the_file(apply: Apply) -> None:
    """Never broken: where no site can be rewritten the file stays as it was."""
    before = "f(a)\nf(b)\n"
    outcome = apply("rule: {pattern: f($A)}\nfix: $A x", before)
    assert outcome.content.decode() == before
    assert "sample" in outcome.refused
    assert len(outcome.sites) == 2


def test_a_broken_file_may_still_be_rewritten(apply: Apply) -> None:
    """Syntax errors that were there before do not count."""
    assert changed(apply, "rule: {pattern: f($A)}\nfix: g($A)", "f(1)\ndef (:\n") == "g(1)\ndef (:\n"


def test_a_comment_that_would_be_lost_saves_the_site(apply: Apply) -> None:
    """The site stays as it is, the others change, a note tells the line."""
    outcome = apply("rule: {pattern: 'f($A, $B)'}\nfix: g($B)", "f(1, 2)\nf(1,  # one\n  2)\n")
    assert outcome.content == b"g(2)\nf(1,  # one\n  2)\n"
    assert "line 2" in outcome.notes[0]


@pytest.mark.parametrize(
    "source",
    [
        "f(1)  # softwright: ignore[sample]\n",
        "f(1)  # softwright: ignore\n",
        "# softwright: ignore[other, sample]\nf(1)\n",
        "x = 1  # softwright: ignore[sample]\n",
        "f(\n    1\n)  # softwright: ignore[sample]\n",
    ],
)
def test_comments_protect_a_site(apply: Apply, source: str) -> None:
    """On its first or last line, or on a line of its own above; the line is reported."""
    outcome = apply("rule: {any: [{pattern: f($A)}, {pattern: x = 1}]}\nfix: g(0)", source)
    assert outcome.content.decode() == source
    assert len(outcome.suppressed) == 1


@pytest.mark.parametrize(
    "source",
    [
        "f(1)  # softwright: ignore[other]\n",
        "y  # softwright: ignore[sample]\nf(1)\n",
        "f(1); z = '# softwright: ignore'\n",
        '"""\n# softwright: ignore[sample]"""; f(1)\n',
    ],
)
def test_other_comments_do_not(apply: Apply, source: str) -> None:
    """Another rule's id, a comment behind the line above, or the words in a string protect nothing."""
    assert changed(apply, "rule: {pattern: f($A)}\nfix: g($A)", source) != source


def test_scope_and_least_python_choose_files(apply: Apply) -> None:
    """Globs, tests and the declared Python decide whether a rule looks at a file at all."""
    yaml, source = "rule: {pattern: f($A)}\nfix: g($A)", "f(1)\n"

    def touched(front: str, **facts: object) -> bool:
        return apply(yaml, source, front=front, **facts).content != source.encode()

    assert touched("scope: {include: ['src/**']}")
    assert not touched("scope: {include: ['lib/**']}")
    assert not touched("scope: {exclude: ['**/a.py']}")
    assert not touched("scope: {tests: false}", is_test=True)
    assert not touched("scope: {tests: only}")
    assert touched("scope: {tests: only}", is_test=True)
    assert touched("min-python: '3.12'")
    assert not touched("min-python: '3.13'")
    assert touched("min-python: '3.6'", min_python=None)
    assert not touched("min-python: '3.7'", min_python=None)
    assert not touched("min-python: '3.2'", min_python=(2, 7))


def test_a_step_without_fix_only_finds(apply: Apply) -> None:
    """Its sites are reported, nothing changes."""
    outcome = apply("rule: {pattern: f($A)}", "f(1)\n")
    assert outcome.content == b"f(1)\n"
    assert [site.text for site in outcome.sites] == ["f(1)"]


def test_long_replacements_are_cut_to_changed_lines(apply: Apply) -> None:
    """A rule that matches a whole function edits only the lines that differ."""
    yaml = 'rule: {pattern: "def f():\\n    $$$B"}\nfix: |\n  def g():\n      $$$B\n'
    outcome = apply(yaml, "def f():\n    a = 1\n    b = 2\n")
    assert outcome.content == b"def g():\n    a = 1\n    b = 2\n"
    assert [(edit.span.start, edit.span.end) for edit in outcome.edits] == [(0, 9)]


@pytest.mark.parametrize(
    ("language", "before", "after"),
    [
        ("javascript", "const x = f(a, () => {\n  b();\n});\n", "const x = g(a, () => {\n  b();\n});\n"),
        ("typescript", "const x: T = f<A>(1); f(2 as any);\n", "const x: T = f<A>(1); g(2 as any);\n"),
        ("tsx", "const x = <A b={f(1)}>t</A>;\n", "const x = <A b={g(1)}>t</A>;\n"),
        ("go", "package a\n\nfunc b() { f(1, c) }\n", "package a\n\nfunc b() { g(1, c) }\n"),
        ("java", "class A { int x = f(1, y); }\n", "class A { int x = g(1, y); }\n"),
        ("rust", "fn a() { f(1, &b); }\n", "fn a() { g(1, &b); }\n"),
    ],
)
def test_other_languages(apply: Apply, make_rule: MakeRule, language: str, before: str, after: str) -> None:
    """The same machinery serves every language."""
    rules = [make_rule("rule: {pattern: f($$$A)}\nfix: g($$$A)", language=language)]
    assert apply(rules, before).content.decode() == after


_lines = st.lists(
    st.sampled_from(["f(1)", "x = f('é')", "# f(2) ü", "if f(y):\n\tf(z)", "s = '''f(3)\nß'''", "", "\x0c"]),
    max_size=8,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=_lines,
    ending=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "latin-1", "cp1252", "iso8859-15"]),
    last=st.booleans(),
)
def test_encodings_and_line_endings_do_not_matter(
    apply: Apply, lines: list[str], ending: str, encoding: str, last: bool
) -> None:
    """The same edits whatever the bytes look like; strings and comments stay."""
    head = f"# coding: {encoding}\n" if not encoding.startswith("utf") else ""
    before = head + "\n".join(lines) + ("\n" if last else "")
    wanted = before.replace("f(", "g(").replace("# g(2)", "# f(2)").replace("'''g(3)", "'''f(3)")
    source = before.replace("\n", ending).encode(encoding)
    outcome = apply("rule: {pattern: f($A)}\nfix: g($A)", source)
    assert outcome.content == wanted.replace("\n", ending).encode(encoding)


def test_rules_and_results_travel_between_processes(apply: Apply, make_rule: MakeRule) -> None:
    """Rules, also after use, and outcomes can be pickled."""
    rule = make_rule("rule: {pattern: f($A)}\nresolves: a.f\nfix: $import(b.g)($A)")
    outcome = apply([rule], "from a import f\nf(1)\n")
    assert pickle.loads(pickle.dumps(outcome)) == outcome
    assert apply([pickle.loads(pickle.dumps(rule))], "from a import f\nf(1)\n") == outcome


def test_a_searched_site_is_told_once(apply: Apply) -> None:
    """However many rounds the other steps take."""
    yaml = "steps:\n  - rule: {pattern: seen}\n  - rule: {pattern: f($A)}\n    fix: g($A)"
    outcome = apply(yaml, "seen\nf(f(1))\n")
    assert sorted(site.text for site in outcome.sites) == ["f(1)", "f(f(1))", "seen"]


def test_a_rule_meets_awkward_python(apply: Apply) -> None:
    """New syntax, decorators, f-strings, `match`, walrus and deep nesting are rewritten in place."""
    before = (
        "@f(1)\nclass A[T: f(2)](B, metaclass=f(3)):\n    x: f(4) = f(5)\n"
        "async def g(a=f(6), /, *, b: f(7) = f(8)) -> f(9):\n"
        "    async with f(10) as c, f(11):\n        match f(12):\n"
        "            case [x, *_] if (y := f(13)):\n                yield f'{f(14)!r:>{f(15)}}'\n"
        "    return [await f(16) async for i in f(17) if f(18)], lambda q=f(19): f(20)\n"
        "type X = f(21)\n"
    )
    outcome = apply("rule: {pattern: f($A)}\nfix: h($A)", before)
    assert outcome.content.decode().count("h(") >= 19
    assert "f(5)" not in outcome.content.decode()


@pytest.mark.parametrize(
    ("fix", "source", "after"),
    [
        ("$A", "y = 1 if len(x)else 2\n", "y = 1 if (x)else 2\n"),
        ("$A", "def f():\n    return(len)(x) or len(x)\n", "def f():\n    return(len)(x) or x\n"),
        ("$A.size()", "y = -len(1) ** len(a + b)\n", "y = -(1).size() ** (a + b).size()\n"),
        ("$A.size()", "y = [len(a)for a in b]\n", "y = [a.size()for a in b]\n"),
        ("$A.size()", "y = len(\n    a\n    + b\n)\n", "y = (a\n+ b).size()\n"),
        ("size[$A]", "y = len(é).real, len(a, )\n", "y = size[é].real, size[a]\n"),
    ],
)
def test_what_takes_the_place_of_a_call_stands_as_one(
    apply: Apply, fix: str, source: str, after: str
) -> None:
    """Neither the words beside the call nor operators in its arguments tear the new text apart."""
    outcome = apply(f"rule: {{pattern: len($A)}}\nfix: {fix}", source)
    assert outcome.content.decode() == after


def test_elements_of_a_list_stay_elements(apply: Apply) -> None:
    """What is unpacked is no operand: such a site is left alone, and said so."""
    outcome = apply("rule: {pattern: f($A)}\nfix: $A.items()", "f(*d)\nf(k=d)\nf(d)\ng(f(*d), 1)\n")
    assert outcome.content.decode() == "f(*d)\nf(k=d)\nd.items()\ng(f(*d), 1)\n"
    assert any("`*d` is an element of a list" in note for note in outcome.notes)
    kept = apply("rule: {pattern: f($A)}\nfix: g(1, $A)", "f(*d)\nf(**d)\n")
    assert kept.content.decode() == "g(1, *d)\ng(1, **d)\n"


@pytest.mark.parametrize(
    ("yaml", "source", "language"),
    [
        ("rule: {pattern: '[$A for $A in $B]'}\nfix: list($B)", "x = [a async for a in b]\n", "python"),
        ("rule: {pattern: 'with $A: $$$B'}\nfix: '$$$B'", "async with a:\n    f()\n", "python"),
        ("rule: {pattern: 'def $F(): $$$B'}\nfix: '$$$B'", "async def f():\n    pass\n", "python"),
        (
            "rule: {pattern: 'for (const $A of $B) {}'}\nfix: '$B;'",
            "for await (const x of y) {}\n",
            "typescript",
        ),
        ("rule: {pattern: 'function $F() {}'}\nfix: ''", "async function f() {}\n", "typescript"),
    ],
)
def test_what_has_a_keyword_more_is_left_alone(
    make_rule: MakeRule, yaml: str, source: str, language: str
) -> None:
    """The pattern does not speak of it, and the fix would lose it; without it the place is rewritten."""
    rule = make_rule(yaml, language=language)
    facts = FileFacts("src/a", language, (3, 12), False)
    assert rewrite([rule], source.encode(), facts).content.decode() == source
    plain = re.sub(r"\b(async|await) ", "", source)
    assert rewrite([rule], plain.encode(), facts).content.decode() != plain
