"""A mirror is of one address."""

import pytest

from softwright.core import OutsideFault, Repo
from softwright.hosts import Mirrors
from softwright.testing import GitRepo


def test_a_mirror_of_another_address_is_not_used(tmp_path) -> None:
    """Whoever gives a name another address syncs first; until then nothing of the old one is worked on."""
    one, other = (GitRepo(tmp_path / name, {"a.py": f"{name}\n"}).url for name in ("one", "other"))
    mirrors = Mirrors(tmp_path / "mirrors")
    mirrors.sync_all([Repo("svc", one)])
    assert mirrors.snapshot(Repo("svc", one)).commit
    with pytest.raises(OutsideFault, match="synced from another address") as caught:
        mirrors.snapshot(Repo("svc", other))
    assert "fleet sync" in caught.value.hint
    (synced,) = mirrors.sync_all([Repo("svc", other)])
    assert synced.snapshot == mirrors.snapshot(Repo("svc", other))
    with pytest.raises(OutsideFault, match="another address"):
        mirrors.snapshot(Repo("svc", one))


def test_equal_commits_at_another_address_are_told_apart_by_the_next_sync(tmp_path) -> None:
    """A repository that moved has the same commits: after a sync its mirror is that of the new place."""
    one = GitRepo(tmp_path / "one", {"a.py": "x\n"})
    moved = one.bare(tmp_path / "moved.git")
    mirrors = Mirrors(tmp_path / "mirrors")
    mirrors.sync_all([Repo("svc", one.url)])
    mirrors.sync_all([Repo("svc", f"file://{moved}")])
    assert mirrors.snapshot(Repo("svc", f"file://{moved}")).commit == one.head
