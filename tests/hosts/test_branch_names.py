"""Names of branches: what git allows, told without asking git."""

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from softwright.core import InvalidInput
from softwright.hosts import branch_fault
from softwright.hosts.refs import branch_ref

PART = st.text(alphabet="ab.@{}-/~^:?*[\\ \t\x7fé~", max_size=6) | st.sampled_from(
    [".lock", "HEAD", "@", "..", "//", "x.lock/y"]
)


def git_allows(name: str) -> bool:
    """What git itself says."""
    if "\0" in name or name.startswith("-") or name in ("HEAD", "@"):
        return False  # refused for branches, or meaning the present commit
    asked = ["git", "check-ref-format", f"refs/heads/{name}"]
    return subprocess.run(asked, capture_output=True, cwd="/").returncode == 0


@settings(max_examples=150, deadline=None)
@given(st.lists(PART, min_size=1, max_size=3).map("".join))
def test_a_name_is_judged_as_git_judges_it(name):
    """A fault is found in exactly the names that git refuses as a branch."""
    assert (branch_fault(name) == "") == git_allows(name)


@pytest.mark.parametrize("name", ["softwright/utc", "a.b/c-d_e", "é", "a@b", "x{y}", "@a"])
def test_usual_names_are_allowed(name):
    """Such a name is given its full ref."""
    assert branch_ref(name) == f"refs/heads/{name}"
    assert git_allows(name)


@pytest.mark.parametrize(
    "name", ["", "a b", "a..b", "-x", "x.lock", "x.lock/y", "/a", "a//b", ".a", "HEAD", "@"]
)
def test_what_git_refuses_is_refused_with_the_reason(name):
    """The complaint says what is wrong with the name."""
    assert not git_allows(name)
    with pytest.raises(InvalidInput, match="it "):
        branch_ref(name)


def test_full_names_of_refs_are_refused():
    """Git would take `refs/heads/x` for a branch of that long name, which nobody means."""
    assert "full name" in branch_fault("refs/heads/x")
