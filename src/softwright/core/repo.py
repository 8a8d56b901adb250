"""Repositories, snapshots, fleets and sites."""

from dataclasses import dataclass, field

from softwright.core.span import Span


@dataclass(frozen=True, slots=True)
class Repo:
    """A git repository of the fleet.

    `name` is unique in the fleet and safe as a folder name with "/" ("payments/api"); `url` is
    anything git can fetch; `branch` is the branch to change, "" for the remote's own default.
    """

    name: str
    url: str
    branch: str = ""
    tags: frozenset[str] = frozenset()
    owners: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A repository at one commit. `tree` is the hash of its root tree: equal trees, equal files."""

    repo: str
    commit: str
    tree: str
    branch: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a snapshot: git `mode` ("100644", "100755", "120000" link, "160000" submodule), blob, size.

    `size` is in bytes, -1 for submodules.
    """

    path: str
    blob: str
    mode: str
    size: int


@dataclass(frozen=True, slots=True)
class Fleet:
    """A named set of repositories."""

    name: str
    repos: tuple[Repo, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Site:
    """One place in one snapshot that a query or pattern found; `line` from 1, `text` the matched source."""

    repo: str
    path: str
    span: Span
    line: int
    text: str
    blob: str = ""
