"""What the store holds already, and what it lacks."""

from dataclasses import dataclass

import pyarrow as pa

from softwright.facts.extract.readers import LANGUAGE_VERSION, MANIFEST_VERSION
from softwright.facts.listing import FileRow, Listing
from softwright.facts.schema import Depth
from softwright.facts.source import BlobSource
from softwright.facts.store import FactStore, Registered

FILES_VERSION = 1
"""Rises when what a listing tells (flags, resolution of imports) changes."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the store holds of a repository."""

    tree: str
    commit: str
    done: frozenset[str]

    def is_current(self, source: BlobSource, depths: frozenset[Depth]) -> bool:
        """True when nothing need be read for these depths."""
        return self.tree == source.snapshot.tree and marks(source, depths) <= self.done

    def depths(self, source: BlobSource) -> frozenset[Depth]:
        """What is known of the source's tree already and must stay known."""
        if self.tree != source.snapshot.tree:
            return frozenset()
        return frozenset(each for each in Depth if marks(source, frozenset({each})) <= self.done)


def marks(source: BlobSource, depths: frozenset[Depth]) -> frozenset[str]:
    """Marks of what indexing this source to these depths makes: depth and version."""
    versions = {
        Depth.FILES: str(FILES_VERSION),
        Depth.MANIFESTS: str(MANIFEST_VERSION),
        Depth.SYMBOLS: str(LANGUAGE_VERSION),
        Depth.HISTORY: source.snapshot.commit,
    }
    return frozenset(f"{depth}={versions[depth]}" for depth in depths)


def known_repos(store: FactStore) -> dict[str, Known]:
    """What is stored, by repository."""
    rows = store.connection.execute('SELECT repo, tree, "commit", done FROM raw_repos').fetchall()
    return {repo: Known(tree, commit, frozenset(done.split())) for repo, tree, commit, done in rows}


def next_unit(store: FactStore) -> int:
    """The first number no unit has."""
    rows = store.connection.execute("SELECT coalesce(max(unit), -1) + 1 FROM raw_units").fetchall()
    return int(rows[0][0])


def missing_units(store: FactStore, listings: list[Listing]) -> list[tuple[str, str, str, int]]:
    """(repo, blob, reader, size) of what must be read for these listings, neighbours from one repo."""
    rows = [
        (listing.repo, row.blob, reader, row.size)
        for listing in listings
        for row in listing.files
        for reader in _readers(row, listing.depths)
    ]
    if not rows:
        return []
    table = pa.table(dict(zip(("repo", "blob", "reader", "size"), zip(*rows, strict=True), strict=True)))
    with Registered(store.connection, wanted=table) as connection:
        found = connection.execute(
            "SELECT first(repo), blob, reader, first(size) FROM wanted "
            "ANTI JOIN raw_units USING (blob, reader) "
            "GROUP BY blob, reader ORDER BY 1, 3, 2"
        ).fetchall()
    return [(repo, blob, reader, size) for repo, blob, reader, size in found]


def _readers(row: FileRow, depths: frozenset[Depth]) -> list[str]:
    out = [row.reader] if row.reader and Depth.SYMBOLS in depths else []
    return [*out, row.manifest] if row.manifest and Depth.MANIFESTS in depths else out
