"""The kit itself: repositories come out the same, clocks stand still."""

from pathlib import Path

import pytest

from softwright.testing import FakeClock, GitRepo


def test_equal_steps_give_equal_hashes(tmp_path: Path) -> None:
    """Two repositories made alike have the same commits."""
    made = [GitRepo(tmp_path / name, {"a.txt": "1"}) for name in ("x", "y")]
    heads = {repo.commit({"a.txt": None, "b/c.txt": b"\xff"}) for repo in made}
    assert len(heads) == 1
    assert made[0].git("ls-tree", "-r", "--name-only", "HEAD") == "b/c.txt"


def test_a_bare_clone_has_the_branch(tmp_path: Path) -> None:
    """The bare remote holds the same commit under the same branch."""
    repo = GitRepo(tmp_path / "x", {"a": "1"}, branch="trunk")
    bare = repo.bare(tmp_path / "x.git")
    assert repo.git("ls-remote", str(bare), "refs/heads/trunk").split()[0] == repo.head


def test_the_clock_moves_only_when_told() -> None:
    """Both readings advance by the same seconds; going back is refused."""
    clock = FakeClock()
    start = clock.now()
    clock.advance(90)
    assert ((clock.now() - start).total_seconds(), clock.monotonic()) == (90, 90)
    with pytest.raises(ValueError, match="does not go back"):
        clock.advance(-1)
