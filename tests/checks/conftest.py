"""Candidates over real frozen trees, made from plain dictionaries."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from softwright.checks import Subject
from softwright.core import Delete, Patch, Write, digest
from softwright.workspaces import Bases, Isolation, Limits

Files = Mapping[str, str | bytes]


def as_bytes(content: str | bytes) -> bytes:
    """Content as bytes."""
    return content.encode() if isinstance(content, str) else content


@pytest.fixture
def candidate(tmp_path: Path) -> Callable[..., Subject]:
    """`candidate(base files, changed files (None deletes), importers=…)` gives a subject."""
    bases = Bases(tmp_path / "bases")
    kept = []

    def make(
        base: Files,
        change: Mapping[str, str | bytes | None],
        *,
        importers: tuple[str, ...] = (),
        limits: Limits | None = None,
        sandboxed: bool = False,
    ) -> Subject:
        files = {path: as_bytes(content) for path, content in base.items()}
        tree = digest({path: digest(content) for path, content in files.items()})

        def export(folder: Path) -> None:
            for path, content in files.items():
                place = folder / path
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(content)

        def get() -> object:
            kept.append(bases.get(tree, export))
            return kept[-1]

        operations = {path: Delete() if new is None else Write(as_bytes(new)) for path, new in change.items()}
        return Subject(
            repo="demo",
            base_tree=tree,
            patch=Patch(operations),
            read=files.get,
            base=get,
            importers=importers,
            limits=limits or Limits(wall_s=60),
            isolation=Isolation.choose() if sandboxed else Isolation.choose(allow_unsandboxed=True),
        )

    yield make
    for base in kept:
        base.close()


class DictCache:
    """A verdict cache in memory that counts what it keeps."""

    def __init__(self) -> None:
        self.kept = {}

    def get(self, key):
        """The verdict under `key`."""
        return self.kept.get(key)

    def put(self, key, verdict):
        """Keep a verdict."""
        self.kept.setdefault(key, verdict)


@pytest.fixture
def cache() -> DictCache:
    """An empty cache."""
    return DictCache()
