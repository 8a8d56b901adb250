"""What a commit changed, read from the objects of any repository."""

from pathlib import Path

import pytest

from softwright.core import InvalidInput
from softwright.hosts.history import (
    commit_change,
    commits_since,
    git_folder,
    resolve_commit,
    snapshot_files,
)
from softwright.testing import GitRepo


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    """A repository whose second commit edits, adds, deletes and moves files."""
    made = GitRepo(
        tmp_path / "repo",
        {"a.py": "a = 1\n", "b.py": "b = 1\n", "sub/c.py": "c = 1\n", "gone.py": "x\n", "old.py": "moved\n"},
    )
    made.commit(
        {
            "a.py": "a = 2\n",
            "sub/c.py": "c = 2\n",
            "new.py": "n\n",
            "gone.py": None,
            "old.py": None,
            "moved.py": "moved\n",
        }
    )
    return made


def test_edited_files_come_with_both_sides(repo: GitRepo) -> None:
    """Files there before and after are given; what was added, deleted or moved is counted only."""
    change = commit_change(repo.path, "HEAD")
    assert [(file.path, file.before, file.after) for file in change.files] == [
        ("a.py", b"a = 1\n", b"a = 2\n"),
        ("sub/c.py", b"c = 1\n", b"c = 2\n"),
    ]
    assert change.others == 4
    assert (change.commit, change.parent) == (repo.head, repo.git("rev-parse", "HEAD^"))


def test_untouched_files_are_those_of_the_parent(repo: GitRepo) -> None:
    """Regular files that the commit did not edit, as they were before it."""
    files = dict(commit_change(repo.path, repo.head[:8]).untouched())
    assert files == {"b.py": b"b = 1\n", "gone.py": b"x\n", "old.py": b"moved\n"}


def test_no_working_tree_is_needed(repo: GitRepo, tmp_path: Path) -> None:
    """A bare clone, a folder inside of the tree and a linked working tree give the same."""
    bare = repo.bare(tmp_path / "bare.git")
    repo.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    wanted = commit_change(repo.path, "HEAD").files
    for place in (bare, repo.path / "sub", tmp_path / "linked"):
        assert commit_change(place, "HEAD").files == wanted
    assert Path(git_folder(tmp_path / "linked")) == repo.path / ".git"


def test_a_merge_is_read_against_its_first_parent(repo: GitRepo) -> None:
    """What the merge brought to the branch is its change."""
    repo.git("checkout", "--quiet", "-b", "side", "HEAD^")
    repo.commit({"b.py": "b = 2\n"})
    repo.git("checkout", "--quiet", "main")
    repo.git("merge", "--quiet", "--no-ff", "--message=merge", "side")
    assert [file.path for file in commit_change(repo.path, "HEAD").files] == ["b.py"]


def test_links_and_modes_are_no_edits(repo: GitRepo) -> None:
    """A link that is pointed elsewhere and a file that becomes executable have no two texts."""
    (repo.path / "link.py").symlink_to("a.py")
    repo.commit({})
    (repo.path / "link.py").unlink()
    (repo.path / "link.py").symlink_to("b.py")
    (repo.path / "a.py").chmod(0o755)
    repo.commit({})
    change = commit_change(repo.path, "HEAD")
    assert change.files == ()
    assert change.others == 2


@pytest.mark.parametrize("name", ["nothing", "0000000", "--all", "HEAD:a.py", ""])
def test_an_unknown_commit_is_named(repo: GitRepo, name: str) -> None:
    """Names that are none, options and files are refused."""
    with pytest.raises(InvalidInput, match="there is no commit"):
        commit_change(repo.path, name)


def test_the_first_commit_has_nothing_before_it(repo: GitRepo) -> None:
    """A commit without a parent teaches nothing, and that is said."""
    with pytest.raises(InvalidInput, match="has no parent"):
        commit_change(repo.path, "HEAD^")


def test_a_folder_that_is_no_repository_is_refused(tmp_path: Path) -> None:
    """The folder is named."""
    with pytest.raises(InvalidInput, match="no git repository"):
        git_folder(tmp_path)


def test_a_snapshot_is_all_regular_files(repo: GitRepo) -> None:
    """Every file of a commit, those left out that are named."""
    commit = resolve_commit(repo.path, "HEAD")
    files = dict(snapshot_files(git_folder(repo.path), commit, without={"a.py"}))
    assert sorted(files) == ["b.py", "moved.py", "new.py", "sub/c.py"]


def test_the_history_lists_what_commits_modified(repo: GitRepo) -> None:
    """With date and first line. Merges and what only adds files are left out, as are added files."""
    first = repo.git("rev-parse", "HEAD^")
    odd = repo.commit({"a.py": "a = 3\n", "sub/ü x.py": "new\n"}, "Ein \u00dcbergang\n\nmore")
    repo.git("checkout", "--quiet", "-b", "side", first)
    repo.commit({"b.py": "b = 2\n"}, "side")
    repo.git("checkout", "--quiet", "main")
    repo.git("merge", "--quiet", "--no-ff", "-m", "merge", "side")
    found = commits_since(repo.path)
    assert {line.title for line in found} == {"Ein Übergang", "change", "side"}
    assert next(line for line in found if line.commit == odd).modified == ("a.py",)
    assert [line.modified for line in found if line.title == "change"] == [("a.py", "sub/c.py")]
    assert {line.date for line in found} == {"2026-01-01"}
    assert commits_since(repo.path, "2030-01-01") == []
    assert len(commits_since(repo.path, most=2)) == 2
