"""Edits as token regions."""

import pytest

from softwright.rewrite.replay import changes


def shapes(
    before: str, after: str, language: str = "python", *, lenient: bool = False
) -> list[tuple[str, str]]:
    """(deleted, inserted) of every edit, tokens joined by spaces."""
    found = changes(before, after, language)
    edits = found.lenient if lenient else found.strict
    return sorted((" ".join(each.shape[0]), " ".join(each.shape[1])) for each in edits)


CASES = [
    (
        "python",
        "self.assertEquals(a, b)\n",
        "self.assertEqual(\n    a,\n    b,\n)\n",
        "assertEquals",
        "assertEqual",
    ),
    ("javascript", "let x = old(1)", "let x = fresh(1)", "old", "fresh"),
    ("typescript", "let a: Old = b", "let a: Fresh = b", "Old", "Fresh"),
    ("tsx", "const x = <Old a={1} />", "const x = <Fresh a={1} />", "Old", "Fresh"),
    (
        "go",
        "package p\n\nfunc f() { ioutil.ReadAll(r) }",
        "package p\n\nfunc f() { io.ReadAll(r) }",
        "ioutil",
        "io",
    ),
    ("java", "class A { Object a = Arrays.asList(1); }", "class A { Object a = List.of(1); }", None, None),
]


@pytest.mark.parametrize(("language", "before", "after", "old", "new"), CASES)
def test_an_edit_is_what_went_and_what_came(
    language: str, before: str, after: str, old: str | None, new: str | None
):
    """One replaced word is one edit; two replaced words with an equal dot between them are two."""
    expected = [("Arrays", "List"), ("asList", "of")] if old is None else [(old, new)]
    assert shapes(before, after, language) == expected


def test_the_same_replacement_elsewhere_is_another_edit():
    """The place belongs to an edit, the shape does not."""
    one = changes("a = old\nb = old\n", "a = new\nb = old\n", "python").strict
    other = changes("a = old\nb = old\n", "a = old\nb = new\n", "python").strict
    assert one.isdisjoint(other)
    assert {each.shape for each in one} == {each.shape for each in other}


def test_layout_alone_is_no_edit():
    """A file that was only reformatted has no edits."""
    assert not changes("f(a, b)\n", "f(\n    a,\n    b,\n)\n", "python").strict


def test_imports_are_compared_as_a_set_when_lenient():
    """Strictly a moved import is two edits; leniently it is none, and a new one is one."""
    before = "import b\nimport a\n\nx = old\n"
    after = "import a\nimport b\nimport c\n\nx = new\n"
    assert ("old", "new") in shapes(before, after)
    assert len(shapes(before, after)) > 2
    assert shapes(before, after, lenient=True) == [("", "import c  "), ("old", "new")]


def test_one_of_several_equal_lines_has_one_place():
    """Whichever of two equal lines went, alone or beside another edit, the edit is the same."""
    before = "a()\nb()\nb()\nc()\n"
    alone = changes(before, "a()\nb()\nc()\n", "python").strict
    beside = changes(before, "a()\nb()\nc(1)\n", "python").strict
    assert alone < beside


def test_a_comment_is_an_edit():
    """Changed words of a comment count."""
    assert shapes("# old words\nx = 1\n", "# new words\nx = 1\n") == [("# old words", "# new words")]
