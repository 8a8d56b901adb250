"""Real repositories and mirrors for the tests of this room."""

from collections.abc import Callable
from pathlib import Path

import pytest

from softwright.core import Repo
from softwright.hosts import Mirrors
from softwright.testing import GitRepo


@pytest.fixture(autouse=True)
def no_user_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Git as on a fresh machine: nobody's own configuration, no repository named by the environment."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def mirrors(tmp_path: Path) -> Mirrors:
    """Mirrors in a folder of their own, with little patience."""
    return Mirrors(tmp_path / "mirrors", parallel=4, timeout_s=30)


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., GitRepo]:
    """Make a repository: `make("name", {"path": "content"})`."""

    def made(name: str = "origin", files: dict[str, str | bytes] | None = None, **options: str) -> GitRepo:
        return GitRepo(tmp_path / name, {"a.py": "a = 1\n"} if files is None else files, **options)

    return made


@pytest.fixture
def named() -> Callable[..., Repo]:
    """A repository as the fleet names it: `named(origin)`."""

    def repo(origin: GitRepo, name: str = "team/origin", branch: str = "") -> Repo:
        return Repo(name, str(origin.path), branch)

    return repo
