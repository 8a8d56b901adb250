"""Which diagnostics are new."""

from hypothesis import given
from hypothesis import strategies as st

from softwright.checks.diagnostics import Diagnostic, normal_message, split_new


def remark(line, message="Bad", path="a.py", rule="r"):
    """A diagnostic."""
    return Diagnostic(path, line, rule, message)


def test_moved_lines_are_not_new():
    """A line number never decides."""
    assert split_new([remark(3)], [remark(99)]) == ([], [remark(99)])


def test_one_more_of_the_same_kind_is_new():
    """Kinds are counted; the surplus is the one farthest from the old ones."""
    new, known = split_new([remark(3)], [remark(3), remark(40)])
    assert new == [remark(40)]
    assert known == [remark(3)]


def test_same_kind_in_another_file_is_new():
    """The file is part of the kind."""
    assert split_new([remark(1)], [remark(1, path="b.py")])[0] == [remark(1, path="b.py")]


def test_a_renamed_file_keeps_its_past():
    """Known trouble moves with its file."""
    assert split_new([remark(1)], [remark(1, path="b.py")], moved={"b.py": "a.py"})[0] == []


def test_numbers_that_edits_move():
    """Line numbers and measures within messages do not make a difference."""
    assert normal_message("Redefinition of `x` from line 12") == normal_message(
        "Redefinition of `x` from line 40"
    )
    assert normal_message("Line too long (120 > 88)") == normal_message("Line too long (99 > 88)")
    assert normal_message("see a.py:10:4") == normal_message("see a.py:11:4")
    assert normal_message("Expected 2 arguments") != normal_message("Expected 3 arguments")


_remarks = st.lists(
    st.builds(remark, st.integers(1, 50), st.sampled_from("xyz"), st.sampled_from(["a.py", "b.py"])),
    max_size=12,
)


@given(_remarks, _remarks)
def test_split_counts_as_a_multiset(base, more):
    """Whatever was there before is known wherever it moved; new are exactly the surplus."""
    moved = [Diagnostic(d.path, d.line + 7, d.rule, d.message) for d in base]
    new, known = split_new(base, moved + more)
    assert len(new) == len(more)
    assert len(known) == len(base)
    assert sorted((d.path, d.message) for d in new) == sorted((d.path, d.message) for d in more)


def wrong_argument(callee: str, given: str, line: int) -> Diagnostic:
    """A type checker's words about an argument."""
    words = f"Argument to `{callee}` is incorrect: Expected `float`, found `{given}`"
    return Diagnostic("a.py", line, "invalid-argument-type", words)


def test_old_trouble_under_a_new_name_is_known() -> None:
    """The call was renamed, the argument that was wrong before is still wrong."""
    base = [wrong_argument("utcfromtimestamp", "Parameter", 10)]
    assert split_new(base, [wrong_argument("fromtimestamp", "Parameter", 11)])[0] == []


def test_other_trouble_at_the_same_place_is_new() -> None:
    """Another argument, another line far off, a second one of the kind, or another missing module count."""
    base = [wrong_argument("utcfromtimestamp", "Parameter", 10)]
    for found in (
        [wrong_argument("fromtimestamp", "str", 10)],
        [wrong_argument("fromtimestamp", "Parameter", 40)],
        [
            wrong_argument("utcfromtimestamp", "Parameter", 10),
            wrong_argument("fromtimestamp", "Parameter", 11),
        ],
    ):
        assert len(split_new(base, found)[0]) == 1
    missing = [
        Diagnostic("a.py", 1, "unresolved-import", f"Cannot resolve imported module `{n}`") for n in "xy"
    ]
    assert split_new(missing[:1], missing[1:])[0] == missing[1:]
