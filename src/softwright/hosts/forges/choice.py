"""Which forge a repository is at, and how it is spoken to."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from softwright.core import InvalidInput, PrerequisiteMissing
from softwright.hosts.forges.forge import Forge
from softwright.hosts.urls import scrub

ForgeKind = Literal["github", "gitlab", "gitea", "forgejo"]


@dataclass(frozen=True, slots=True)
class ForgeChoice:
    """How a forge is spoken to: `token_env` names the environment variable that holds the token.

    `api` is the address of its API; empty: where servers of its kind have it.
    """

    kind: ForgeKind
    token_env: str
    api: str = ""


DEFAULTS: dict[str, ForgeChoice] = {
    "github.com": ForgeChoice("github", "GITHUB_TOKEN", "https://api.github.com"),
    "gitlab.com": ForgeChoice("gitlab", "GITLAB_TOKEN"),
    "codeberg.org": ForgeChoice("forgejo", "CODEBERG_TOKEN"),
}
"""Forges that need no setting but a token."""

_USUAL = {"github": "/api/v3", "gitlab": "/api/v4", "gitea": "/api/v1", "forgejo": "/api/v1"}


class Forges:
    """The forges that are known, by the host (or host:port) of a repository's address.

    `chosen` adds to `DEFAULTS` and wins over them. Tokens are read from `environment` when they are needed,
    and kept nowhere.
    """

    def __init__(
        self, chosen: Mapping[str, ForgeChoice] | None = None, environment: Mapping[str, str] = os.environ
    ) -> None:
        self._chosen = {**DEFAULTS, **{host.lower(): choice for host, choice in (chosen or {}).items()}}
        self._environment = environment

    def of(self, url: str) -> Forge:
        """The repository with this address, at its forge.

        Raises InvalidInput when its host is no known forge or the token is none that could be sent,
        PrerequisiteMissing when there is none.
        """
        host, path = address_parts(url)
        choice = self._chosen.get(host) or self._chosen.get(host.partition(":")[0])
        if choice is None:
            given = f"the forge at `{host}` is not known" if host else f"{scrub(url)} is at no forge"
            raise InvalidInput(
                given,
                hint=f'name it in softwright.toml: [forges."{host or "HOST"}"] with `kind` and `token_env`',
            )
        token = self._environment.get(choice.token_env, "").strip()
        if not token:
            raise PrerequisiteMissing(
                f"no token for `{host}`: the environment variable {choice.token_env} is not set",
                hint="set it where the workers run, to a token that may open change requests",
            )
        if not re.fullmatch(r"[!-~]+", token):
            raise InvalidInput(
                f"the token for `{host}` holds characters that no token has, a line break or a space perhaps",
                hint=f"set {choice.token_env} anew where the workers run",
            )
        api = choice.api or f"https://{host}{_USUAL[choice.kind]}"
        return _variant(choice.kind)(api, project_name(path, api, _USUAL[choice.kind]), token)


def _variant(kind: ForgeKind) -> Callable[[str, str, str], Forge]:
    """The class for a kind; with the first comes HTTP, which most commands do without."""
    if kind == "github":
        from softwright.hosts.forges.github import GitHubForge

        return GitHubForge
    if kind == "gitlab":
        from softwright.hosts.forges.gitlab import GitLabForge

        return GitLabForge
    from softwright.hosts.forges.gitea import GiteaForge

    return GiteaForge


def address_parts(url: str) -> tuple[str, str]:
    """Host (with the port that a web address names) and path of a repository's address; "" for a folder."""
    if "://" in url:
        parts = urlsplit(url)
        web = parts.scheme in ("http", "https")
        try:
            port = f":{parts.port}" if web and parts.port else ""
        except ValueError:  # no number: such an address is at no forge
            return "", parts.path
        return (parts.hostname or "").lower() + port, parts.path
    head, colon, path = url.partition(":")
    return (head.rpartition("@")[2].lower(), path) if colon and "/" not in head else ("", url)


def project_name(path: str, api: str, usual: str) -> str:
    """The repository's name at its forge, without the folder that the whole forge lies in."""
    name = path.strip("/").removesuffix(".git")
    folder = urlsplit(api).path.rstrip("/").removesuffix(usual).strip("/")
    return name.removeprefix(f"{folder}/") if folder else name
