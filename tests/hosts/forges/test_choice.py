"""Which forge an address is at, and what is said when that is not known."""

import pytest

from softwright.core import InvalidInput, PrerequisiteMissing
from softwright.hosts.forges import ForgeChoice, Forges, address_parts
from softwright.hosts.forges.choice import project_name

TOKENS = {"GITHUB_TOKEN": "a", "GITLAB_TOKEN": "b", "CODEBERG_TOKEN": "c", "OWN": "d"}


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("https://GitHub.com/o/r.git", ("github.com", "/o/r.git")),
        ("https://git.example.org:8443/o/r", ("git.example.org:8443", "/o/r")),
        ("ssh://git@git.example.org:2222/o/r.git", ("git.example.org", "/o/r.git")),
        ("git@github.com:o/r.git", ("github.com", "o/r.git")),
        ("file:///srv/r.git", ("", "/srv/r.git")),
        ("/srv/r.git", ("", "/srv/r.git")),
        ("https://git.example.org:abc/o/r", ("", "/o/r")),
    ],
)
def test_addresses_are_taken_apart(url: str, parts: tuple[str, str]) -> None:
    """The port of a web address tells one forge from another; that of ssh does not."""
    assert address_parts(url) == parts


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://github.com/o/r.git", "GitHubForge"),
        ("git@gitlab.com:group/sub/r.git", "GitLabForge"),
        ("ssh://git@codeberg.org/o/r", "GiteaForge"),
        ("https://git.example.org:8443/o/r", "GiteaForge"),
    ],
)
def test_known_hosts_and_chosen_ones(url: str, kind: str) -> None:
    """Three public forges need nothing but a token; others are named in the settings, by host."""
    forges = Forges({"git.example.org": ForgeChoice("forgejo", "OWN")}, TOKENS)
    assert type(forges.of(url)).__name__ == kind


@pytest.mark.parametrize(
    ("path", "api", "project"),
    [
        ("/o/r.git", "https://git.example.org/api/v1", "o/r"),
        ("group/sub/r", "https://git.example.org/api/v1", "group/sub/r"),
        ("/git/o/r.git", "https://example.org/git/api/v1", "o/r"),
    ],
)
def test_a_forge_may_lie_in_a_folder_of_its_host(path: str, api: str, project: str) -> None:
    """What comes before the repository's name is what comes before the API."""
    assert project_name(path, api, "/api/v1") == project


def test_an_unknown_host_is_named_with_the_way_to_name_it() -> None:
    """The message gives the table for softwright.toml."""
    with pytest.raises(InvalidInput, match=r"`git\.example\.org` is not known") as caught:
        Forges({}, TOKENS).of("https://git.example.org/o/r")
    assert '[forges."git.example.org"]' in caught.value.hint
    with pytest.raises(InvalidInput, match="at no forge"):
        Forges({}, TOKENS).of("/srv/r.git")


def test_a_missing_token_is_named_by_its_variable() -> None:
    """The variable is named, and where it has to be set."""
    with pytest.raises(PrerequisiteMissing, match="GITHUB_TOKEN is not set") as caught:
        Forges({}, {}).of("https://github.com/o/r")
    assert "where the workers run" in caught.value.hint


@pytest.mark.parametrize("token", ["ghp_secret\nsecond", "ghp_\u201csecret", "ghp secret"])
def test_a_token_that_cannot_be_sent_is_not_shown(token: str) -> None:
    """A line break or quotation marks that came along: said without the token."""
    with pytest.raises(InvalidInput, match="characters that no token has") as caught:
        Forges({}, {"GITHUB_TOKEN": token}).of("https://github.com/o/r.git")
    assert "secret" not in str(caught.value)
