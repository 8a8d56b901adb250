"""Small parts: hosts, selects, states."""

import os
import subprocess

import pytest

from softwright.campaigns import FileContent, unified_diff
from softwright.campaigns.remote_host import host_of
from softwright.campaigns.select import picked_by_rows
from softwright.campaigns.state import ALLOWED, RepoState, WrongTransition, check_transition
from softwright.core import InvalidInput, Span
from softwright.testing import GitRepo


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Git.example.org:8443/a/b.git", "git.example.org"),
        ("git@host.example:team/x.git", "host.example"),
        ("/srv/git/x.git", ""),
        ("file:///srv/x.git", ""),
        ("./c:d/x", ""),
    ],
)
def test_hosts_of_addresses(url, host):
    """URLs and scp-like addresses name their host; local paths have none."""
    assert host_of(url) == host


def test_rows_become_picks():
    """Repositories, files and spans, as far as the select gives them."""
    assert picked_by_rows(["n", "repo"], [(1, "a"), (2, "b")]) == {"a": None, "b": None}
    rows = [("a", "x.py", 5, 9), ("a", "x.py", 1, 2), ("a", "y.py", None, None)]
    assert picked_by_rows(["repo", "path", "start_byte", "end_byte"], rows) == {
        "a": {"x.py": (Span(1, 2), Span(5, 9)), "y.py": ()}
    }
    with pytest.raises(InvalidInput, match="`repo`"):
        picked_by_rows(["repos"], [])


def test_states_of_people_come_from_people_and_remotes_only():
    """No run leads to approved, delivered or merged by itself from a state nobody decided about."""
    with pytest.raises(WrongTransition):
        check_transition("a", RepoState.NO_SITES, RepoState.APPROVED)
    with pytest.raises(WrongTransition):
        check_transition("a", RepoState.HELD, RepoState.DELIVERED)
    check_transition("a", RepoState.HELD, RepoState.APPROVED)
    assert set(ALLOWED) == set(RepoState)


@pytest.mark.parametrize(
    "name", [b"\xff/q.py", b'a"b.py', b"tab\there.py", "é.py".encode(), b"back\\slash.py"]
)
def test_a_diff_of_any_file_name_can_be_applied(tmp_path, name):
    """Names that a text cannot show are quoted in the headers as git reads them."""
    repo = GitRepo(tmp_path / "r", {"other.txt": "-"})
    file = repo.path / os.fsdecode(name)
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"old\n")
    diff = unified_diff(os.fsdecode(name), FileContent(b"old\n", b"new\n"))
    subprocess.run(["git", "apply", "-"], cwd=repo.path, input=diff.encode("utf-8"), check=True)
    assert file.read_bytes() == b"new\n"
