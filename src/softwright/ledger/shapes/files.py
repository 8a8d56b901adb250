"""The shaped edits of files, kept by content so that a tree is compared once."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select

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
