"""A request to the forge's API, and a listing as an answer to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from softwright.testing.forge_server.store import KeptRepository


@dataclass(frozen=True, slots=True)
class Asked:
    """A request about one repository: `path` is what follows the repository in the address, in parts."""

    method: str
    repo: KeptRepository
    path: tuple[str, ...]
    query: Mapping[str, str]
    body: Mapping[str, Any]
    web: str
    """Address of the forge's pages."""


@dataclass(frozen=True, slots=True)
class Page:
    """A listing, of which the server answers one page; `per` names the query's word for its size."""

    items: Sequence[Any]
    per: str
    size: int = 30
