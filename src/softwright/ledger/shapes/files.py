"""The shaped edits of files, kept by content so that a tree is compared once."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from softwright.ledger.connected import Connected
from softwright.ledger.schema import file_shapes
from softwright.ledger.upsert import keeping

_AT_ONCE = 500  # parameters of one query that every database takes


class FileShapes:
    """Edits of a file as JSON-like values, by a key that names both of its contents."""

    def __init__(self, ledger: Connected) -> None:
        self._ledger = ledger

    def get_many(self, keys: Iterable[str]) -> dict[str, Any]:
        """What is known, by key."""
        wanted = list(dict.fromkeys(keys))
        found: dict[str, Any] = {}
        with self._ledger.read() as connection:
            for at in range(0, len(wanted), _AT_ONCE):
                query = select(file_shapes.c.key, file_shapes.c.edits)
                rows = connection.execute(query.where(file_shapes.c.key.in_(wanted[at : at + _AT_ONCE])))
                found.update({row.key: row.edits for row in rows})
        return found

    def put_many(self, edits: Mapping[str, Any]) -> None:
        """Keep edits; what is there already stays."""
        now = self._ledger.clock.now()
        rows = [{"key": key, "edits": value, "at": now} for key, value in edits.items()]
        if rows:
            with self._ledger.write() as connection:
                connection.execute(keeping(connection, file_shapes, ["key"]), rows)

    def forget(self, *, before: datetime, keep: Collection[str], dry_run: bool = False) -> int:
        """Forget what was put before that moment, except for the keys to `keep`; gives the number.

        Whoever asks for it again compares the two contents again.
        """
        with self._ledger.read() as connection:
            old = connection.execute(select(file_shapes.c.key).where(file_shapes.c.at < before)).scalars()
            gone = [key for key in old if key not in keep]
        for at in range(0, 0 if dry_run else len(gone), _AT_ONCE):
            with self._ledger.write() as connection:
                connection.execute(delete(file_shapes).where(file_shapes.c.key.in_(gone[at : at + _AT_ONCE])))
        return len(gone)
