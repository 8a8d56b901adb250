"""Every variant of a forge is held to the same contract."""

from softwright.testing import ForgeContract


class TestGitHub(ForgeContract):
    """GitHub."""

    kind = "github"


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
