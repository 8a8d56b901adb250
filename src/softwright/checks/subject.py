"""What is checked: one patch against one tree of one repository."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from softwright.core import Delete, Patch, Verdict, Write, digest
from softwright.workspaces import Base, Isolation, Limits


class VerdictCache(Protocol):
    """Where verdicts are kept so that the same question is not answered twice."""

    def get(self, key: str) -> Verdict | None:
        """The verdict under `key`, None when there is none."""
        ...

    def put(self, key: str, verdict: Verdict) -> None:
        """Keep a verdict."""
        ...


class NoCache:
    """Forgets everything."""

    def get(self, key: str) -> Verdict | None:
        """Always None."""
        del key
        return None

    def put(self, key: str, verdict: Verdict) -> None:
        """Keep nothing."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One candidate.

    `base_tree` is the git hash of the unchanged tree and `read` gives its files (None where there is
    none). `base` exports that tree to disk on first use, so that only checks that need files pay for it.
    `importers` are the files that import what the patch changes; `cache` also keeps what was found on
    the unchanged tree. `accepted` are marks of files that Python's own parser took already.
    """

    repo: str
    base_tree: str
    patch: Patch
    read: Callable[[str], bytes | None]
    base: Callable[[], Base]
    importers: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    isolation: Isolation | None = None
    cache: VerdictCache = field(default_factory=NoCache)
    accepted: frozenset[str] = frozenset()

    @property
    def written(self) -> dict[str, Write]:
        """Files the patch adds or changes, by path."""
        return {path: op for path, op in sorted(self.patch.files.items()) if isinstance(op, Write)}

    @property
    def deleted(self) -> tuple[str, ...]:
        """Files the patch removes."""
        return tuple(sorted(path for path, op in self.patch.files.items() if isinstance(op, Delete)))

    def after(self, path: str) -> bytes | None:
        """Content of a file with the patch applied, None where there is none."""
        change = self.patch.files.get(path)
        if change is None:
            return self.read(path)
        return change.content if isinstance(change, Write) else None

    def key(self, *parts: object) -> str:
        """Name under which an answer about this very candidate is kept."""
        return digest(["verdict", 1, self.base_tree, self.patch.digest, sorted(self.importers), *parts])

    def base_key(self, *parts: object) -> str:
        """Name under which an answer about the unchanged tree is kept."""
        return digest(["baseline", 1, self.base_tree, *parts])
