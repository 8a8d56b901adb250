"""Requirements files that only another one names: `-r deps/base.list`."""

import posixpath

import pyarrow as pa

from softwright.facts.flags import requirement_scope
from softwright.facts.listing import LINK, Listing
from softwright.facts.schema import Depth
from softwright.facts.store import FactStore, Registered

_READER = "requirements:"


def follow_includes(store: FactStore, listings: list[Listing]) -> bool:
    """Mark what the listings' requirements files include as manifests too; True when any was found.

    The including files must have been read.
    """
    known = [
        (at, row.path, row.blob, row.manifest)
        for at, listing in enumerate(listings)
        if Depth.MANIFESTS in listing.depths
        for row in listing.files
        if row.manifest.startswith(_READER)
    ]
    if not known:
        return False
    columns = zip(("listing", "path", "blob", "reader"), zip(*known, strict=True), strict=True)
    with Registered(store.connection, known=pa.table({n: pa.array(c) for n, c in columns})) as connection:
        found = connection.execute(
            "SELECT k.listing, k.path, k.reader, i.path FROM known k JOIN raw_units u USING (blob, reader) "
            "JOIN raw_includes i ON i.unit = u.unit ORDER BY ALL"
        ).fetchall()
    by_path = {at: {row.path: row for row in listings[at].files} for at, *_ in found}
    added = False
    for at, path, reader, include in found:
        target = by_path[at].get(posixpath.normpath(posixpath.join(posixpath.dirname(path), include)))
        if target is not None and not target.manifest and target.mode != LINK:
            target.manifest = _READER + requirement_scope(target.path, reader.removeprefix(_READER))
            added = True
    return added
