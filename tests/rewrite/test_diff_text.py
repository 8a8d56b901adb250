"""Unified diffs: read, applied, taken back; never applied where their lines are not."""

import difflib
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from softwright.core import InvalidInput
from softwright.rewrite.diff_text import read_diff
from softwright.testing import GitRepo

LINES = st.lists(
    st.sampled_from(["a\n", "b\n", "c\n", "\n", "-x\n", "+y\n", "--- z\n", "@@ w\n", " s\n", "\\ t\n"]),
    max_size=12,
)
BEFORE = "one\ntwo\nthree\nfour\nfive\nsix\n"


def diff_of(old: str, new: str, context: int = 3) -> str:
    """A diff as programs write it."""
    lines = difflib.unified_diff(
        old.splitlines(keepends=True), new.splitlines(keepends=True), "a/f.py", "b/f.py", n=context
    )
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


@given(LINES, LINES, st.integers(0, 3), st.booleans(), st.booleans())
def test_applied_it_gives_the_new_text_and_taken_back_the_old(
    old: list[str], new: list[str], context: int, cut_old: bool, cut_new: bool
) -> None:
    """For any two texts, with and without a last newline, whatever the lines look like."""
    before, after = "".join(old), "".join(new)
    before, after = before.rstrip("\n") if cut_old else before, after.rstrip("\n") if cut_new else after
    text = diff_of(before, after, context)
    if not text:
        return
    (file,) = read_diff(text, "x.diff")
    assert file.apply(before) == after
    assert file.reversed().apply(after) == before


def test_what_git_writes_is_read(tmp_path: Path) -> None:
    """Several files, a mode, a quoted name, a new and a deleted file."""
    repo = GitRepo(tmp_path, {"a.py": BEFORE, "ü b.py": "x = 1\n", "gone.py": "g\n"})
    repo.write({"a.py": BEFORE.replace("three", "3"), "ü b.py": "x = 2\n", "gone.py": None, "new.py": "n\n"})
    repo.git("add", "--all")
    text = repo.git("-c", "core.quotePath=true", "diff", "--cached") + "\n"
    files = {file.path: file for file in read_diff(text, "x.diff")}
    assert set(files) == {"a.py", "ü b.py", "gone.py", "new.py"}
    assert (files["gone.py"].new_path, files["new.py"].old_path) == ("", "")
    assert files["a.py"].apply(BEFORE) == BEFORE.replace("three", "3")
    assert files["ü b.py"].apply("x = 1\n") == "x = 2\n"


def test_a_diff_without_prefixes_and_with_times_is_read(tmp_path: Path) -> None:
    """As `diff -u` writes it: names without a/ and b/, times behind a tab."""
    (tmp_path / "old.py").write_text(BEFORE)
    (tmp_path / "new.py").write_text(BEFORE.replace("two", "2"))
    made = subprocess.run(
        ["diff", "-u", "old.py", "new.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    (file,) = read_diff(made.stdout, "x.diff")
    assert (file.old_path, file.new_path) == ("old.py", "new.py")
    assert file.apply(BEFORE) == BEFORE.replace("two", "2")


def test_a_hunk_that_moved_is_found_where_its_lines_are() -> None:
    """Lines put in above do not matter as long as the place is the only one."""
    (file,) = read_diff(diff_of(BEFORE, BEFORE.replace("four", "4"), 1), "x.diff")
    assert file.apply(f"zero\nzero\n{BEFORE}") == f"zero\nzero\n{BEFORE}".replace("four", "4")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BEFORE.replace("four", "quattro"), "are not there"),
        (f"0\n{BEFORE}{BEFORE}", "stand in 2 places"),
        ("", "are not there"),
    ],
)
def test_a_hunk_without_its_place_is_refused(text: str, said: str) -> None:
    """Neither guessed nor half applied."""
    (file,) = read_diff(diff_of(BEFORE, BEFORE.replace("four", "4"), 1), "x.diff")
    with pytest.raises(InvalidInput, match=said):
        file.apply(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nothing\n", "no unified diff"),
        ("", "no unified diff"),
        ("--- a/f\n+++ b/f\n@@ -1,3 +1,3 @@\n a\n-b\n", "cut off"),
        ("--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n*b\n", "cut off"),
        ("diff --cc f\n--- a/f\n+++ b/f\n@@@ -1,2 -1,2 +1,2 @@@\n", "combined diff"),
    ],
)
def test_what_is_no_whole_diff_is_refused(text: str, said: str) -> None:
    """The file and, where there is one, the line are named."""
    with pytest.raises(InvalidInput, match=said) as caught:
        read_diff(text, "x.diff")
    assert caught.value.where.startswith("x.diff")
