"""Switching snapshots: what depends on where a file lies is worked out here, a repository at a time."""

from collections import defaultdict

import duckdb
import pyarrow as pa

from softwright.facts.extract.codeowners import owner_of
from softwright.facts.extract.languages import SPECS
from softwright.facts.known import marks
from softwright.facts.listing import Listing
from softwright.facts.resolve import Resolver
from softwright.facts.schema import Depth
from softwright.facts.store import FactStore, Registered, Transaction, insert


def switch(store: FactStore, listings: list[Listing]) -> None:
    """Make these listings the snapshots that the views show, all at once."""
    if not listings:
        return
    with Transaction(store.connection), Registered(store.connection, listed=_listed(listings)) as connection:
        repos = [listing.repo for listing in listings]
        deep = any(Depth.SYMBOLS in listing.depths for listing in listings)
        imports = _imports(connection) if deep else {}
        modules = _go_modules(connection) if deep else {}
        extra = _extra(listings, imports, modules)
        for table in ("raw_files", "raw_repos", "raw_owners"):
            connection.execute(f"DELETE FROM {table} WHERE repo IN (SELECT unnest(?))", [repos])  # noqa: S608
        with Registered(connection, extra=extra):
            connection.execute(_INSERT_FILES)
        rules = _owner_rules(connection)
        owners = _owners(listings, rules)
        if owners:
            insert(connection, "raw_owners", owners)
        incomplete = _incomplete(connection, listings)
        insert(
            connection,
            "raw_repos",
            [_repo_row(each, complete=each.repo not in incomplete) for each in listings],
        )
        connection.execute(
            "UPDATE raw_repos SET indexed_at = make_timestamp(epoch_us(now())) "
            "WHERE repo IN (SELECT unnest(?))",
            [repos],
        )


_INSERT_FILES = """
    INSERT INTO raw_files
    SELECT l.repo, l.path, l.blob, l.mode, l.language, l.manifest, l.bytes, l.is_test, l.is_generated,
           l.is_vendored, u.unit, m.unit, e.packages, e.import_paths, make_timestamp(e.last_changed)
    FROM listed l JOIN extra e USING (nr)
    LEFT JOIN raw_units u ON u.blob = l.blob AND u.reader = l.reader
    LEFT JOIN raw_units m ON m.blob = l.blob AND m.reader = l.manifest
    ORDER BY l.nr
"""


def _listed(listings: list[Listing]) -> pa.Table:
    rows = [(each.repo, row) for each in listings for row in each.files]
    flags = [each.flags() for each in listings]
    return pa.table(
        {
            "nr": pa.array(range(len(rows)), pa.int32()),
            "repo": pa.array([repo for repo, _ in rows], pa.string()),
            "path": pa.array([row.path for _, row in rows], pa.string()),
            "blob": pa.array([row.blob for _, row in rows], pa.string()),
            "mode": pa.array([row.mode for _, row in rows], pa.string()),
            "language": pa.array([row.language for _, row in rows], pa.string()),
            "reader": pa.array([row.reader or None for _, row in rows], pa.string()),
            "manifest": pa.array([row.manifest or None for _, row in rows], pa.string()),
            "bytes": pa.array([row.size for _, row in rows], pa.int64()),
            "is_test": pa.array([value for tests, _, _ in flags for value in tests], pa.bool_()),
            "is_generated": pa.array([value for _, made, _ in flags for value in made], pa.bool_()),
            "is_vendored": pa.array([value for _, _, taken in flags for value in taken], pa.bool_()),
        }
    )


_ImportKey = tuple[str, str, int]


def _imports(connection: duckdb.DuckDBPyConnection) -> dict[int, list[_ImportKey]]:
    """Position of a file in `listed` -> its imports in order."""
    found = connection.execute(
        "SELECT l.nr, list((i.module, i.name, i.level) ORDER BY i.ordinal) FROM listed l "
        "JOIN raw_units u ON u.blob = l.blob AND u.reader = l.reader "
        "JOIN raw_imports i ON i.unit = u.unit GROUP BY l.nr"
    ).fetchall()
    return dict(found)


def _go_modules(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    rows = connection.execute(
        "SELECT l.repo, l.path, i.path FROM listed l "
        "JOIN raw_units u ON u.blob = l.blob AND u.reader = l.manifest "
        "JOIN raw_includes i ON i.unit = u.unit WHERE l.manifest = 'go-mod'"
    ).fetchall()
    out: dict[str, dict[str, str]] = defaultdict(dict)
    for repo, path, module in rows:
        out[repo][path.rpartition("/")[0]] = module
    return out


def _extra(
    listings: list[Listing],
    imports: dict[int, list[_ImportKey]],
    go_modules: dict[str, dict[str, str]],
) -> pa.Table:
    """What depends on where a file lies: its packages, the files it imports, when it was changed."""
    packages: list[list[str] | None] = []
    paths: list[list[str | None] | None] = []
    changed: list[int | None] = []
    at = 0
    for listing in listings:
        times = listing.source.last_changed() if Depth.HISTORY in listing.depths else {}
        resolver = Resolver((row.path for row in listing.files), go_modules.get(listing.repo))
        for row in listing.files:
            packages.append(resolver.packages_of(row.language, row.path) or None)
            found = imports.get(at)
            paths.append(
                [resolver.path_of(row.language, row.path, *each) for each in found] if found else None
            )
            when = times.get(row.path)
            changed.append(round(when.timestamp() * 1_000_000) if when is not None else None)
            at += 1
    texts = pa.list_(pa.string())
    return pa.table(
        {
            "nr": pa.array(range(at), pa.int32()),
            "packages": pa.array(packages, texts),
            "import_paths": pa.array(paths, texts),
            "last_changed": pa.array(changed, pa.int64()),
        }
    )


def _owner_rules(connection: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[str, list[str]]]]:
    rows = connection.execute(
        "SELECT l.repo, r.pattern, r.owners FROM listed l "
        "JOIN raw_units u ON u.blob = l.blob AND u.reader = l.manifest "
        "JOIN raw_owner_rules r ON r.unit = u.unit WHERE l.manifest = 'codeowners' ORDER BY l.repo, r.ordinal"
    ).fetchall()
    out: dict[str, list[tuple[str, list[str]]]] = defaultdict(list)
    for repo, pattern, owners in rows:
        out[repo].append((pattern, owners))
    return out


def _owners(
    listings: list[Listing], rules: dict[str, list[tuple[str, list[str]]]]
) -> list[tuple[str, str, str, str]]:
    out = []
    for listing in listings:
        for row in listing.files if listing.repo in rules else ():
            found = owner_of(row.path, rules[listing.repo])
            if found is not None:
                out += [(listing.repo, row.path, found[0], owner) for owner in found[1]]
    return out


def _incomplete(connection: duckdb.DuckDBPyConnection, listings: list[Listing]) -> frozenset[str]:
    """Repositories that lack a unit, because another repository that was to give it broke."""
    out: set[str] = set()
    for depth, lacks in (
        (Depth.SYMBOLS, "unit IS NULL AND mode <> '120000' AND list_contains($languages, language)"),
        (Depth.MANIFESTS, "manifest_unit IS NULL AND manifest <> '' AND $languages IS NOT NULL"),
    ):
        repos = [listing.repo for listing in listings if depth in listing.depths]
        rows = connection.execute(
            f"SELECT DISTINCT repo FROM raw_files WHERE list_contains($repos, repo) AND {lacks}",  # noqa: S608
            {"repos": repos, "languages": list(SPECS)},
        ).fetchall()
        out.update(repo for (repo,) in rows)
    return frozenset(out)


def _repo_row(listing: Listing, *, complete: bool) -> tuple[object, ...]:
    repo, snapshot = listing.source.repo, listing.source.snapshot
    return (
        repo.name,
        repo.url,
        snapshot.branch or repo.branch,
        snapshot.commit,
        snapshot.tree,
        sorted(repo.tags),
        list(repo.owners),
        "indexed",
        "",
        len(listing.files),
        listing.bytes,
        None,
        " ".join(sorted(marks(listing.source, listing.depths))) if complete else "",
    )
