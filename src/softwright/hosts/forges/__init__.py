"""Change requests and their comments, at GitHub, GitLab, Gitea and Forgejo."""

from softwright.hosts.forges.choice import DEFAULTS, ForgeChoice, ForgeKind, Forges, address_parts
from softwright.hosts.forges.forge import ChangeRequest, CiState, Comment, Forge, NewRequest, RequestState
from softwright.hosts.forges.marker import mark, marked, text_digest

__all__ = [
    "DEFAULTS",
    "ChangeRequest",
    "CiState",
    "Comment",
    "Forge",
    "ForgeChoice",
    "ForgeKind",
    "Forges",
    "NewRequest",
    "RequestState",
    "address_parts",
    "mark",
    "marked",
    "text_digest",
]
