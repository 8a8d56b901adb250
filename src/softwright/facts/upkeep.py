"""Small changes to the store around an indexing run: repositories noted or dropped, stale facts gone."""

from collections.abc import Collection, Iterable

import pyarrow as pa

from softwright.core import Repo
from softwright.facts.extract.readers import version_of
from softwright.facts.known import known_repos
from softwright.facts.raw import RAW
from softwright.facts.source import BlobSource
from softwright.facts.store import FactStore, Registered, Transaction, insert

_FACTS = tuple(name for name, columns in RAW.items() if columns[0][0] == "unit" and name != "raw_units")
_PRUNE_ABOVE = 10_000


def touch_unchanged(store: FactStore, sources: Iterable[BlobSource]) -> None:
    """Renew what the fleet file and the commit say of repositories whose trees are as they were."""
    rows = [
        (
            s.repo.name,
            s.repo.url,
            s.snapshot.branch or s.repo.branch,
            s.snapshot.commit,
            sorted(s.repo.tags),
            list(s.repo.owners),
        )
        for s in sources
    ]
    if not rows:
        return
    names = ("repo", "url", "branch", "commit", "tags", "owners")
    texts = pa.list_(pa.string())
    kinds = (pa.string(), pa.string(), pa.string(), pa.string(), texts, texts)
    table = pa.table(
        {n: pa.array(c, t) for n, t, c in zip(names, kinds, zip(*rows, strict=True), strict=True)}
    )
    with Registered(store.connection, now=table) as connection:
        connection.execute(
            'UPDATE raw_repos r SET url = n.url, branch = n.branch, "commit" = n."commit", tags = n.tags, '
            "owners = n.owners, state = 'indexed', reason = '' FROM now n WHERE n.repo = r.repo AND "
            '(r.url, r.branch, r."commit", r.tags, r.owners, r.state) IS DISTINCT FROM '
            "(n.url, n.branch, n.\"commit\", n.tags, n.owners, 'indexed')"
        )


def note_trouble(store: FactStore, repo: Repo, state: str, reason: str) -> None:
    """Record that a repository could not be read, and why; facts it already has stay."""
    with Transaction(store.connection) as connection:
        known = connection.execute("SELECT 1 FROM raw_repos WHERE repo = ?", [repo.name]).fetchall()
        if known:
            connection.execute(
                "UPDATE raw_repos SET state = ?, reason = ?, done = '' WHERE repo = ?",
                [state, reason, repo.name],
            )
            return
        row = (
            repo.name,
            repo.url,
            repo.branch,
            "",
            "",
            sorted(repo.tags),
            list(repo.owners),
            state,
            reason,
            0,
            0,
            None,
            "",
        )
        insert(connection, "raw_repos", [row])


def drop_repos(store: FactStore, keep: Collection[str]) -> list[str]:
    """Take every other repository out of the views; gives their names."""
    gone = sorted(set(known_repos(store)) - set(keep))
    if gone:
        with Transaction(store.connection) as connection:
            for table in ("raw_files", "raw_repos", "raw_owners"):
                connection.execute(f"DELETE FROM {table} WHERE repo IN (SELECT unnest(?))", [gone])  # noqa: S608
    return gone


def forget_stale_units(store: FactStore) -> None:
    """Drop the facts that readers of another version made; the repositories that hold them are read again."""
    pairs = store.connection.execute("SELECT DISTINCT reader, version FROM raw_units").fetchall()
    stale = [(reader, version) for reader, version in pairs if version != version_of(reader)]
    if stale:
        readers = sorted({reader for reader, _ in stale})
        _forget(store, "SELECT unit FROM raw_units WHERE reader IN (SELECT unnest(?))", [readers])
        store.connection.execute("UPDATE raw_repos SET done = ''")


def prune(store: FactStore) -> None:
    """Drop facts of blobs that no snapshot holds any more, once they are the greater part."""
    used = (
        "SELECT unit FROM raw_files WHERE unit IS NOT NULL "
        "UNION SELECT manifest_unit FROM raw_files WHERE manifest_unit IS NOT NULL"
    )
    total, held = store.connection.execute(
        f"SELECT (SELECT count(*) FROM raw_units), (SELECT count(*) FROM ({used}))"  # noqa: S608
    ).fetchall()[0]
    if total > _PRUNE_ABOVE and held * 2 < total:
        _forget(store, f"SELECT unit FROM raw_units WHERE unit NOT IN ({used})", [])  # noqa: S608


def _forget(store: FactStore, units: str, values: list[object]) -> None:
    with Transaction(store.connection) as connection:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE forgotten AS {units}", values)
        for table in (*_FACTS, "raw_units"):
            connection.execute(f"DELETE FROM {table} WHERE unit IN (SELECT unit FROM forgotten)")  # noqa: S608
        connection.execute("DROP TABLE forgotten")
