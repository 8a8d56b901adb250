"""A mirror as a source of blobs, held to the suite that every source must pass."""

from pathlib import Path

import pytest

from softwright.core import Repo
from softwright.hosts import GitSource, Mirrors
from softwright.testing import BlobSourceContract, GitRepo


class TestGitSource(BlobSourceContract):
    """The real thing."""

    @pytest.fixture
    def source(self, tmp_path: Path, mirrors: Mirrors) -> GitSource:
        """A mirror of a repository with the suite's files."""
        repo = Repo("r", str(GitRepo(tmp_path / "origin", self.FILES).path))
        mirrors.sync(repo)
        return GitSource(repo, mirrors.snapshot(repo), str(mirrors.path("r")))
