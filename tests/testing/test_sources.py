"""The real source and its twin in memory keep the same contract."""

import os
from pathlib import Path

import pytest

from softwright.core import Repo
from softwright.facts.source import BlobSource
from softwright.hosts import GitSource, Mirrors
from softwright.testing import BlobSourceContract, GitRepo, MemorySource


class TestMemorySource(BlobSourceContract):
    """The twin."""

    @pytest.fixture
    def source(self) -> BlobSource:
        """The contract's files in memory."""
        return MemorySource(Repo("acme/api", "memory:"), self.FILES)


class TestGitSource(BlobSourceContract):
    """The real one, over a bare mirror."""

    @pytest.fixture
    def source(self, tmp_path: Path) -> BlobSource:
        """The contract's files in a repository, mirrored."""
        origin = GitRepo(tmp_path / "origin")
        for name, content in self.FILES.items():
            target = os.fsencode(origin.path) + b"/" + name.encode("utf-8", "surrogateescape")
            Path(os.fsdecode(target)).parent.mkdir(exist_ok=True)
            Path(os.fsdecode(target)).write_bytes(content)
        origin.git("config", "core.autocrlf", "false")
        origin.commit({})
        repo = Repo("acme/api", origin.url)
        mirrors = Mirrors(tmp_path / "mirrors")
        mirrors.sync(repo)
        return GitSource(repo, mirrors.snapshot(repo), str(mirrors.path(repo.name)))
