"""Renames that pass a name on."""

import pytest
from tests.rewrite.conftest import MakeRule  # type: ignore[import-not-found]

from softwright.rewrite import FileFacts, rewrite

FACTS = FileFacts("src/a.py", "python", (3, 12), False)


def renames(make_rule: MakeRule, *pairs: tuple[str, str]) -> list:
    """A rule for each pair of names."""
    return [
        make_rule(f"rule: {{kind: identifier, regex: '^{old}$'}}\nfix: {new}", name=f"r-{old.lower()}")
        for old, new in pairs
    ]


@pytest.mark.parametrize(
    ("pairs", "before", "after"),
    [
        ([("A", "B"), ("B", "C")], "A(B, A)\n", "B(C, B)\n"),
        ([("B", "C"), ("A", "B")], "A(B, A)\n", "B(C, B)\n"),
        ([("A", "B"), ("B", "A")], "A(B)\n", "B(A)\n"),
        ([("A", "B"), ("B", "C"), ("C", "D")], "f(A, B, C)\n", "f(B, C, D)\n"),
    ],
)
def test_all_renames_happen_at_once(make_rule: MakeRule, pairs, before: str, after: str) -> None:
    """What one rule writes is not what the next one means, in whichever order they stand; names may swap."""
    outcome = rewrite(renames(make_rule, *pairs), before.encode(), FACTS)
    assert (outcome.refused, outcome.content.decode()) == ("", after)


def test_a_name_in_rewritten_code_is_renamed_as_well(make_rule: MakeRule) -> None:
    """A call that another rule wraps holds the name that was there before: that is still meant."""
    wraps = make_rule("rule: {pattern: f($X)}\nfix: g($X, 1)", name="wraps")
    rules = [wraps, *renames(make_rule, ("A", "B"), ("B", "C"))]
    outcome = rewrite(rules, b"f(B)\nf(A)\n", FACTS)
    assert outcome.content == b"g(C, 1)\ng(B, 1)\n"


def test_what_a_rule_writes_besides_is_rewritten_on(make_rule: MakeRule) -> None:
    """Only plain renames hand a name on: `six.B` that becomes `B` is what the rename of `B` means."""
    rules = [make_rule("rule: {pattern: six.B}\nfix: B", name="six"), *renames(make_rule, ("B", "C"))]
    assert rewrite(rules, b"six.B()\n", FACTS).content == b"C()\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from a import A, B\n\nA(B)\n", "from a import B\n\nB(B)\n"),
        ("from a import B\nfrom a import A\n\nA(B)\n", "from a import B\n\nB(B)\n"),
        (
            "from a import A\nfrom b import B as C\n\nA(C)\n",
            "from a import B\nfrom b import B as C\n\nB(C)\n",
        ),
        ("from b import B\nfrom b import B\n\nB(A)\n", "from b import B\nfrom b import B\n\nB(B)\n"),
    ],
)
def test_what_is_imported_twice_after_a_rename_is_imported_once(
    make_rule: MakeRule, before: str, after: str
) -> None:
    """Doubles that were there before stay: they are no concern of the rule."""
    outcome = rewrite(renames(make_rule, ("A", "B")), before.encode(), FACTS)
    assert outcome.content.decode() == after


def test_no_name_is_bound_twice_in_an_es_import(make_rule: MakeRule) -> None:
    """There it would be an error."""
    yaml = "rule: {any: [{kind: identifier}, {kind: type_identifier}], regex: '^A$'}\nfix: B"
    facts = FileFacts("src/a.ts", "typescript", None, False)
    outcome = rewrite(
        [make_rule(yaml, language="typescript")], b'import { A, B } from "a";\n\nA(B);\n', facts
    )
    assert outcome.content == b'import { B } from "a";\n\nB(B);\n'
