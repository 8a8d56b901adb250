"""Every variant of a forge is held to the same contract."""

import time

from softwright.hosts.forges.github import _reset
from softwright.testing import ForgeContract


class TestGitHub(ForgeContract):
    """GitHub."""

    kind = "github"


def test_a_limit_of_github_may_be_told_in_words_alone():
    """A secondary limit has no header of its own: a minute is waited. A primary one tells its moment."""
    assert _reset({"x-ratelimit-remaining": "12"}, "You have exceeded a secondary rate limit.") == 60
    assert _reset({"x-ratelimit-remaining": "12"}, "Resource not accessible by token") is None
    assert 50 < _reset({"x-ratelimit-remaining": "0", "x-ratelimit-reset": f"{time.time() + 60}"}, "") <= 60


class TestGitLab(ForgeContract):
    """GitLab, in a group within a group."""

    kind = "gitlab"
    project = "company/team/api"


class TestGitea(ForgeContract):
    """Gitea."""

    kind = "gitea"


class TestForgejo(ForgeContract):
    """Forgejo, which speaks as Gitea does."""

    kind = "forgejo"
